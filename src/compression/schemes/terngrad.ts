import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { ternaryCodec } from '../codecs/ternary.js';
import { blocksOf } from '../codecs/uniform.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * TernGrad (Wen et al., NeurIPS 2017): -s, 0 or +s per element, unbiased, s per tensor, five elements
 * to a byte (1.6 bits each). Downlink: model, see `model-downlink.ts`. No state. Message: see
 * `codecs/ternary.ts`.
 */
export const terngrad = averagingScheme({
  name: 'terngrad',
  wireId: 13,
  describe: 'stochastic ternary values per tensor',
  sends: { uplink: 'update, 1.6 bits per parameter', downlink: SENT_MODEL },
  source: 'Wen et al., NeurIPS 2017; each client its own scale',
  footprint: footprint(1.61, 32),
  schema: z.strictObject({
    clip: z.number().min(0).max(100).default(0).describe('clip at that many standard deviations (2.5 in the paper); 0: no clipping, unbiased'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: ({ clip }, layout) => ternaryCodec(blocksOf(layout, 'tensor'), layout.trainableSize, clip),
});
