import type { BitPlanProblem, BitPlanSolution } from './contract.js';
import { FEASIBILITY_FACTOR } from './separable.js';
import { solveBitPlan } from './solve.js';

/**
 * The problem with a budget for each client's own upload as well, such as what its battery may give
 * to this round: a limit on one length is a limit on its energy, so that the problem stays
 * separable and the solver exact. `limitJ[i]` is for `energyPerBitJ * bits` of uplink i and must
 * carry `bMin`; those that it does not are listed in `unable`, and are for the caller to leave out.
 */
export function withClientBudgets(problem: BitPlanProblem, limitJ: readonly number[]): { readonly problem: BitPlanProblem; readonly unable: readonly number[] } {
  const lengths = problem.uplink.map(({ energyPerBitJ, bMax }, i) => {
    let length = Math.min(bMax ?? problem.bMax, problem.bMax);
    while (length >= problem.bMin && energyPerBitJ * length > limitJ[i] * FEASIBILITY_FACTOR) length--;
    return length;
  });
  return {
    problem: { ...problem, uplink: problem.uplink.map((term, i) => ({ ...term, bMax: Math.max(problem.bMin, lengths[i]) })) },
    unable: lengths.flatMap((length, i) => (length < problem.bMin ? [i] : [])),
  };
}

/** A fair plan and what the fairness costs. */
export interface FairPlan {
  readonly solution: BitPlanSolution;
  /** The largest energy that any client spends on its upload. */
  readonly largestClientJ: number;
  /** The objective over the optimum without fairness, at most 1 + `tolerance`. */
  readonly objectiveRatio: number;
}

/**
 * Min-max fairness: among the plans within the budget whose objective is at most (1 + tolerance)
 * times the optimum, one in which the client that spends most spends least. Exact: the cap only
 * matters at the finitely many energies e_i b, and the best objective under a cap falls with the
 * cap, so that the smallest sufficient one is found by bisection over them.
 */
export function solveFairPlan(problem: BitPlanProblem, tolerance: number): FairPlan {
  const optimum = solveBitPlan(problem);
  const limit = optimum.objective * (1 + tolerance);
  const caps = [...new Set(problem.uplink.flatMap(({ energyPerBitJ }) => Array.from({ length: problem.bMax - problem.bMin + 1 }, (_, k) => energyPerBitJ * (problem.bMin + k))))]
    .sort((a, b) => a - b);
  let low = 0;
  let high = caps.length - 1;
  let best = optimum;
  while (low < high) {
    const middle = (low + high) >> 1;
    const capped = withClientBudgets(problem, problem.uplink.map(() => caps[middle]));
    const plan = capped.unable.length > 0 ? null : solveBitPlan(capped.problem);
    if (plan !== null && plan.objective <= limit) {
      best = plan;
      high = middle;
    } else low = middle + 1;
  }
  return {
    solution: best,
    largestClientJ: problem.uplink.reduce((largest, { energyPerBitJ }, i) => Math.max(largest, energyPerBitJ * best.uplinkBits[i]), 0),
    objectiveRatio: optimum.objective === 0 ? 1 : best.objective / optimum.objective,
  };
}
