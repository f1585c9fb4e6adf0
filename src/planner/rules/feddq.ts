import { z } from 'zod';
import { log2 } from '../../numerics/index.js';
import { plannerOfRule, type PlannerEntry } from './entry.js';

const schema = z.strictObject({
  resolution: z.number().positive().default(0.005).describe('grid step that the uplink shall reach'),
  downlinkBits: z.int().min(1).max(32).nullable().default(null).describe('bit length of the broadcast; null for the longest the scheme has'),
});

/**
 * FedDQ: a constant grid step, so that lengths fall with the range of the updates,
 * b_i = max(b_min, ceil(log2(R_i / resolution))). The paper's client takes its true range; the
 * server plans from the last reported one, and with the longest length while there is none.
 */
export const feddq: PlannerEntry<z.output<typeof schema>> = {
  name: 'feddq',
  describe: 'uplink lengths that keep the grid step constant, so that they fall with the update range (FedDQ)',
  source: 'Qu, Song, Tsui, FedDQ, arXiv 2110.02291; rule as in a third-party implementation, resolution from memory of the paper',
  usesLoss: false,
  needsBudget: false,
  schema,
  create: ({ resolution, downlinkBits }) =>
    plannerOfRule((situation, clients) => ({
      uplink: clients.map(({ range }) => (range === null ? situation.bitsMax : range > resolution ? Math.ceil(log2(range / resolution)) : situation.bitsMin)),
      downlink: downlinkBits ?? situation.bitsMax,
      state: {},
    })),
};
