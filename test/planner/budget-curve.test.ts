import { describe, expect, it } from 'vitest';
import { budgetCurve } from '../../src/planner/index.js';
import { generator, randomProblem } from './random-problems.js';

describe('plans by budget', () => {
  it('never get worse with more budget, spend at most it, and end with the longest lengths', () => {
    const problem = { ...randomProblem(generator(4), 6, 'spread', 1, 12), bMin: 1, bMax: 12 };
    const points = budgetCurve(problem, 40);
    const downlink = points.filter(({ message }) => message === 'downlink');
    downlink.forEach(({ budgetJ, energyJ, objective }, k) => {
      expect(energyJ).toBeLessThanOrEqual(budgetJ * (1 + 1e-12));
      if (k > 0) expect(objective).toBeLessThanOrEqual(downlink[k - 1].objective * (1 + 1e-12));
    });
    expect(downlink.at(-1)).toMatchObject({ bits: 12, relaxedBits: 12 });
    expect(points.filter(({ scenario }) => scenario).map(({ budgetJ }) => budgetJ)).toEqual([problem.budgetJ, problem.budgetJ]);
  });
});
