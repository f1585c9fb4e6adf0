import { z } from 'zod';
import { lazyOptions } from '../lazy/lazy-options.js';
import { lazyScheme } from '../lazy/lazy-scheme.js';
import { footprint } from '../footprint.js';
import { SENT_MODEL } from '../model-downlink.js';

/**
 * LAG-WK, lazily aggregated gradients without quantization (Chen, Giannakis, Sun, Yin, NeurIPS 2018):
 * a client uploads its gradient as float32 when it differs enough from the last one the server has.
 * Messages and state as in LAQ with singles instead of codes. `maxSkips: 0` is plain gradient descent.
 * The authors' own comparison takes `memoryWeight: 1`; 0.8 is the value used beside LAQ.
 */
export const lag = lazyScheme({
  name: 'lag',
  wireId: 6,
  describe: 'lazily aggregated gradients in full precision (LAG-WK)',
  sends: { uplink: 'gradient, float32, or silence', downlink: `${SENT_MODEL}, and the threshold` },
  source: 'Chen et al., NeurIPS 2018; the worker-side criterion as in the authors\' script',
  footprint: footprint(32, 32, { clientBytes: 4, serverBytesPerClient: 4 }),
  schema: z.strictObject(lazyOptions),
  rule: (options) => ({ ...options, bits: 32, compares: 'upload', errorWeight: 3, constant: 0, skipNewest: false }),
  bitsMin: () => ({ gradient: 1, update: 1 }),
});
