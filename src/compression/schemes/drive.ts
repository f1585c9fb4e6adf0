import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import { rotatedCodec } from '../codecs/rotated.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL } from '../model-downlink.js';

/**
 * DRIVE (Vargaftik et al., NeurIPS 2021): one bit per element, the sign after a randomized Hadamard
 * rotation, and a scale that makes it unbiased (or of least error). By blocks instead of the whole
 * vector, which saves padding. No state. Message: see `codecs/rotated.ts`. Downlink: model, see
 * `model-downlink.ts`.
 */
export const drive = averagingScheme({
  name: 'drive',
  wireId: 18,
  describe: 'signs after a random rotation, one bit per parameter',
  sends: { uplink: 'signs of the rotated update, 1 bit per parameter and a scale per block', downlink: SENT_MODEL },
  source: 'Vargaftik et al., NeurIPS 2021; Hadamard rotation by blocks',
  footprint: footprint(1.04, 32),
  schema: z.strictObject({
    scale: z.enum(['unbiased', 'least-error']).default('unbiased').describe('which scale goes with the signs'),
    blockSize: z.union([256, 512, 1024, 2048, 4096, 8192].map((size) => z.literal(size))).default(1024).describe('elements that are rotated together'),
    ...downlinkOption,
  }),
  downlink: downlinkCodec,
  uplink: (options, layout) => rotatedCodec(layout.trainableSize, { ...options, bits: 1 }),
});
