import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { scaledSignCodec } from '../codecs/sign.js';
import { blocksOf } from '../codecs/uniform.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * Scaled sign with error feedback (EF-signSGD, Karimireddy et al., ICML 2019): sign(x + e) times the
 * mean magnitude of each tensor; what that misses stays in the client's memory e. Downlink: u16 count,
 * u16 client and u16 last accepted round each, model (see `model-downlink.ts`). State: e at the client (and, while an
 * upload is in doubt, e as it would be with it). A lost upload leaves e as it was before the round.
 */
export const efSign = averagingScheme({
  name: 'ef-sign',
  wireId: 15,
  describe: 'signs scaled by the mean magnitude, with error feedback',
  sends: { uplink: 'update and memory, 1 bit per parameter and a scale per tensor', downlink: SENT_MODEL },
  source: 'Karimireddy et al., ICML 2019',
  footprint: footprint(1.01, 32, { clientBytes: 4 }),
  schema: z.strictObject({
    granularity: z.enum(['model', 'tensor']).default('tensor').describe('one scale for the model, or one per tensor'),
    errorFeedback: z.boolean().default(true).describe('keep what was not sent for the next round'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: ({ granularity }, layout) => scaledSignCodec(blocksOf(layout, granularity), layout.trainableSize),
  traits: ({ errorFeedback }) => ({ errorFeedback }),
});
