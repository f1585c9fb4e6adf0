import { describe, expect, it } from 'vitest';
import { solveBitPlan } from '../../src/planner/solve.js';
import { bruteForce, ENERGY_KINDS, energyOf, generator, randomProblem } from './random-problems.js';

describe('integer optimum', () => {
  it.each(ENERGY_KINDS)('no plan of 2 to 5 messages found by exhaustion beats it: energies %s', (kind) => {
    const uniform = generator(17);
    for (let instance = 0; instance < 800; instance++) {
      const clients = 1 + Math.floor(uniform() * 4);
      const bMin = 1 + Math.floor(uniform() * 2);
      const problem = randomProblem(uniform, clients, kind, bMin, bMin + 1 + Math.floor(uniform() * (clients > 3 ? 6 : 9)));
      const plan = solveBitPlan(problem);
      const best = bruteForce(problem);
      expect(plan.objective / best - 1, `instance ${instance}`).toBeLessThan(1e-12);
      expect(plan.optimal).toBe(true);
      expect(energyOf(problem, plan.uplinkBits, plan.downlinkBits)).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-12));
      expect(plan.relaxed.objective).toBeLessThanOrEqual(plan.objective * (1 + 1e-9));
    }
  });
});
