import { z } from 'zod';
import { ratio } from '../../scenario/quantity.js';
import { averagingScheme } from '../averaging.js';
import { largestIndices, sparseCodec, thresholdIndices } from '../codecs/sparse.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * Top-k with error feedback (Stich, Cordonnier, Jaggi, NeurIPS 2018): the largest magnitudes of update
 * plus memory as float32, places as the cheapest of list, bitmap and Rice-coded gaps; or all magnitudes
 * above a threshold (Strom 2015). Downlink: u16 count, u16 client and u16 last accepted round each,
 * model (see `model-downlink.ts`). State: the memory at the client, as in ef-sign.
 */
export const topK = averagingScheme({
  name: 'top-k',
  wireId: 16,
  describe: 'the largest elements, with error feedback',
  sends: { uplink: 'largest elements of update and memory, float32 with places', downlink: SENT_MODEL },
  source: 'Stich et al., NeurIPS 2018; threshold variant after Strom, Interspeech 2015',
  footprint: footprint(0.4, 32, { clientBytes: 4 }),
  schema: z.strictObject({
    ratio: ratio().default(0.01).describe('share of the elements that is sent'),
    threshold: z.number().positive().optional().describe('send all magnitudes from here on instead'),
    errorFeedback: z.boolean().default(true).describe('keep what was not sent for the next round'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: ({ ratio, threshold }, layout) =>
    sparseCodec(layout.trainableSize, (vector) => (threshold === undefined ? largestIndices(vector, ratio) : thresholdIndices(vector, threshold))),
  traits: ({ errorFeedback }) => ({ errorFeedback }),
});
