import { describe, expect, it } from 'vitest';
import { solveBitPlan } from '../../src/planner/index.js';
import { milpSolver } from './milp.js';
import { ENERGY_KINDS, energyOf, generator, randomProblem } from './random-problems.js';

describe('integer optimum beside a general MILP solver', () => {
  it.each(ENERGY_KINDS)('HiGHS beats no plan of 6 to 25 messages: energies %s', async (kind) => {
    const solve = await milpSolver();
    const uniform = generator(31);
    let compared = 0;
    for (let instance = 0; instance < 15; instance++) {
      const problem = randomProblem(uniform, 5 + Math.floor(uniform() * 20), kind, 1, 8);
      const plan = solveBitPlan(problem, 200_000);
      const milp = solve(problem);
      if (milp === null) continue;
      compared++;
      expect(plan.objective / milp.objective - 1, `instance ${instance}: ${milp.bits.join(' ')}`).toBeLessThan(1e-9);
      expect(plan.objective / (1 + plan.gap)).toBeLessThanOrEqual(milp.objective * (1 + 1e-9));
    }
    expect(compared).toBeGreaterThan(7);
  });
});

describe('a search that runs out of effort', () => {
  it('says so and certifies a gap that the longer search confirms', () => {
    const uniform = generator(3);
    let stopped = 0;
    for (let instance = 0; instance < 25; instance++) {
      const problem = randomProblem(uniform, 40, 'proportional to the coefficient', 1, 16);
      const short = solveBitPlan(problem, 300);
      const long = solveBitPlan(problem, 100_000);
      if (!short.optimal) stopped++;
      expect(short.gap === 0).toBe(short.optimal);
      expect(long.objective).toBeLessThanOrEqual(short.objective * (1 + 1e-12));
      // The bound holds within the budget; the forgiven 1e-12 of it may be worth a little more.
      expect(short.objective / (1 + short.gap)).toBeLessThanOrEqual(long.objective * (1 + 1e-10));
    }
    expect(stopped).toBeGreaterThan(5);
  });
});

describe('many messages', () => {
  it.each([[1000, 'spread'], [10_000, 'spread'], [10_000, 'equal']] as const)('%d clients with %s energies: feasible and within 1e-5 of the bound', (clients, kind) => {
    const problem = randomProblem(generator(clients), clients, kind, 1, 16);
    const plan = solveBitPlan(problem);
    expect(energyOf(problem, plan.uplinkBits, plan.downlinkBits)).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-11));
    expect(plan.gap).toBeLessThan(1e-5);
    expect(plan.objective).toBeGreaterThanOrEqual(plan.relaxed.objective);
  });

  it('a broadcast that outweighs a thousand uploads is planned to proof', () => {
    const problem = { ...randomProblem(generator(8), 1000, 'proportional to the coefficient', 1, 16) };
    const heavy = { ...problem, downlink: { range: 1, weight: 1, energyPerBitJ: 1000 * problem.uplink[0].energyPerBitJ } };
    const total = heavy.uplink.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ, heavy.downlink.energyPerBitJ);
    const plan = solveBitPlan({ ...heavy, budgetJ: 6.3 * total });
    expect(plan.gap).toBeLessThan(1e-6);
  });
});
