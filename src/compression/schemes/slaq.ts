import { z } from 'zod';
import { lazyOptions } from '../lazy/lazy-options.js';
import { lazyScheme } from '../lazy/lazy-scheme.js';

/**
 * SLAQ, the stochastic LAQ: the same messages and state as LAQ, with minibatch gradients and two
 * criteria. `paper` is LAQ's own. `script` is what the authors published: the quantization errors count
 * half, 0.2 is added to the bar, and the lags leave out the newest difference (as far as the script's
 * shifted index can be told). The two differ widely in uploads, so a result must name the criterion.
 *
 * The innovation of minibatch gradients never shrinks, so few bits make the literal criterion stall:
 * it needs b >= 6, the script's works from b = 3.
 */
export const slaq = lazyScheme({
  name: 'slaq',
  wireId: 5,
  describe: 'LAQ on minibatch gradients, by the paper\'s criterion or by the published script\'s',
  sends: { uplink: 'change of the minibatch gradient, b-bit codes, or silence', downlink: 'model, float32, and the threshold' },
  source: 'Sun et al., NeurIPS 2019; criterion of the paper or of the authors\' script',
  schema: z
    .strictObject({
      bits: z.int().min(1).max(16).default(8).describe('bits per parameter; at least 6 with the criterion of the paper, 3 with the script\'s'),
      criterion: z.enum(['paper', 'script']).default('paper').describe('which rule decides on silence'),
      ...lazyOptions,
    })
    .refine(({ bits, criterion }) => criterion === 'script' || bits >= 6, {
      error: 'the criterion of the paper stalls on minibatches with fewer than 6 bits; expected bits of at least 6, or criterion script',
      path: ['bits'],
    }),
  rule: ({ criterion, ...options }) =>
    criterion === 'paper'
      ? { ...options, errorWeight: 3, constant: 0, skipNewest: false }
      : { ...options, errorWeight: 1.5, constant: 0.2, skipNewest: true },
  bitsMin: { gradient: 3, update: 6 },
});
