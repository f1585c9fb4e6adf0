import type { BitPlanProblem, BitPlanSolution } from './contract.js';
import { minimumBudgetJ, quantizationError, FEASIBILITY_FACTOR, requireFeasible, separableProblem } from './separable.js';
import { bindingConstraints } from './solve.js';
import { solveRelaxed } from './relaxed.js';

/**
 * The two-variable problem: one length for all uploads, one for the broadcast, as in the paper
 * (reconstructed). Exact by enumeration: for each uplink length the objective falls with the
 * downlink length, so that the longest that fits is best; of those at most 32 pairs the best is taken.
 */
export function solveSharedLength(problem: BitPlanProblem): BitPlanSolution {
  const each = separableProblem(problem);
  const count = problem.uplink.length;
  const shared = {
    coefficient: Float64Array.of(sum(each.coefficient.subarray(0, count)), each.coefficient[count]),
    energyJ: Float64Array.of(sum(each.energyJ.subarray(0, count)), each.energyJ[count]),
    budgetJ: problem.budgetJ,
    bMin: problem.bMin,
    upper: Uint8Array.of(Math.min(problem.bMax, ...each.upper.subarray(0, count)), problem.bMax),
  };
  requireFeasible(shared);
  const [coefficient = 0, downlinkCoefficient = 0] = shared.coefficient;
  const [energy = 0, downlinkEnergy = 0] = shared.energyJ;
  const limitJ = Math.max(problem.budgetJ * FEASIBILITY_FACTOR, minimumBudgetJ(shared));
  let best = { up: problem.bMin, down: problem.bMin, objective: Infinity };
  for (let up = problem.bMin; up <= shared.upper[0]; up++) {
    let down = problem.bMax;
    while (down >= problem.bMin && energy * up + downlinkEnergy * down > limitJ) down--;
    if (down < problem.bMin) break;
    const objective = coefficient * quantizationError[up] + downlinkCoefficient * quantizationError[down];
    if (objective < best.objective) best = { up, down, objective };
  }
  const relaxed = solveRelaxed(shared);
  return {
    uplinkBits: problem.uplink.map(() => best.up),
    downlinkBits: best.down,
    objective: best.objective,
    relaxed: {
      uplinkBits: problem.uplink.map(() => relaxed.bits[0]),
      downlinkBits: relaxed.bits[1],
      objective: relaxed.objective,
      multiplier: relaxed.multiplier,
    },
    energyJ: energy * best.up + downlinkEnergy * best.down,
    gap: 0,
    optimal: true,
    binding: bindingConstraints(Uint8Array.of(best.up, best.down), relaxed.multiplier, problem),
  };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
