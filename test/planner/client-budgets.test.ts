import { describe, expect, it } from 'vitest';
import { solveFairPlan, withClientBudgets } from '../../src/planner/client-budgets.js';
import { solveBitPlan } from '../../src/planner/index.js';
import { bruteForce, energyOf, generator, randomProblem } from './random-problems.js';

describe('budgets per client', () => {
  it('bound each upload, and the plan under them is the best by exhaustion', () => {
    const uniform = generator(14);
    for (let instance = 0; instance < 300; instance++) {
      const problem = randomProblem(uniform, 3, 'spread', 1, 8);
      const limits = problem.uplink.map(({ energyPerBitJ }) => energyPerBitJ * (1 + 8 * uniform()));
      const limited = withClientBudgets(problem, limits);
      expect(limited.unable).toEqual([]);
      const plan = solveBitPlan(limited.problem);
      problem.uplink.forEach(({ energyPerBitJ }, i) => expect(energyPerBitJ * plan.uplinkBits[i]).toBeLessThanOrEqual(limits[i] * (1 + 1e-12)));
      expect(plan.objective / bruteForce(limited.problem) - 1).toBeLessThan(1e-12);
    }
  });

  it('name the clients that cannot carry the smallest length', () => {
    const problem = randomProblem(generator(1), 2, 'equal', 2, 8);
    expect(withClientBudgets(problem, [0.19, 0.2]).unable).toEqual([0]);
  });
});

describe('min-max fair plan', () => {
  it('lowers the largest client energy as far as the tolerance allows, and no cap below is enough', () => {
    const uniform = generator(15);
    for (let instance = 0; instance < 100; instance++) {
      const problem = randomProblem(uniform, 4, 'spread', 1, 8);
      const tolerance = uniform();
      const { solution, largestClientJ, objectiveRatio } = solveFairPlan(problem, tolerance);
      expect(objectiveRatio).toBeLessThanOrEqual(1 + tolerance + 1e-12);
      expect(energyOf(problem, solution.uplinkBits, solution.downlinkBits)).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-12));
      const below = withClientBudgets(problem, problem.uplink.map(() => largestClientJ * (1 - 1e-9)));
      if (below.unable.length > 0) continue;
      expect(solveBitPlan(below.problem).objective).toBeGreaterThan(solveBitPlan(problem).objective * (1 + tolerance));
    }
  });
});
