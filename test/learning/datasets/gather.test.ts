import { describe, expect, it } from 'vitest';
import { gather, normalisationTable } from '../../../src/learning/datasets/index.js';
import { allocateSplit, measureNormalisation } from '../../../src/learning/datasets/split.js';

function filledSplit(count: number, size: number) {
  const split = allocateSplit(count, size);
  split.pixels.forEach((_, i) => {
    split.pixels[i] = (i * 31) % 256;
  });
  split.labels.forEach((_, i) => {
    split.labels[i] = i;
  });
  return split;
}

describe('gather', () => {
  it('writes the normalised samples of the indices, from a start, with their labels', () => {
    const split = filledSplit(6, 4);
    const table = normalisationTable({ mean: [0.5], std: [0.25] });
    const out = new Float32Array(8);
    const labels = new Int32Array(2);
    gather(split, Int32Array.from([0, 5, 2]), 1, 2, table, out, labels);
    expect([...labels]).toEqual([5, 2]);
    const expected = [20, 21, 22, 23, 8, 9, 10, 11].map((i) => Math.fround((((i * 31) % 256) / 255 - 0.5) / 0.25));
    expect([...out]).toEqual(expected);
  });

  it('takes samples in their own order without indices', () => {
    const split = filledSplit(6, 4);
    const table = normalisationTable({ mean: [0], std: [1] });
    const [direct, indexed] = [new Float32Array(12), new Float32Array(12)];
    gather(split, null, 2, 3, table, direct, new Uint8Array(3));
    gather(split, Int32Array.from([2, 3, 4]), 0, 3, table, indexed, new Uint8Array(3));
    expect(direct).toEqual(indexed);
  });

  it('normalises each channel by its own mean and deviation', () => {
    const split = filledSplit(1, 6);
    const out = new Float32Array(6);
    gather(split, null, 0, 1, normalisationTable({ mean: [0, 0.1, 0.2], std: [1, 2, 4] }), out, new Uint8Array(1));
    const expected = [0, 1, 2, 3, 4, 5].map((i) => Math.fround(((i * 31) / 255 - [0, 0.1, 0.2][i % 3]) / [1, 2, 4][i % 3]));
    expect([...out]).toEqual(expected);
  });

  it('measures mean and deviation exactly, and takes 1 for a constant channel', () => {
    const { mean, std } = measureNormalisation(Uint8Array.from([0, 7, 255, 7]), 2);
    expect(mean).toEqual([0.5, 7 / 255]);
    expect(std).toEqual([0.5, 1]);
  });
});
