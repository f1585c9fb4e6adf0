import type { BitPlanProblem, BitPlanSolution } from './contract.js';
import { relativeGap, solveInteger } from './integer.js';
import { solveRelaxed } from './relaxed.js';
import { requireFeasible, separableProblem } from './separable.js';

/**
 * Optimal bit lengths, one per uplink and one for the downlink, continuous and integer.
 *
 * The problem is FedAQ's (L. Qu, S. Song, C.-Y. Tsui, arXiv 2406.18156), reconstructed from its
 * abstract and extended to a length per client; objective and method are derived, not transcribed.
 *
 * Errors: PLAN_LIMITS, PLAN_BUDGET, PLAN_ENERGY, PLAN_RANGE, PLAN_WEIGHT for numbers that make no
 * problem; PLAN_INFEASIBLE, with the smallest feasible budget, where bMin does not fit.
 */
export function solveBitPlan(problem: BitPlanProblem, effort?: number): BitPlanSolution {
  const separable = separableProblem(problem);
  requireFeasible(separable);
  const relaxed = solveRelaxed(separable);
  const integer = solveInteger(separable, relaxed.multiplier, effort);
  const count = problem.uplink.length;
  return {
    uplinkBits: Array.from(integer.bits.subarray(0, count)),
    downlinkBits: integer.bits[count],
    objective: integer.objective,
    relaxed: {
      uplinkBits: Array.from(relaxed.bits.subarray(0, count)),
      downlinkBits: relaxed.bits[count],
      objective: relaxed.objective,
      multiplier: relaxed.multiplier,
    },
    energyJ: integer.energyJ,
    gap: relativeGap(integer),
    optimal: integer.optimal,
    binding: bindingConstraints(integer.bits, relaxed.multiplier, problem),
  };
}

/** The budget where a larger one would help, and the limits that some length sits at. */
export function bindingConstraints(bits: Uint8Array, multiplier: number, { bMin, bMax }: { bMin: number; bMax: number }): BitPlanSolution['binding'] {
  const binding: BitPlanSolution['binding'][number][] = [];
  if (multiplier > 0) binding.push('budget');
  if (bits.includes(bMin)) binding.push('bMin');
  if (bits.includes(bMax)) binding.push('bMax');
  return binding;
}
