import { z } from 'zod';
import { FEASIBILITY_FACTOR } from '../separable.js';
import { requireBudget } from '../situation.js';
import { plannerOfRule, type PlannerEntry } from './entry.js';

const schema = z.strictObject({});

/** One length for all messages, the largest that fits the budget: blind to links, ranges and weights. */
export const equalSplit: PlannerEntry<z.output<typeof schema>> = {
  name: 'equal-split',
  describe: 'the longest common bit length that the budget fits, blind to links and ranges',
  source: 'baseline of this project',
  usesLoss: false,
  needsBudget: true,
  schema,
  create: () => {
    const planner = plannerOfRule((situation, clients) => {
      const constantJ = clients.reduce((sum, client) => sum + client.constantJ, situation.downlink.constantJ);
      const perBitJ = clients.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ, situation.downlink.energyPerBitJ);
      const length = longestCommonLength(situation.budgetJ! - constantJ, perBitJ, situation.bitsMin, situation.bitsMax);
      return { uplink: clients.map(() => length), downlink: length, state: {} };
    });
    return {
      plan(situation) {
        requireBudget(situation, 'equal-split');
        return planner.plan(situation);
      },
    };
  },
};

/** Largest length within the limits whose energy fits; compared by product, because a floored quotient can lose a bit. */
export function longestCommonLength(budgetJ: number, energyPerBitJ: number, bMin: number, bMax: number): number {
  let length = bMax;
  while (length > bMin && energyPerBitJ * length > budgetJ * FEASIBILITY_FACTOR) length--;
  return length;
}
