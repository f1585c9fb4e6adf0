import { fromBfloat16, toBfloat16 } from '../bfloat16.js';
import { fromFloat16, toFloat16 } from '../float16.js';
import type { VectorCodec } from './codec.js';

export type FloatPrecision = 'float32' | 'float16' | 'bfloat16';

/** The vector as it is, 32 bits per element. */
const float32Codec = (size: number): VectorCodec => ({
  encode(out, vector) {
    out.part('values');
    out.writeFloats(vector);
  },
  decode: (body) => ({ values: body.readFloats(size), range: null }),
});

/** The vector in 32 or 16 bits per element, rounded to nearest; float16 stays at +-65504 where it would overflow. */
export function floatCodec(size: number, precision: FloatPrecision): VectorCodec {
  if (precision === 'float32') return float32Codec(size);
  const encode = precision === 'float16' ? toFloat16 : toBfloat16;
  const decode = precision === 'float16' ? fromFloat16 : fromBfloat16;
  const exponentMask = precision === 'float16' ? 0x7c00 : 0x7f80;
  return {
    encode(out, vector) {
      out.part('values');
      out.writeAll(Uint16Array.from(vector, encode), size, 16);
    },
    decode(body) {
      body.expectBits(size, 16);
      const codes = new Uint16Array(size);
      body.readAll(codes, size, 16);
      if (codes.some((code) => (code & exponentMask) === exponentMask)) throw body.malformed('a number that is not finite');
      return { values: Float32Array.from(codes, decode), range: null };
    },
  };
}
