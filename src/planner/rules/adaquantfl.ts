import { z } from 'zod';
import { lengthForIntervals } from '../fit-budget.js';
import { plannerOfRule, type PlannerEntry } from './entry.js';

const schema = z.strictObject({
  initialLevels: z.int().min(1).default(2).describe('quantization levels s_0 of the first round'),
  downlinkBits: z.int().min(1).max(32).nullable().default(null).describe('bit length of the broadcast; null for the longest the scheme has'),
});

/**
 * AdaQuantFL: more levels as the training loss falls, s_t = ceil(sqrt(F_0 / F_t) s_0), the same for
 * every client; b = ceil(log2(s + 1)). The ratio is of levels, not of lengths (both are in use).
 */
export const adaquantfl: PlannerEntry<z.output<typeof schema>> = {
  name: 'adaquantfl',
  describe: 'uplink levels that grow as the training loss falls (AdaQuantFL)',
  source: 'Jhunjhunwala et al., AdaQuantFL, arXiv 2102.04487; rule as in third-party implementations',
  usesLoss: true,
  needsBudget: false,
  schema,
  create: ({ initialLevels, downlinkBits }) =>
    plannerOfRule((situation, clients) => {
      const first = situation.lossHistory[0] ?? 1;
      const latest = situation.lossHistory.at(-1) ?? first;
      // A loss of zero asks for infinitely many levels: the longest length.
      const ratio = latest > 0 ? first / latest : Infinity;
      const levels = ratio < Infinity ? Math.ceil(Math.sqrt(Math.max(0, ratio)) * initialLevels) : Infinity;
      const length = lengthForIntervals(levels);
      return { uplink: clients.map(() => length), downlink: downlinkBits ?? situation.bitsMax, state: {} };
    }),
};
