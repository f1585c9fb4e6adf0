import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { plannedRotatedBits, rotatedCodec, ROTATED_BITS } from '../codecs/rotated.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { footprint } from '../footprint.js';
import { downlinkBytes, downlinkCodec, downlinkOption, PLAN_NEEDS_DOWNLINK, planKnowsDownlink, SENT_MODEL } from '../model-downlink.js';

/**
 * EDEN (Vargaftik et al., ICML 2022): after a randomized Hadamard rotation each coordinate becomes the
 * nearest of 2^b centroids of the normal distribution; an unbiased scale per block. By blocks instead of
 * the whole vector. No state. Message: see `codecs/rotated.ts`. Downlink: model, see
 * `model-downlink.ts`; with `bits: planned` before it u16 count, and u16 client and u8 bit length of each.
 */
export const eden = averagingScheme({
  name: 'eden',
  wireId: 19,
  describe: 'centroids of the normal distribution after a random rotation, 1 to 4 bits',
  sends: { uplink: 'rotated update, b bits per parameter and a scale per block', downlink: SENT_MODEL },
  source: 'Vargaftik et al., ICML 2022; Hadamard rotation by blocks, whole bits only',
  footprint: footprint(2.04, 32),
  schema: z.strictObject({
    bits: z.union([z.int().min(1).max(4), z.literal('planned')]).default(2).describe('bits per parameter, or planned'),
    scale: z.enum(['unbiased', 'least-error']).default('unbiased').describe('which scale goes with the centroids'),
    blockSize: z.union([256, 512, 1024, 2048, 4096, 8192].map((size) => z.literal(size))).default(1024).describe('elements that are rotated together'),
    ...downlinkOption,
  }).refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK),
  downlink: downlinkCodec,
  uplink: (options, layout) => rotatedCodec(layout.trainableSize, options),
  traits: ({ bits }) => ({ plannedUplink: bits === 'planned' }),
  planning: (options, layout, participants, input) => {
    const { bits, blockSize } = options;
    if (bits !== 'planned') return null;
    const buffers = (layout.size - layout.trainableSize) * 4;
    return {
      bitsMin: ROTATED_BITS.min,
      bitsMax: ROTATED_BITS.max,
      tellsLoss: true,
      // Only the uplink has lengths to plan.
      downlinkWeight: 0,
      uplinkBytes: (bitLength) => FRAME_BYTES + (input === 'update' ? buffers : 0) + Math.ceil(plannedRotatedBits(layout.trainableSize, blockSize, bitLength) / 8),
      downlinkBytes: () => downlinkBytes(options, layout, controlBytes({ uplinkBits: true, accepted: false }, participants)),
    };
  },
});
