import { describe, expect, it } from 'vitest';
import { solveBlockPlan, type BlockPlanProblem } from '../../src/planner/blocks.js';
import { solveBitPlan } from '../../src/planner/index.js';
import { generator } from './random-problems.js';

function randomBlocks(uniform: () => number): BlockPlanProblem {
  const messages = Array.from({ length: 2 }, () => ({
    energyPerBitJ: 0.1 + uniform(),
    headerJ: 0.01,
    weight: uniform(),
    blocks: Array.from({ length: 2 }, () => ({ size: 1 + Math.floor(uniform() * 100), range: uniform() })),
  }));
  const perBitJ = messages.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ, 0);
  return { messages, budgetJ: 0.04 + perBitJ * (1 + 6 * uniform()), bMin: 1, bMax: 8 };
}

function exhaustive({ messages, budgetJ, bMin, bMax }: BlockPlanProblem): number {
  const terms = messages.flatMap(({ energyPerBitJ, weight, blocks }) => {
    const total = blocks.reduce((sum, { size }) => sum + size, 0);
    return blocks.map(({ size, range }) => ({ coefficient: weight ** 2 * (size / total) * range ** 2, energyJ: (energyPerBitJ * size) / total }));
  });
  let best = Infinity;
  const visit = (i: number, leftJ: number, objective: number): void => {
    if (i === terms.length) best = Math.min(best, objective);
    else for (let b = bMin; b <= bMax && terms[i].energyJ * b <= leftJ + 1e-12; b++) visit(i + 1, leftJ - terms[i].energyJ * b, objective + terms[i].coefficient / (2 ** b - 1) ** 2);
  };
  visit(0, budgetJ - messages.reduce((sum, { headerJ, blocks }) => sum + headerJ * blocks.length, 0), 0);
  return best;
}

describe('lengths per block', () => {
  it('no plan found by exhaustion beats it, headers counted', () => {
    const uniform = generator(12);
    for (let instance = 0; instance < 200; instance++) {
      const problem = randomBlocks(uniform);
      const plan = solveBlockPlan(problem);
      expect(plan.objective / exhaustive(problem) - 1).toBeLessThan(1e-11);
      expect(plan.energyJ).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-12));
      expect(plan.optimal).toBe(true);
    }
  });

  it('with one block each is the problem without blocks', () => {
    const message = (weight: number, range: number, energyPerBitJ: number) => ({ weight, energyPerBitJ, headerJ: 0, blocks: [{ size: 50, range }] });
    const plan = solveBlockPlan({ messages: [message(0.5, 0.5, 1), message(0.5, 0.4, 2), message(1, 2, 1)], budgetJ: 20, bMin: 1, bMax: 16 });
    const whole = solveBitPlan({
      uplink: [{ weight: 0.5, range: 0.5, energyPerBitJ: 1 }, { weight: 0.5, range: 0.4, energyPerBitJ: 2 }],
      downlink: { weight: 1, range: 2, energyPerBitJ: 1 }, budgetJ: 20, bMin: 1, bMax: 16,
    });
    expect(plan.bits).toEqual([...whole.uplinkBits, whole.downlinkBits].map((length) => [length]));
    expect(plan.objective).toBeCloseTo(whole.objective, 15);
  });

  it('gives a small block with a wide range more bits than a large one with a narrow range', () => {
    const plan = solveBlockPlan({ messages: [{ weight: 1, energyPerBitJ: 1, headerJ: 0, blocks: [{ size: 10, range: 2 }, { size: 990, range: 0.1 }] }], budgetJ: 4, bMin: 1, bMax: 16 });
    expect(plan.bits[0][0]).toBeGreaterThan(plan.bits[0][1]);
  });

  it('refuses a block without parameters', () => {
    expect(() => solveBlockPlan({ messages: [{ weight: 1, energyPerBitJ: 1, headerJ: 0, blocks: [{ size: 0, range: 2 }] }], budgetJ: 4, bMin: 1, bMax: 16 }))
      .toThrow(expect.objectContaining({ code: 'PLAN_BLOCKS', exitCode: 2 }));
  });
});
