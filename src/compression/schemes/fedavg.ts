import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { chainCodec } from '../chain/chain-codec.js';
import { chainSchema } from '../chain/steps.js';
import { floatCodec } from '../codecs/float.js';
import { footprint } from '../footprint.js';

const precision = z.enum(['float32', 'float16', 'bfloat16']);

/**
 * FedAvg (McMahan et al., AISTATS 2017): the model and the updates as they are, 32 bits per parameter
 * each way by default, or rounded to 16-bit floats. Downlink: weights, on request through the steps that
 * other schemes take there too (see `model-downlink.ts`). Uplink: update or gradient. No state but the
 * model at the server, which keeps full precision.
 */
export const fedavg = averagingScheme({
  name: 'fedavg',
  wireId: 1,
  describe: 'full precision both ways: the yardstick; or 16-bit floats',
  sends: { uplink: 'update, float32 or 16-bit floats', downlink: 'model, float32, 16-bit floats or through steps of a chain' },
  source: 'McMahan et al., AISTATS 2017; followed exactly',
  footprint: footprint(32, 32),
  schema: z.strictObject({
    uplink: precision.default('float32').describe('precision of updates'),
    downlink: z.union([precision, chainSchema(false)]).default('float32').describe('precision of the model, or steps of a chain that it goes through, in order: rotate; quantize, sign or float; entropy'),
  }),
  downlink: ({ downlink }, layout) => chainCodec(layout.trainableSize, typeof downlink === 'string' ? { float: { precision: downlink } } : downlink),
  uplink: ({ uplink }, layout) => floatCodec(layout.trainableSize, uplink),
});
