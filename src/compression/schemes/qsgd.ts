import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { plannedQsgdBits, qsgdCodec, QSGD_BITS } from '../codecs/qsgd.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { footprint } from '../footprint.js';
import { downlinkBytes, downlinkCodec, downlinkOption, PLAN_NEEDS_DOWNLINK, planKnowsDownlink, SENT_MODEL } from '../model-downlink.js';

/**
 * QSGD (Alistarh, Grubic, Li, Tomioka, Vojnovic, NeurIPS 2017): stochastic levels of the norm of each
 * bucket, Elias coded. Unbiased, no state. Downlink: model, see `model-downlink.ts`. Message: see
 * `codecs/qsgd.ts`.
 */
export const qsgd = averagingScheme({
  name: 'qsgd',
  wireId: 12,
  describe: 'stochastic levels of a norm, Elias coded',
  sends: { uplink: 'update, s levels of the bucket norm, Elias coded', downlink: SENT_MODEL },
  source: 'Alistarh et al., NeurIPS 2017; followed, gamma codes throughout',
  footprint: footprint(1.28, 32),
  schema: z.strictObject({
    levels: z.int().min(1).max(65_535).default(16).describe('s: positive levels'),
    bucketSize: z.int().min(1).default(512).describe('elements that share a norm'),
    norm: z.enum(['l2', 'max']).default('l2').describe('which norm of the bucket'),
    coding: z.enum(['elias', 'packed']).default('elias').describe('Elias gamma codes, or fields of fixed width'),
    bits: z.literal('planned').nullable().default(null)
      .describe('planned: the bit length that the planner gives each upload, sign included, in fields of fixed width, takes the place of levels and coding'),
    ...downlinkOption,
  }).refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK),
  downlink: downlinkCodec,
  uplink: ({ bits, ...options }, layout) => qsgdCodec(layout.trainableSize, { ...options, planned: bits === 'planned' }),
  traits: ({ bits }) => ({ plannedUplink: bits === 'planned' }),
  planning: (options, layout, participants, input) => {
    const { bits, bucketSize } = options;
    if (bits !== 'planned') return null;
    const buffers = (layout.size - layout.trainableSize) * 4;
    return {
      bitsMin: QSGD_BITS.min,
      bitsMax: QSGD_BITS.max,
      tellsLoss: true,
      // Only the uplink has lengths to plan.
      downlinkWeight: 0,
      uplinkBytes: (bitLength) => FRAME_BYTES + (input === 'update' ? buffers : 0) + Math.ceil(plannedQsgdBits(layout.trainableSize, bucketSize, bitLength) / 8),
      downlinkBytes: () => downlinkBytes(options, layout, controlBytes({ uplinkBits: true, accepted: false }, participants)),
    };
  },
});
