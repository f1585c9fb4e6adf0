import type { VectorCodec } from './codec.js';

/** The vector as it is, 32 bits per element. */
export const float32Codec = (size: number): VectorCodec => ({
  encode(out, vector) {
    out.part('values');
    out.writeFloats(vector);
  },
  decode: (body) => ({ values: body.readFloats(size), range: null }),
});
