import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { signCodec } from '../codecs/sign.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * signSGD with majority vote (Bernstein et al., ICML 2018): one bit per element up; the server takes the
 * sign of the weighted vote. With `input: gradient` it steps by the learning rate against the vote, as
 * in the paper; with `input: update` by `step` along it. Downlink: the model (see `model-downlink.ts`), so that
 * clients which missed a round go on (the paper sends the vote, one bit per element). No state.
 */
export const signsgd = averagingScheme({
  name: 'signsgd',
  wireId: 14,
  describe: 'signs up, majority vote at the server',
  sends: { uplink: 'signs of the update, 1 bit per parameter', downlink: SENT_MODEL },
  source: 'Bernstein et al., ICML 2018; votes weighted, model instead of vote on the downlink',
  footprint: footprint(1, 32),
  schema: z.strictObject({
    step: z.number().positive().max(10).default(0.002).describe('length of the server\'s step per element, with input update'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: (_options, layout) => signCodec(layout.trainableSize),
  settle: ({ step }, mean, input) => mean.map((vote) => Math.sign(vote) * (input === 'update' ? step : 1)),
});
