import { z } from 'zod';
import { FLOOR_NEEDS_PLAN, floorHasPlan, lazyOptions, plannedFloor } from '../lazy/lazy-options.js';
import { lazyScheme } from '../lazy/lazy-scheme.js';
import { footprint } from '../footprint.js';
import { PLAN_NEEDS_DOWNLINK, planKnowsDownlink, SENT_MODEL } from '../model-downlink.js';

/**
 * LAQ, lazily aggregated quantized gradients (Sun, Chen, Giannakis, Yang, NeurIPS 2019; TPAMI 2022).
 * Criterion, quantizer and constants follow the paper and its authors' script; the interior of the
 * paper was not at hand. `input: gradient` with full batches is the paper's setting; `input: update`
 * (the negative difference after local steps in place of the gradient) is not, and needs b >= 6.
 *
 * Downlink: u16 count, per participant u16 client and u16 last accepted round, f32 threshold, model
 * (see `model-downlink.ts`). Uplink: f32 radius and b bits per parameter, or a message without body for silence. State:
 * the client keeps its last accepted vector, its error and the clock, the server the same vector.
 * `maxSkips: 0` is QGD (never silent). Lost uploads leave both ends at the vector before.
 *
 * With `bits: planned` the grid of each upload has the length that the plan of the round gives the client. It
 * travels once, on the downlink (u8 per participant), so that both ends know it; a client that missed
 * the downlink sends nothing. The plan goes by the range 2 R of each client's last upload, reserves energy
 * for every participant, and what silent ones leave is not spent. Criterion and stored error are those
 * of the length at hand, so that a plan of few bits also raises the bar. No plan is shorter than what keeps
 * the rule stable (4 bits, with input update 6), or than `bitsMin`. This mode is not in the papers.
 */
export const laq = lazyScheme({
  name: 'laq',
  wireId: 4,
  describe: 'lazily aggregated quantized gradients: a client speaks only when its gradient has changed enough',
  sends: { uplink: 'change of the gradient since the last upload, b-bit codes, or silence', downlink: `${SENT_MODEL}, and the threshold` },
  source: 'Sun et al., NeurIPS 2019 and TPAMI 2022; criterion and constants as in the authors\' script',
  footprint: footprint(8, 32, { clientBytes: 4, serverBytesPerClient: 4 }),
  schema: z.strictObject({
    bits: z.union([z.int().min(1).max(16), z.literal('planned')]).default(8).describe('bits per parameter; at least 4, with input update at least 6; or planned'),
    ...plannedFloor,
    ...lazyOptions,
  }).refine(floorHasPlan, FLOOR_NEEDS_PLAN).refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK),
  rule: (options) => ({ ...options, compares: 'upload', errorWeight: 3, constant: 0, skipNewest: false }),
  bitsMin: () => ({ gradient: 4, update: 6 }),
});
