import { z } from 'zod';
import { FLOOR_NEEDS_PLAN, floorHasPlan, lazyOptions, plannedFloor } from '../lazy/lazy-options.js';
import { lazyScheme } from '../lazy/lazy-scheme.js';
import { footprint } from '../footprint.js';
import { PLAN_NEEDS_DOWNLINK, planKnowsDownlink, SENT_MODEL } from '../model-downlink.js';

const CRITERIA = {
  paper: { compares: 'upload', errorWeight: 3, constant: 0, skipNewest: false },
  script: { compares: 'upload', errorWeight: 1.5, constant: 0.2, skipNewest: true },
  'lasg-wk2': { compares: 'gradient', errorWeight: 0, constant: 0, skipNewest: false },
} as const;

/** Of the literal criterion on minibatches. */
const PAPER_BITS_MIN = 6;

/**
 * SLAQ, the stochastic LAQ: the same messages and state as LAQ, with minibatch gradients and three
 * criteria. `paper` is LAQ's own. `script` is what the authors published: the quantization errors count
 * half, 0.2 is added to the bar, and the lags leave out the newest difference (as far as the script's
 * shifted index can be told). The two differ widely in uploads, so a result must name the criterion.
 *
 * `lasg-wk2` is the rule of Chen, Sun and Yin ("LASG: Lazily Aggregated Stochastic Gradients for
 * Communication-Efficient Distributed Learning", arXiv 2002.11360) around the same quantizer: the change is
 * that of the gradient from the weights of the last upload to those of now on one and the same
 * minibatch, in which the noise of minibatches cancels. It takes a second gradient in each round, which is
 * charged (in the first round too), and the weights of the last upload at the client. With `bits: 32` it is
 * LASG-WK2 itself; its constant c is memoryWeight / lr^2, its cap on silence `maxSkips` (50 in its code).
 *
 * The innovation of minibatch gradients never shrinks, so few bits make the literal criterion stall:
 * it needs b >= 6, the script's works from b = 3. `bits: planned` is as in LAQ, with these as the fewest.
 */
export const slaq = lazyScheme({
  name: 'slaq',
  wireId: 5,
  describe: 'LAQ on minibatch gradients, by the criterion of the paper, of the published script or of LASG',
  sends: { uplink: 'change of the minibatch gradient, b-bit codes, or silence', downlink: `${SENT_MODEL}, and the threshold` },
  source: 'Sun et al., NeurIPS 2019; criterion of the paper, of the authors\' script, or LASG-WK2',
  footprint: footprint(8, 32, { clientBytes: 4, serverBytesPerClient: 4 }),
  schema: z
    .strictObject({
      bits: z.union([z.int().min(1).max(16), z.literal(32), z.literal('planned')]).default(8).describe('bits per parameter, 32 for float32; at least 6 with the criterion of the paper, 3 with the others; or planned'),
      ...plannedFloor,
      criterion: z.enum(['paper', 'script', 'lasg-wk2']).default('paper').describe('which rule decides on silence'),
      ...lazyOptions,
    })
    .refine(floorHasPlan, FLOOR_NEEDS_PLAN)
    .refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK)
    .refine(({ bits, criterion }) => criterion !== 'paper' || bits === 'planned' || bits >= PAPER_BITS_MIN, {
      error: 'the criterion of the paper stalls on minibatches with fewer than 6 bits; expected bits of at least 6, or another criterion',
      path: ['bits'],
    }),
  rule: ({ criterion, ...options }) => ({ ...options, ...CRITERIA[criterion] }),
  bitsMin: ({ criterion }) => ({ gradient: criterion === 'paper' ? PAPER_BITS_MIN : 3, update: 6 }),
});
