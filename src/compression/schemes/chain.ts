import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { chainBodyBits, chainCodec } from '../chain/chain-codec.js';
import { CHAIN_BITS_MAX, chainSchema, hasSureSize, type ChainPlan } from '../chain/steps.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { footprint } from '../footprint.js';
import { downlinkBytes, downlinkCodec, PLAN_NEEDS_DOWNLINK } from '../model-downlink.js';

const isPlanned = ({ uplink }: { readonly uplink: ChainPlan }): boolean => uplink.quantize?.bits === 'planned';

/**
 * A scheme composed in the scenario, without code:
 *
 *   uplink: [top-k: {ratio: 1 %}, quantize: {bits: 4}, entropy: rans]
 *
 * with error feedback around the uplink. The downlink takes the same steps except those that leave
 * elements out. Message: see `chain/chain-codec.ts`; with error feedback the downlink begins with u16
 * count, and u16 client and u16 last accepted round of each. State: the clients' memory.
 *
 * `quantize: {bits: planned}` takes the length that the plan gives each upload, which the control block of the
 * downlink tells (u8) and the upload repeats. A plan must know sizes beforehand, so that neither steps that
 * choose by magnitude nor entropy codes go with it. The planner is told the range of the quantized values.
 */
export const chain = averagingScheme({
  name: 'chain',
  wireId: 20,
  describe: 'steps composed in the scenario: choose, rotate, quantize, entropy code',
  sends: { uplink: 'what the steps make of the update', downlink: 'what the steps make of the model' },
  source: 'composition of known parts',
  footprint: footprint(32, 32, { clientBytes: 4 }),
  schema: z.strictObject({
    uplink: chainSchema(true).prefault([]).describe('steps in order: top-k, random-k or threshold; rotate; quantize, sign or float; entropy'),
    downlink: chainSchema(false).prefault([]).describe('the same without the first group'),
    errorFeedback: z.boolean().default(true).describe('keep what the uplink did not carry for the next round'),
    variant: z.enum(['A', 'B']).default('A').describe('A: the server continues from the broadcast model; B: from its exact one'),
  }).refine((options) => !isPlanned(options) || hasSureSize(options.downlink), PLAN_NEEDS_DOWNLINK),
  downlink: downlinkCodec,
  uplink: ({ uplink }, layout) => chainCodec(layout.trainableSize, uplink),
  traits: ({ uplink, errorFeedback, variant }) => ({ plannedUplink: isPlanned({ uplink }), errorFeedback, continuesFromBroadcast: variant === 'A' }),
  planning: (options, layout, participants, input) => {
    if (!isPlanned(options)) return null;
    const { uplink, errorFeedback } = options;
    const buffers = (layout.size - layout.trainableSize) * 4;
    const control = controlBytes({ uplinkBits: true, accepted: errorFeedback }, participants);
    return {
      bitsMin: 1,
      bitsMax: CHAIN_BITS_MAX,
      tellsLoss: true,
      // Only the uplink has lengths to plan.
      downlinkWeight: 0,
      uplinkBytes: (bitLength) => FRAME_BYTES + (input === 'update' ? buffers : 0) + Math.ceil(chainBodyBits(layout.trainableSize, uplink, bitLength) / 8),
      downlinkBytes: () => downlinkBytes(options, layout, control),
    };
  },
});
