import { readEliasGamma, writeEliasGamma } from '../entropy/elias.js';
import type { VectorCodec } from './codec.js';

const UNIT_32 = 2.3283064365386963e-10;

export interface QsgdOptions {
  /** s: positive levels. */
  readonly levels: number;
  readonly bucketSize: number;
  readonly norm: 'l2' | 'max';
  readonly coding: 'elias' | 'packed';
}

/**
 * QSGD (Alistarh et al., NeurIPS 2017): per bucket, level = floor(s |x| / norm + U[0,1)), value =
 * sign * norm * level / s; unbiased. Message: f32 norm per bucket; `elias`: u32 number of elements
 * that are not zero, then for each the Elias gamma code of its distance from the last one, a sign bit
 * and the gamma code of its level; `packed`: a sign bit and a level of fixed width for each element.
 */
export function qsgdCodec(size: number, { levels, bucketSize, norm, coding }: QsgdOptions): VectorCodec {
  const buckets = Math.ceil(size / bucketSize);
  const width = 32 - Math.clz32(levels);
  return {
    encode(out, vector, _bitLength, { own }) {
      const norms = Float32Array.from({ length: buckets }, (_, bucket) => normOf(vector.subarray(bucket * bucketSize, (bucket + 1) * bucketSize), norm));
      const chosen = new Uint16Array(size);
      let nonZero = 0;
      for (let j = 0; j < size; j++) {
        const length = norms[Math.floor(j / bucketSize)];
        const level = length === 0 ? 0 : Math.min(levels, Math.floor((levels * Math.abs(vector[j])) / length + own.uint32() * UNIT_32));
        chosen[j] = level;
        if (level > 0) nonZero++;
      }
      out.part('scales');
      out.writeFloats(norms);
      out.part('values');
      if (coding === 'packed') {
        for (let j = 0; j < size; j++) out.write(chosen[j] * 2 + (vector[j] < 0 ? 1 : 0), width + 1);
        return;
      }
      out.write(nonZero, 32);
      let last = -1;
      for (let j = 0; j < size; j++) {
        if (chosen[j] === 0) continue;
        writeEliasGamma(out, j - last);
        out.write(vector[j] < 0 ? 1 : 0, 1);
        writeEliasGamma(out, chosen[j]);
        last = j;
      }
    },
    decode(body) {
      const norms = body.readFloats(buckets);
      const values = new Float32Array(size);
      const set = (index: number, negative: number, level: number): void => {
        const length = norms[Math.floor(index / bucketSize)];
        if (level > levels || length < 0) throw body.malformed(`level ${level} of ${levels}`);
        values[index] = ((negative === 1 ? -length : length) * level) / levels;
      };
      if (coding === 'packed') {
        body.expectBits(size, width + 1);
        for (let j = 0; j < size; j++) {
          const code = body.read(width + 1);
          set(j, code & 1, code >>> 1);
        }
        return { values, range: null };
      }
      const nonZero = body.read(32);
      body.expectBits(nonZero, 3);
      let index = -1;
      for (let i = 0; i < nonZero; i++) {
        index += readEliasGamma(body);
        if (index >= size) throw body.malformed(`element ${index} of ${size}`);
        set(index, body.read(1), readEliasGamma(body));
      }
      return { values, range: null };
    },
  };
}

/** As a single that is not below the norm, so that no element exceeds it. */
function normOf(vector: Float32Array, norm: QsgdOptions['norm']): number {
  let squares = 0;
  let largest = 0;
  for (let j = 0; j < vector.length; j++) {
    squares += vector[j] * vector[j];
    largest = Math.max(largest, Math.abs(vector[j]));
  }
  return norm === 'max' ? largest : Math.max(largest, Math.min(Math.sqrt(squares), 3.4e38));
}
