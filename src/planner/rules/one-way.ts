import { z } from 'zod';
import type { BitPlanSolution, PlanningSituation } from '../contract.js';
import { predictRanges } from '../ranges.js';
import { quantizationError } from '../separable.js';
import { affordableRound, emptyOutcome, outcomeOf, requireBudget, type AffordableRound } from '../situation.js';
import { solveBitPlan } from '../solve.js';
import { plannerOfRule, type PlannerEntry } from './entry.js';
import { longestCommonLength } from './equal-split.js';
import { firstRound, problemOf } from './fedaq.js';

const heldLength = z.int().min(1).max(32).nullable().default(null);
const uplinkSchema = z.strictObject({ downlinkBits: heldLength.describe('bit length of the broadcast; null for the longest the scheme has') });
const downlinkSchema = z.strictObject({ uplinkBits: heldLength.describe('bit length of every upload; null for the longest the scheme has') });

/** Ablation of FedAQ: the downlink is held, the uplink lengths are optimal for what is left of the budget. */
export const uplinkOnly: PlannerEntry<z.output<typeof uplinkSchema>> = {
  name: 'uplink-only',
  describe: 'downlink length held, uplink lengths optimal for the rest of the budget (ablation of FedAQ)',
  source: 'ablation of the reconstructed FedAQ problem',
  usesLoss: false,
  needsBudget: true,
  schema: uplinkSchema,
  create: ({ downlinkBits }) => ({
    plan(situation) {
      requireBudget(situation, 'uplink-only');
      const round = affordableRound(situation);
      const { ranges, state } = predictRanges(round.clients, situation.state, { newest: 1 });
      if (round.clients.length === 0) return emptyOutcome(situation, round.dropped, state);
      const held = affordableDownlink(situation, round, downlinkBits ?? situation.bitsMax);
      const downlinkJ = held * situation.downlink.energyPerBitJ;
      const rest = { ...round, budgetJ: Math.max(0, round.budgetJ - downlinkJ) };
      const withoutDownlink = { ...situation, downlink: { ...situation.downlink, energyPerBitJ: 0, range: 0 } };
      if (ranges === null) return outcomeOf(situation, round, { ...firstRound(withoutDownlink, rest), downlinkBits: held, state });
      const error = situation.downlink.weight * situation.downlink.range * situation.downlink.range * quantizationError[held];
      const solution = withDownlink(solveBitPlan(problemOf(withoutDownlink, rest, ranges)), held, downlinkJ, error);
      return outcomeOf(situation, round, { uplinkBits: solution.uplinkBits, downlinkBits: held, solution, state });
    },
  }),
};

/** Ablation of FedAQ: the uplink is held, the downlink gets the longest length that the rest of the budget fits. */
export const downlinkOnly: PlannerEntry<z.output<typeof downlinkSchema>> = {
  name: 'downlink-only',
  describe: 'uplink lengths held, downlink length from the rest of the budget (ablation of FedAQ)',
  source: 'ablation of the reconstructed FedAQ problem',
  usesLoss: false,
  needsBudget: true,
  schema: downlinkSchema,
  create: ({ uplinkBits }) => plannerOfRule((situation, clients) => {
    const uplink = clients.map(() => uplinkBits ?? situation.bitsMax);
    const spentJ = clients.reduce((sum, { constantJ, energyPerBitJ }, i) => sum + constantJ + energyPerBitJ * uplink[i], situation.downlink.constantJ);
    const restJ = Math.max(0, (situation.budgetJ ?? Infinity) - spentJ);
    return { uplink, downlink: longestCommonLength(restJ, situation.downlink.energyPerBitJ, situation.bitsMin, situation.bitsMax), state: {} };
  }),
};

/** The longest downlink up to `wanted` that leaves the uplinks their smallest lengths. */
function affordableDownlink({ downlink, bitsMin, bitsMax }: PlanningSituation, { clients, budgetJ }: AffordableRound, wanted: number): number {
  const smallestJ = clients.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ * bitsMin, 0);
  return longestCommonLength(budgetJ - smallestJ, downlink.energyPerBitJ, bitsMin, Math.max(bitsMin, Math.min(bitsMax, wanted)));
}

function withDownlink(solution: BitPlanSolution, downlinkBits: number, energyJ: number, error: number): BitPlanSolution {
  return {
    ...solution,
    downlinkBits,
    energyJ: solution.energyJ + energyJ,
    objective: solution.objective + error,
    gap: (solution.gap * solution.objective) / (solution.objective + error * (1 + solution.gap)),
    relaxed: { ...solution.relaxed, downlinkBits, objective: solution.relaxed.objective + error },
  };
}
