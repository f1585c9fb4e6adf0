import type { BitPlanProblem, BitPlanSolution } from './contract.js';
import { FEASIBILITY_FACTOR } from './separable.js';
import { solveBitPlan } from './solve.js';

/** What a message costs beyond its values, and per bit of its length. */
export interface MessageCost {
  readonly energyPerBitJ: number;
  readonly constantJ: number;
}

/** Smallest budget that a round over these messages fits, constants included. */
export function minimumRoundBudgetJ(messages: readonly MessageCost[], bMin: number): number {
  return messages.reduce((sum, { energyPerBitJ, constantJ }) => sum + constantJ + energyPerBitJ * bMin, 0);
}

/**
 * Leaves out the client whose smallest message costs most, again and again, until the smallest
 * lengths of all that are left fit the budget (of two equal ones the higher id goes first).
 * Nobody is left where the downlink and the cheapest client do not fit. The order of those kept is
 * that of `clients`; those dropped are in the order in which they went.
 */
export function keepAffordable<C extends MessageCost & { readonly client: number }>(
  clients: readonly C[], downlink: MessageCost, budgetJ: number, bMin: number,
): { readonly kept: readonly C[]; readonly dropped: readonly number[] } {
  const costOf = ({ constantJ, energyPerBitJ }: MessageCost): number => constantJ + energyPerBitJ * bMin;
  const byCost = clients.toSorted((a, b) => costOf(a) - costOf(b) || a.client - b.client);
  const limitJ = budgetJ * FEASIBILITY_FACTOR;
  let spentJ = costOf(downlink);
  let count = 0;
  while (count < byCost.length && spentJ + costOf(byCost[count]) <= limitJ) spentJ += costOf(byCost[count++]);
  const gone = byCost.slice(count).reverse().map(({ client }) => client);
  const goneSet = new Set(gone);
  return { kept: clients.filter(({ client }) => !goneSet.has(client)), dropped: gone };
}

/**
 * Solves a problem, dropping the costliest clients until the smallest lengths fit. `clients[i]` is
 * the id of `problem.uplink[i]`, whose constant costs `constantJ[i]` are already taken off the budget
 * and come back when it is dropped. The weights of those left are scaled up to the same sum, as
 * aggregation will do. `solution` is null where nobody is left.
 */
export function solveDroppingCostliest(
  problem: BitPlanProblem, clients: readonly number[], constantJ: readonly number[] = clients.map(() => 0),
): { readonly solution: BitPlanSolution | null; readonly kept: readonly number[]; readonly dropped: readonly number[] } {
  const terms = problem.uplink.map((term, i) => ({ ...term, client: clients[i], constantJ: constantJ[i] }));
  const totalJ = problem.budgetJ + constantJ.reduce((sum, joules) => sum + joules, 0);
  const downlink = { energyPerBitJ: problem.downlink.energyPerBitJ, constantJ: 0 };
  const { kept, dropped } = keepAffordable(terms, downlink, totalJ, problem.bMin);
  if (kept.length === 0) return { solution: null, kept: [], dropped };
  if (dropped.length === 0) return { solution: solveBitPlan(problem), kept: clients, dropped };
  const scale = weightOf(terms) / weightOf(kept);
  const solution = solveBitPlan({
    ...problem,
    uplink: kept.map(({ energyPerBitJ, range, weight }) => ({ energyPerBitJ, range, weight: weight * scale })),
    budgetJ: totalJ - kept.reduce((sum, term) => sum + term.constantJ, 0),
  });
  return { solution, kept: kept.map(({ client }) => client), dropped };
}

function weightOf(terms: readonly { readonly weight: number }[]): number {
  return terms.reduce((sum, { weight }) => sum + weight, 0);
}
