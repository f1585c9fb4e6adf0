import type { Block } from './uniform.js';
import type { VectorCodec } from './codec.js';

const signBits = (vector: Float32Array): Uint8Array => {
  const bits = new Uint8Array(vector.length);
  for (let j = 0; j < bits.length; j++) bits[j] = vector[j] < 0 ? 1 : 0;
  return bits;
};

/** One bit per element; the receiver sees +1 (zero too) and -1. */
export const signCodec = (size: number): VectorCodec => ({
  encode(out, vector) {
    out.part('values');
    out.writeAll(signBits(vector), size, 1);
  },
  decode(body) {
    body.expectBits(size, 1);
    const bits = new Uint8Array(size);
    body.readAll(bits, size, 1);
    return { values: Float32Array.from(bits, (bit) => 1 - 2 * bit), range: null };
  },
});

/** One bit per element and one f32 per block, the mean magnitude: a contraction, made for error feedback. */
export const scaledSignCodec = (blocks: readonly Block[], size: number): VectorCodec => ({
  encode(out, vector) {
    out.part('scales');
    for (const { offset, size } of blocks) {
      let sum = 0;
      for (let j = offset; j < offset + size; j++) sum += Math.abs(vector[j]);
      out.writeFloat(size === 0 ? 0 : sum / size);
    }
    out.part('values');
    out.writeAll(signBits(vector), size, 1);
  },
  decode(body) {
    const scales = body.readFloats(blocks.length);
    body.expectBits(size, 1);
    const bits = new Uint8Array(size);
    body.readAll(bits, size, 1);
    const values = new Float32Array(size);
    blocks.forEach(({ offset, size }, block) => {
      for (let j = offset; j < offset + size; j++) values[j] = bits[j] === 1 ? -scales[block] : scales[block];
    });
    return { values, range: null };
  },
});
