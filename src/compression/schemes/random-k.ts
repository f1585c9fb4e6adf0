import { z } from 'zod';
import { ratio } from '../../scenario/quantity.js';
import { averagingScheme } from '../averaging.js';
import { randomSparseCodec } from '../codecs/sparse.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * Random-k (Stich, Cordonnier, Jaggi, NeurIPS 2018): elements drawn anew for each client and round, as
 * float32; both ends draw the places from the seed, so they cost nothing. Without error feedback the
 * values are multiplied by d / k at the receiver, which makes them unbiased. Downlink and
 * state: as top-k.
 */
export const randomK = averagingScheme({
  name: 'random-k',
  wireId: 17,
  describe: 'randomly chosen elements whose places come from the seed',
  sends: { uplink: 'random elements of update and memory, float32', downlink: SENT_MODEL },
  source: 'Stich et al., NeurIPS 2018',
  footprint: footprint(0.32, 32, { clientBytes: 4 }),
  schema: z.strictObject({
    ratio: ratio().default(0.01).describe('share of the elements that is sent'),
    errorFeedback: z.boolean().default(true).describe('keep what was not sent; without, values are scaled to be unbiased'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: ({ ratio, errorFeedback }, layout) => randomSparseCodec(layout.trainableSize, ratio, !errorFeedback),
  traits: ({ errorFeedback }) => ({ errorFeedback }),
});
