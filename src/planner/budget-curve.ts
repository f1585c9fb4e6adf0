import { exp, log } from '../numerics/index.js';
import type { BitPlanProblem } from './contract.js';
import { minimumBudgetJ, separableProblem } from './separable.js';
import { solveBitPlan } from './solve.js';

/** What the optimal plan is at one budget, for one direction: means over the uploads, and their extremes. */
export interface BudgetPoint {
  readonly budgetJ: number;
  readonly message: 'uplink' | 'downlink';
  readonly bits: number;
  readonly relaxedBits: number;
  readonly shortest: number;
  readonly longest: number;
  /** Of the whole plan. */
  readonly energyJ: number;
  readonly objective: number;
  /** This is the budget of the problem itself. */
  readonly scenario: boolean;
}

/** The optimal plans of a problem from the smallest feasible budget to the one at which every length is the longest, equal factors apart. */
export function budgetCurve(problem: BitPlanProblem, points = 160): BudgetPoint[] {
  const smallestJ = minimumBudgetJ(separableProblem(problem));
  const largestJ = (smallestJ * problem.bMax) / problem.bMin;
  const budgets = Array.from({ length: points }, (_, k) => smallestJ * exp((log(largestJ / smallestJ) * k) / (points - 1)));
  const own = problem.budgetJ >= smallestJ ? [problem.budgetJ] : [];
  return [...budgets, ...own].sort((a, b) => a - b).flatMap((budgetJ): BudgetPoint[] => {
    const { uplinkBits, downlinkBits, relaxed, energyJ, objective } = solveBitPlan({ ...problem, budgetJ: Math.max(budgetJ, smallestJ) });
    const common = { budgetJ, energyJ, objective, scenario: budgetJ === problem.budgetJ };
    return [
      { ...common, message: 'uplink', bits: mean(uplinkBits), relaxedBits: mean(relaxed.uplinkBits), shortest: Math.min(...uplinkBits), longest: Math.max(...uplinkBits) },
      { ...common, message: 'downlink', bits: downlinkBits, relaxedBits: relaxed.downlinkBits, shortest: downlinkBits, longest: downlinkBits },
    ];
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
