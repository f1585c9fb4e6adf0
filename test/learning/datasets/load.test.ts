import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WflError } from '../../../src/errors.js';
import { datasets, labelCounts, loadDataset } from '../../../src/learning/datasets/index.js';
import { idxBytes, temporaryFolder, writeSmallSet } from './idx-files.js';

function failure(name: string, dataDir: string | undefined, counts = {}): WflError {
  try {
    loadDataset(name, { dataDir, seed: 1, ...counts });
  } catch (error) {
    return error as WflError;
  }
  throw new Error('no error');
}

describe('loadDataset', () => {
  it('reads IDX files, gzip or not, into the same shared bytes', () => {
    const loaded = [false, true].map((gzip) => {
      const dataDir = temporaryFolder();
      writeSmallSet(join(dataDir, 'mnist'), { gzip });
      return loadDataset('mnist', { dataDir, seed: 1 });
    });
    expect(loaded[0].train).toEqual(loaded[1].train);
    const { train, test, height, width, channels, classes } = loaded[0];
    expect({ height, width, channels, classes, train: train.count, test: test.count }).toEqual({ height: 4, width: 5, channels: 1, classes: 10, train: 30, test: 20 });
    expect(train.pixels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(train.labels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(train.pixels[21]).toBe((21 * 37 + 1) % 256);
  });

  it('takes as many samples as are asked for, from the start, without copying', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'));
    const whole = loadDataset('mnist', { dataDir, seed: 1 });
    const part = loadDataset('mnist', { dataDir, seed: 1, trainCount: 7, testCount: 3 });
    expect(part.train.count).toBe(7);
    expect([...part.train.pixels]).toEqual([...whole.train.pixels.subarray(0, 7 * 20)]);
    expect(part.test.labels.length).toBe(3);
    expect(part.normalisation).toEqual(whole.normalisation);
  });

  it('refuses more samples than there are', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'));
    expect(failure('mnist', dataDir, { trainCount: 31 }).message).toContain('holds 30 samples and 31 are asked for');
    expect(failure('mnist', dataDir, { testCount: 21 }).code).toBe('DATASET_TOO_SMALL');
  });

  it('finds EMNIST under its own names and brings labels down to 0', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'emnist', 'gzip'), { gzip: true, prefix: 'emnist-letters-' });
    const { train, classes } = loadDataset('emnist-letters', { dataDir, seed: 1 });
    expect(classes).toBe(26);
    expect(train.labels[0]).toBe(0);
    expect(train.labels[25]).toBe(25);
  });

  it('says how to get files where no data directory is given or the set is not in it', () => {
    const none = failure('mnist', undefined);
    expect(none.code).toBe('DATA_DIR_MISSING');
    expect(none.message).toMatch(/--data-dir.*WFL_DATA_DIR.*wfl-sim data fetch mnist/);
    const absent = failure('fashion-mnist', temporaryFolder());
    expect(absent.code).toBe('DATASET_NOT_FOUND');
    expect(absent.message).toMatch(/wfl-sim data fetch fashion-mnist.*WFL_DATA_DIR/);
    expect(failure('emnist-balanced', temporaryFolder()).message).toMatch(/biometrics\.nist\.gov/);
  });

  it('names the file that is missing from a set', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'), { replace: { 't10k-labels-idx1-ubyte': null } });
    const error = failure('mnist', dataDir);
    expect(error.code).toBe('DATASET_INCOMPLETE');
    expect(error.message).toContain('t10k-labels-idx1-ubyte');
  });

  it('refuses labels that do not match the images in number', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'), { replace: { 'train-labels-idx1-ubyte': idxBytes([29], Array.from({ length: 29 }, () => 1)) } });
    const error = failure('mnist', dataDir);
    expect(error.code).toBe('IDX_COUNT');
    expect(error.message).toContain('29 labels for 30 images');
  });

  it('gives the byte of a label that is out of range', () => {
    const dataDir = temporaryFolder();
    const labels = Array.from({ length: 30 }, () => 9);
    labels[12] = 10;
    writeSmallSet(join(dataDir, 'mnist'), { replace: { 'train-labels-idx1-ubyte': idxBytes([30], labels) } });
    const error = failure('mnist', dataDir);
    expect(error.code).toBe('IDX_LABEL');
    expect(error.place?.byteOffset).toBe(8 + 12);
  });

  it('refuses test images of another size than the training images', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'), { replace: { 't10k-images-idx3-ubyte': idxBytes([20, 5, 5], Array.from({ length: 500 }, () => 0)) } });
    expect(failure('mnist', dataDir).code).toBe('IDX_DIMENSIONS');
  });

  it('suggests the nearest name for an unknown one', () => {
    expect(failure('fashion-mnst', undefined).message).toContain('did you mean "fashion-mnist"?');
  });

  it('lists drawn and file data sets', () => {
    expect(datasets.names).toEqual(['synthetic-digits', 'mnist', 'fashion-mnist', 'emnist-letters', 'emnist-balanced', 'emnist-digits']);
  });
});

describe('a data set of one\'s own', () => {
  it('is read from a folder below the data directory, or from an absolute path without one', () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mine'));
    const below = loadDataset({ folder: 'mine', classes: 10 }, { dataDir, seed: 1 });
    const absolute = loadDataset({ folder: join(dataDir, 'mine'), classes: 10 }, { seed: 1 });
    expect(below.train).toEqual(absolute.train);
    expect(below.classes).toBe(10);
    expect(() => loadDataset({ folder: 'mine', classes: 5 }, { dataDir, seed: 1 })).toThrow(expect.objectContaining({ code: 'IDX_LABEL' }));
    expect(() => loadDataset({ folder: 'yours', classes: 5 }, { dataDir, seed: 1 })).toThrow(/Put the four IDX files into the folder "yours"/);
  });

  it('may have colours', () => {
    const dataDir = temporaryFolder();
    const pixels = (count: number): number[] => Array.from({ length: count * 12 }, (_, i) => (i % 3) * 100 + (i % 2));
    writeSmallSet(join(dataDir, 'colours'), {
      replace: { 'train-images-idx3-ubyte': idxBytes([30, 2, 2, 3], pixels(30)), 't10k-images-idx3-ubyte': idxBytes([20, 2, 2, 3], pixels(20)) },
    });
    const { channels, height, normalisation } = loadDataset({ folder: 'colours', classes: 10 }, { dataDir, seed: 1 });
    expect([channels, height]).toEqual([3, 2]);
    expect(normalisation.mean.map((mean) => Math.round(mean * 255))).toEqual([1, 101, 201]);
  });
});

const realData = process.env['WFL_DATA_DIR'] || undefined;
describe('real data (WFL_DATA_DIR)', () => {
  it.skipIf(realData === undefined)('MNIST has its published counts, mean and deviation', () => {
    const { train, test, normalisation } = loadDataset('mnist', { dataDir: realData, seed: 1 });
    expect([...labelCounts(train.labels, 10)]).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(test.count).toBe(10_000);
    expect(normalisation.mean[0]).toBeCloseTo(0.1307, 4);
    expect(normalisation.std[0]).toBeCloseTo(0.3081, 4);
  });

  it.skipIf(realData === undefined)('Fashion-MNIST has its published counts, mean and deviation', () => {
    const { train, normalisation } = loadDataset('fashion-mnist', { dataDir: realData, seed: 1 });
    expect([...labelCounts(train.labels, 10)]).toEqual(Array.from({ length: 10 }, () => 6000));
    expect(normalisation.mean[0]).toBeCloseTo(0.286, 4);
    expect(normalisation.std[0]).toBeCloseTo(0.353, 4);
  });
});
