import { breakPlan, stepGain } from './break-plan.js';
import { searchCore, type CoreStep } from './core-search.js';
import { integerObjective, planEnergyJ, type SeparableProblem } from './separable.js';

/** Integer optimum of a separable problem, with its certificate. */
export interface IntegerPlan {
  readonly bits: Uint8Array;
  readonly objective: number;
  readonly energyJ: number;
  /** (objective - lower bound) / lower bound; 0 where the plan is proved optimal. */
  readonly gap: number;
  readonly optimal: boolean;
  /** Dual of the integer problem's linear relaxation, per joule. */
  readonly price: number;
}

/** States the search may look at before it stops with a certified gap; about 50 ms. */
export const DEFAULT_EFFORT = 2_000_000;

/** Energies are compared on a grid of 2^-50 of the budget, so that sums in any order are the same number. */
const GRID = 1 / (1 << 30) / (1 << 20);
const TOLERANCE_UNITS = 1e-12 / GRID;

/**
 * The integer optimum. The problem is a separable convex resource allocation with unequal costs,
 * that is, a 0/1 knapsack of single-bit steps, on which the greedy rule alone can be far off.
 *
 * 1. `breakPlan` solves the linear relaxation and gives its dual price.
 * 2. The total of a plan over the relaxation is the sum of |gain - price energy| over the steps in
 *    which it differs from the break plan, plus price times the budget it leaves (derivation in
 *    core-search.ts). Steps whose own term reaches the total of a known plan stay as they are in
 *    every better plan, and are left out.
 * 3. `searchCore` decides the others by dynamic programming with dominance and bounds.
 *
 * Guarantee: where `optimal` is true, no plan within the budget has an objective lower by more than
 * 1e-13 relative (rounding). The plan itself uses at most budget * (1 + 1e-12); plans that could gain
 * from that forgiven part alone are not searched for. Where `optimal` is false the search has used
 * up its effort, and no plan within the budget has an objective below objective / (1 + gap).
 */
export function solveInteger(problem: SeparableProblem, nearPrice: number, effort = DEFAULT_EFFORT): IntegerPlan {
  const { coefficient, energyJ, budgetJ } = problem;
  const { bits, price, slackJ } = breakPlan(problem, nearPrice);
  const breakObjective = integerObjective(problem, bits);
  if (price === 0) return { bits, objective: breakObjective, energyJ: planEnergyJ(energyJ, bits), gap: 0, optimal: true, price };

  const unitJ = budgetJ * GRID;
  const steps = nearSteps(problem, bits, price, slackJ, unitJ);
  const core = searchCore({
    steps,
    slackUnits: Math.round(slackJ / unitJ),
    toleranceUnits: TOLERANCE_UNITS,
    unitPrice: price * unitJ,
    negligible: 1e-13 * breakObjective,
    effort,
  });
  for (const { index, sign } of core.changes) bits[index] += sign;
  const objective = integerObjective(problem, bits);
  const optimal = core.lowerBound >= core.total;
  const lowerBound = objective - (core.total - core.lowerBound);
  return {
    bits,
    objective,
    energyJ: planEnergyJ(energyJ, bits),
    gap: optimal ? 0 : Math.max(0, objective - lowerBound) / lowerBound,
    optimal,
    price,
  };

  /** The steps around the break plan whose own loss is below the total of the best plan known so far. */
  function nearSteps(from: SeparableProblem, at: Uint8Array, dual: number, slack: number, unit: number): CoreStep[] {
    const limit = Math.min(dual * Math.max(0, slack), bestSingleAddition(from, at, dual, slack));
    const found: CoreStep[] = [];
    for (let index = 0; index < coefficient.length; index++) {
      const weight = coefficient[index];
      const energy = energyJ[index];
      if (weight === 0 || energy === 0) continue;
      const cost = dual * energy;
      const units = Math.max(1, Math.round(energy / unit));
      for (let b = at[index]; b < from.bMax; b++) {
        const loss = Math.max(0, cost - weight * stepGain[b]);
        if (loss > limit) break;
        found.push({ index, sign: 1, units, loss });
      }
      for (let b = at[index] - 1; b >= from.bMin; b--) {
        const loss = Math.max(0, weight * stepGain[b] - cost);
        if (loss > limit) break;
        found.push({ index, sign: -1, units, loss });
      }
    }
    return found;
  }
}

/** Total of the break plan with the one additional bit that helps most; infinite where none fits. */
function bestSingleAddition({ coefficient, energyJ, bMax }: SeparableProblem, bits: Uint8Array, price: number, slackJ: number): number {
  let best = Infinity;
  for (let i = 0; i < bits.length; i++) {
    const energy = energyJ[i];
    if (bits[i] >= bMax || energy > slackJ || energy === 0) continue;
    best = Math.min(best, Math.max(0, price * energy - coefficient[i] * stepGain[bits[i]]) + price * (slackJ - energy));
  }
  return best;
}
