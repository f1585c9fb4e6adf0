import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { labelCounts, loadDataset } from '../../../src/learning/datasets/index.js';
import { measureNormalisation } from '../../../src/learning/datasets/split.js';

const load = (seed: number, trainCount = 200, testCount = 50) => loadDataset('synthetic-digits', { seed, trainCount, testCount });

describe('synthetic-digits', () => {
  it('is balanced, 28 x 28, in ten classes and in shared memory', () => {
    const { train, height, width, channels, classes } = load(1);
    expect([height, width, channels, classes]).toEqual([28, 28, 1, 10]);
    expect([...labelCounts(train.labels, 10)]).toEqual(Array.from({ length: 10 }, () => 20));
    expect(train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('draws the same image whatever the number of images', () => {
    const few = load(1, 20, 10);
    const many = load(1, 200, 50);
    expect([...few.train.pixels]).toEqual([...many.train.pixels.subarray(0, 20 * 784)]);
    expect([...few.test.pixels]).toEqual([...many.test.pixels.subarray(0, 10 * 784)]);
  });

  it('draws other images for another seed, and for the test half', () => {
    const one = load(1);
    expect([...one.train.pixels.subarray(0, 784)]).not.toEqual([...load(2).train.pixels.subarray(0, 784)]);
    expect([...one.train.pixels.subarray(0, 784)]).not.toEqual([...one.test.pixels.subarray(0, 784)]);
  });

  it('has the same bytes on every machine', () => {
    const { train } = load(1);
    expect(createHash('sha256').update(train.pixels).digest('hex')).toBe('504db0fd5588b850f5a4ec978bf0630162e4f6fb42a8e542cf002594234badbd');
  });

  it('is normalised to mean 0 and deviation 1 within a few per cent (6,000 images)', () => {
    const { train, normalisation } = load(1, 6000, 1);
    const measured = measureNormalisation(train.pixels, 1);
    expect(measured.mean[0]).toBeCloseTo(normalisation.mean[0], 3);
    expect(measured.std[0]).toBeCloseTo(normalisation.std[0], 3);
  });

  it('takes drawnTrainCount where no count is asked for', () => {
    expect(loadDataset('synthetic-digits', { seed: 1, drawnTrainCount: 33, testCount: 1 }).train.count).toBe(33);
  });

  it('refuses counts that are no counts', () => {
    for (const count of [0, -1, 1.5, 2_000_000]) {
      expect(() => load(1, count)).toThrow(expect.objectContaining({ code: 'DATASET_COUNT' }));
    }
  });
});
