import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WflError } from '../../../src/errors.js';
import { parseIdx } from '../../../src/learning/datasets/idx.js';
import { idxBytes } from './idx-files.js';

function failure(bytes: Uint8Array, dimensions = [3]): WflError {
  try {
    parseIdx(bytes, 'some-file', dimensions);
  } catch (error) {
    return error as WflError;
  }
  throw new Error('no error');
}

const IMAGES = idxBytes([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

describe('parseIdx', () => {
  it('reads dimensions and values, plain and gzip', () => {
    for (const bytes of [IMAGES, gzipSync(IMAGES)]) {
      const { dimensions, values } = parseIdx(bytes, 'f', [3]);
      expect(dimensions).toEqual([2, 2, 3]);
      expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
  });

  it('refuses a wrong magic number at byte 0', () => {
    const error = failure(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 5]));
    expect(error.code).toBe('IDX_MAGIC');
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('some-file at byte 0: the magic number is 0x00000801; expected 0x00000803');
  });

  it('refuses values that are not bytes', () => {
    expect(failure(Uint8Array.from([0, 0, 0x0d, 3, 0, 0, 0, 1])).code).toBe('IDX_MAGIC');
  });

  it('says at which byte a truncated file ends, in the magic number, the header and the values', () => {
    for (const length of [0, 3, 10, 16, IMAGES.length - 1]) {
      const error = failure(IMAGES.subarray(0, length));
      expect(error.code).toBe('IDX_TRUNCATED');
      expect(error.place?.byteOffset).toBe(length);
    }
  });

  it('refuses bytes after the values', () => {
    const error = failure(Uint8Array.from([...IMAGES, 0, 0]));
    expect(error.code).toBe('IDX_TRAILING_BYTES');
    expect(error.place?.byteOffset).toBe(IMAGES.length);
  });

  it('refuses an empty dimension', () => {
    const error = failure(idxBytes([0, 28, 28], []));
    expect(error.code).toBe('IDX_DIMENSIONS');
    expect(error.place?.byteOffset).toBe(4);
  });

  it('does not trust dimensions whose product is astronomical', () => {
    expect(failure(Uint8Array.from([0, 0, 8, 3, ...Array.from({ length: 12 }, () => 255)])).code).toBe('IDX_TRUNCATED');
  });

  it('refuses damaged and cut-off gzip data', () => {
    const packed = gzipSync(IMAGES);
    expect(failure(packed.subarray(0, packed.length - 9)).code).toBe('DATASET_GZIP');
    const damaged = Uint8Array.from(packed);
    damaged[14] = damaged[14] ^ 0xff;
    expect(failure(damaged).code).toBe('DATASET_GZIP');
  });
});
