import type { ParameterLayout } from '../../learning/contract.js';
import type { VectorCodec } from '../codecs/codec.js';
import { drawMask, maskedNoise, maskedParts, maskNoise, type MaskOptions } from './noise.js';

/**
 * An update as a random mask over noise: u32 seed, one float32 per parameter that is not masked, one bit
 * per masked parameter (1 stands for 1 or +1), in the order of the layout. The sender's stream gives the
 * seed with its first word and then the mask, so that local training can foresee the noise.
 */
export function maskCodec(layout: ParameterLayout, options: MaskOptions): VectorCodec {
  const parts = maskedParts(layout);
  return {
    encode(out, vector, _bitLength, { own }) {
      const seed = own.uint32();
      const noise = maskNoise(seed, parts.maskedSize, options);
      const mask = drawMask(parts.gatherMasked(vector), noise, options.signed, own);
      out.part('sideInformation');
      out.write(seed, 32);
      out.part('values');
      out.writeFloats(parts.gatherFull(vector));
      out.writeAll(mask, mask.length, 1);
    },
    decode(body) {
      const seed = body.read(32);
      const full = body.readFloats(parts.fullSize);
      body.expectBits(parts.maskedSize, 1);
      const mask = new Uint8Array(parts.maskedSize);
      body.readAll(mask, mask.length, 1);
      const masked = maskNoise(seed, mask.length, options);
      for (let j = 0; j < mask.length; j++) masked[j] = maskedNoise(mask[j], masked[j], options.signed);
      const values = new Float32Array(layout.trainableSize);
      parts.scatter(masked, full, values);
      return { values, range: null };
    },
  };
}
