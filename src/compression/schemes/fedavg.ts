import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { float32Codec } from '../codecs/float32.js';

/**
 * FedAvg (McMahan et al., AISTATS 2017): the model and the updates as they are, 32 bits per parameter
 * each way. Downlink: weights. Uplink: update or gradient. No state but the model at the server.
 */
export const fedavg = averagingScheme({
  name: 'fedavg',
  wireId: 1,
  describe: 'full precision both ways: the yardstick',
  sends: { uplink: 'update, float32', downlink: 'model, float32' },
  source: 'McMahan et al., AISTATS 2017; followed exactly',
  schema: z.strictObject({}),
  downlink: (_options, layout) => float32Codec(layout.trainableSize),
  uplink: (_options, layout) => float32Codec(layout.trainableSize),
});
