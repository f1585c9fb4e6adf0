import { z } from 'zod';
import { plannerOfRule, type PlannerEntry } from './entry.js';

const lengthSchema = z.int().min(1).max(32);

const schema = z.strictObject({
  uplinkBits: lengthSchema.default(8).describe('bit length of every upload'),
  downlinkBits: lengthSchema.default(8).describe('bit length of the broadcast'),
});

/** The same lengths in every round, as in FedPAQ; capped where a budget does not fit them. */
export const fixed: PlannerEntry<z.output<typeof schema>> = {
  name: 'fixed',
  describe: 'the same bit lengths in every round',
  source: 'Reisizadeh et al., FedPAQ, arXiv 1909.13014 (uplink); here for both directions',
  usesLoss: false,
  needsBudget: false,
  schema,
  create: ({ uplinkBits, downlinkBits }) =>
    plannerOfRule((_, clients) => ({ uplink: clients.map(() => uplinkBits), downlink: downlinkBits, state: {} })),
};
