import type { Stream } from '../../random/stream.js';

/**
 * Randomized Hadamard rotation R = H D / sqrt(L) by blocks: D are random signs that both ends draw
 * alike, H is the Walsh-Hadamard matrix. It is orthonormal, and spreads a block's energy so that its
 * coordinates look normal whatever the input. A vector is cut into blocks of `blockSize` (a power of
 * two) and a last one of the smallest power of two that holds the rest, filled with zeros.
 */
export interface RotationBlock {
  /** First element in the vector and in the rotated vector; only the last block is padded. */
  readonly offset: number;
  /** Elements of the vector. */
  readonly count: number;
  /** Elements after padding, a power of two. */
  readonly size: number;
}

export function rotationBlocks(size: number, blockSize: number): readonly RotationBlock[] {
  const blocks: RotationBlock[] = [];
  for (let offset = 0; offset < size; offset += blockSize) {
    const count = Math.min(blockSize, size - offset);
    blocks.push({ offset, count, size: count <= 1 ? 1 : 1 << (32 - Math.clz32(count - 1)) });
  }
  return blocks;
}

export const rotatedSize = (blocks: readonly RotationBlock[]): number => blocks.reduce((sum, { size }) => sum + size, 0);

/** Signs +1 or -1 for the padded vector, 32 to a drawn word. */
export function rotationSigns(blocks: readonly RotationBlock[], shared: Stream): Int8Array {
  const signs = new Int8Array(rotatedSize(blocks));
  let word = 0;
  for (let j = 0; j < signs.length; j++) {
    if ((j & 31) === 0) word = shared.uint32();
    signs[j] = 1 - 2 * (word & 1);
    word >>>= 1;
  }
  return signs;
}

export function rotate(vector: Float32Array, blocks: readonly RotationBlock[], signs: Int8Array): Float32Array {
  const rotated = new Float32Array(signs.length);
  for (let j = 0; j < vector.length; j++) rotated[j] = vector[j] * signs[j];
  for (const { offset, size } of blocks) transform(rotated, offset, size);
  return rotated;
}

/** The inverse of `rotate`; padding is cut off. `rotated` is used up. */
export function rotateBack(rotated: Float32Array, blocks: readonly RotationBlock[], signs: Int8Array): Float32Array {
  let length = 0;
  for (const { offset, size, count } of blocks) {
    transform(rotated, offset, size);
    length += count;
  }
  const vector = new Float32Array(length);
  for (let j = 0; j < length; j++) vector[j] = rotated[j] * signs[j];
  return vector;
}

/** Orthonormal Walsh-Hadamard transform in place, its own inverse. Two levels at a time, to halve the memory traffic. */
function transform(data: Float32Array, offset: number, size: number): void {
  let half = 1;
  for (; half * 4 <= size; half *= 4) {
    for (let start = offset; start < offset + size; start += 4 * half) {
      for (let j = start; j < start + half; j++) {
        const a = data[j];
        const b = data[j + half];
        const c = data[j + 2 * half];
        const d = data[j + 3 * half];
        const sumAb = a + b;
        const differenceAb = a - b;
        const sumCd = c + d;
        const differenceCd = c - d;
        data[j] = sumAb + sumCd;
        data[j + half] = differenceAb + differenceCd;
        data[j + 2 * half] = sumAb - sumCd;
        data[j + 3 * half] = differenceAb - differenceCd;
      }
    }
  }
  if (half < size) {
    for (let j = offset; j < offset + half; j++) {
      const a = data[j];
      const b = data[j + half];
      data[j] = a + b;
      data[j + half] = a - b;
    }
  }
  const scale = 1 / Math.sqrt(size);
  for (let j = offset; j < offset + size; j++) data[j] *= scale;
}
