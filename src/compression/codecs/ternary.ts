import type { Block } from './uniform.js';
import type { VectorCodec } from './codec.js';

const UNIT_32 = 2.3283064365386963e-10;
const PER_BYTE = 5;

/**
 * TernGrad (Wen et al., NeurIPS 2017): s * sign(x) with probability |x| / s, else 0, where s is the
 * largest magnitude of a tensor after clipping at `clip` standard deviations (0: no clipping, which
 * keeps it unbiased). Message: f32 s per tensor, five elements to a byte.
 */
export const ternaryCodec = (blocks: readonly Block[], size: number, clip: number): VectorCodec => ({
  encode(out, vector, _bitLength, { own }) {
    const trits = new Uint8Array(size);
    const scales = blocks.map(({ offset, size }) => {
      const part = vector.subarray(offset, offset + size);
      const scale = Math.fround(Math.min(largestOf(part), clip === 0 ? Infinity : clip * deviationOf(part)));
      if (scale === 0) return scale;
      for (let j = 0; j < size; j++) {
        const sent = Math.abs(part[j]) > scale * own.uint32() * UNIT_32;
        trits[offset + j] = sent ? (part[j] > 0 ? 1 : 2) : 0;
      }
      return scale;
    });
    out.part('scales');
    for (const scale of scales) out.writeFloat(scale);
    out.part('values');
    for (let j = 0; j < size; j += PER_BYTE) {
      let byte = 0;
      for (let i = Math.min(j + PER_BYTE, size) - 1; i >= j; i--) byte = byte * 3 + trits[i];
      out.write(byte, 8);
    }
  },
  decode(body) {
    const scales = body.readFloats(blocks.length);
    body.expectBits(Math.ceil(size / PER_BYTE), 8);
    const trits = new Uint8Array(size);
    for (let j = 0; j < size; j += PER_BYTE) {
      let byte = body.read(8);
      for (let i = j; i < Math.min(j + PER_BYTE, size); i++) {
        trits[i] = byte % 3;
        byte = Math.floor(byte / 3);
      }
      if (byte !== 0) throw body.malformed('a byte that holds no five ternary digits');
    }
    const values = new Float32Array(size);
    blocks.forEach(({ offset, size }, block) => {
      for (let j = offset; j < offset + size; j++) values[j] = trits[j] === 0 ? 0 : trits[j] === 1 ? scales[block] : -scales[block];
    });
    return { values, range: null };
  },
});

function largestOf(vector: Float32Array): number {
  let largest = 0;
  for (let j = 0; j < vector.length; j++) largest = Math.max(largest, Math.abs(vector[j]));
  return largest;
}

function deviationOf(vector: Float32Array): number {
  let sum = 0;
  let squares = 0;
  for (let j = 0; j < vector.length; j++) {
    sum += vector[j];
    squares += vector[j] * vector[j];
  }
  const mean = sum / vector.length;
  return Math.sqrt(Math.max(0, squares / vector.length - mean * mean));
}
