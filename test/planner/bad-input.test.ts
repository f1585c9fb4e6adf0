import { describe, expect, it } from 'vitest';
import type { BitPlanProblem } from '../../src/planner/index.js';
import { solveBitPlan, solveDroppingCostliest, solveSharedLength } from '../../src/planner/index.js';
import { bruteForce, generator, randomProblem } from './random-problems.js';

const PROBLEM: BitPlanProblem = {
  uplink: [{ energyPerBitJ: 1, range: 0.5, weight: 0.5 }, { energyPerBitJ: 2, range: 0.4, weight: 0.5 }],
  downlink: { energyPerBitJ: 1, range: 2, weight: 1 },
  budgetJ: 20,
  bMin: 1,
  bMax: 16,
};

const withUplink = (change: Partial<BitPlanProblem['uplink'][number]>): BitPlanProblem => ({ ...PROBLEM, uplink: [{ ...PROBLEM.uplink[0], ...change }, PROBLEM.uplink[1]] });
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 2 });

describe('numbers that make no problem', () => {
  it.each([
    ['a negative energy', withUplink({ energyPerBitJ: -1 }), 'PLAN_ENERGY'],
    ['an energy that is not a number', withUplink({ energyPerBitJ: Number.NaN }), 'PLAN_ENERGY'],
    ['an infinite energy', withUplink({ energyPerBitJ: Infinity }), 'PLAN_ENERGY'],
    ['a range that is not a number', withUplink({ range: Number.NaN }), 'PLAN_RANGE'],
    ['a negative range', withUplink({ range: -0.5 }), 'PLAN_RANGE'],
    ['a range whose square overflows', withUplink({ range: 1e200 }), 'PLAN_RANGE'],
    ['a negative weight', withUplink({ weight: -1 }), 'PLAN_WEIGHT'],
    ['a downlink range that is not a number', { ...PROBLEM, downlink: { ...PROBLEM.downlink, range: Number.NaN } }, 'PLAN_RANGE'],
    ['a budget that is not a number', { ...PROBLEM, budgetJ: Number.NaN }, 'PLAN_BUDGET'],
    ['limits in the wrong order', { ...PROBLEM, bMin: 9, bMax: 8 }, 'PLAN_LIMITS'],
    ['a smallest length of 0', { ...PROBLEM, bMin: 0 }, 'PLAN_LIMITS'],
    ['a length beyond 32', { ...PROBLEM, bMax: 33 }, 'PLAN_LIMITS'],
    ['an own limit below the smallest length', withUplink({ bMax: 0 }), 'PLAN_LIMITS'],
    ['a length that is not whole', { ...PROBLEM, bMin: 1.5 }, 'PLAN_LIMITS'],
  ] as const)('%s is refused', (_, problem, code) => {
    expect(() => solveBitPlan(problem)).toThrow(refusal(code));
    expect(() => solveSharedLength(problem)).toThrow(refusal(code));
  });

  it.each([0, -3, 3.999])('a budget of %d J is infeasible, and the message names the smallest feasible one', (budgetJ) => {
    expect(() => solveBitPlan({ ...PROBLEM, budgetJ })).toThrow(refusal('PLAN_INFEASIBLE'));
    expect(() => solveBitPlan({ ...PROBLEM, budgetJ })).toThrow('at least 4 J');
  });
});

describe('edges that are problems', () => {
  it('the smallest feasible budget gives every message bMin', () => {
    expect(solveBitPlan({ ...PROBLEM, budgetJ: 4 })).toMatchObject({ uplinkBits: [1, 1], downlinkBits: 1, energyJ: 4, optimal: true });
  });

  it('an unbounded budget gives every message bMax', () => {
    expect(solveBitPlan({ ...PROBLEM, budgetJ: Infinity })).toMatchObject({ uplinkBits: [16, 16], downlinkBits: 16, optimal: true, binding: ['bMax'] });
  });

  it('a zero range has nothing to lose: the smallest length, charged', () => {
    const plan = solveBitPlan(withUplink({ range: 0 }));
    expect(plan.uplinkBits[0]).toBe(1);
    expect(plan.energyJ).toBeLessThanOrEqual(20);
    expect(solveBitPlan({ ...PROBLEM, uplink: PROBLEM.uplink.map((term) => ({ ...term, range: 0 })), downlink: { ...PROBLEM.downlink, range: 0 } }))
      .toMatchObject({ uplinkBits: [1, 1], downlinkBits: 1, objective: 0, gap: 0, optimal: true });
  });

  it('a zero energy costs nothing: the largest length', () => {
    expect(solveBitPlan(withUplink({ energyPerBitJ: 0 })).uplinkBits[0]).toBe(16);
  });

  it('no uplink at all leaves the budget to the downlink', () => {
    expect(solveBitPlan({ ...PROBLEM, uplink: [], budgetJ: 7.5 })).toMatchObject({ uplinkBits: [], downlinkBits: 7 });
  });

  it('a budget that is met exactly in decimals loses no bit to rounding', () => {
    const tenth = { energyPerBitJ: 0.1, range: 1, weight: 1 };
    expect(solveBitPlan({ uplink: [tenth], downlink: tenth, budgetJ: 0.3, bMin: 1, bMax: 16 })).toMatchObject({ optimal: true, energyJ: 0.30000000000000004 });
  });

  it('energies of any scale give the same lengths', () => {
    const reference = solveBitPlan(PROBLEM);
    for (const scale of [1e-60, 1e-9, 1e9, 1e60]) {
      const scaled = solveBitPlan({
        ...PROBLEM,
        uplink: PROBLEM.uplink.map((term) => ({ ...term, energyPerBitJ: term.energyPerBitJ * scale })),
        downlink: { ...PROBLEM.downlink, energyPerBitJ: PROBLEM.downlink.energyPerBitJ * scale },
        budgetJ: PROBLEM.budgetJ * scale,
      });
      expect([scaled.uplinkBits, scaled.downlinkBits]).toEqual([reference.uplinkBits, reference.downlinkBits]);
    }
  });
});

describe('one length for all uploads', () => {
  it('is the best of all pairs', () => {
    const uniform = generator(9);
    for (let instance = 0; instance < 300; instance++) {
      const problem = randomProblem(uniform, 1 + Math.floor(uniform() * 5), 'spread', 1, 12);
      const plan = solveSharedLength(problem);
      const merged = {
        ...problem,
        // The shortest of the own limits is everybody's.
        uplink: [{
          energyPerBitJ: problem.uplink.reduce((sum, term) => sum + term.energyPerBitJ, 0),
          range: 1,
          weight: Math.sqrt(problem.uplink.reduce((sum, { weight, range }) => sum + (weight * range) ** 2, 0)),
          bMax: Math.min(...problem.uplink.map(({ bMax }) => bMax ?? problem.bMax)),
        }],
      };
      expect(plan.objective / bruteForce(merged) - 1).toBeLessThan(1e-12);
      expect(new Set(plan.uplinkBits).size).toBe(1);
    }
  });
});

describe('dropping the costliest client', () => {
  it('goes on until the smallest lengths fit, returns its constant, and rescales the weights', () => {
    const { solution, kept, dropped } = solveDroppingCostliest({ ...PROBLEM, budgetJ: 1.5 }, [4, 9], [0.25, 0.75]);
    expect([kept, dropped]).toEqual([[4], [9]]);
    // 1.5 J and the 0.75 J of the dropped client are left, 2 J for one bit each way.
    expect(solution).toMatchObject({ uplinkBits: [1], downlinkBits: 1, objective: 0.25 + 4 });
  });

  it('changes nothing where all fit', () => {
    expect(solveDroppingCostliest(PROBLEM, [4, 9])).toEqual({ solution: solveBitPlan(PROBLEM), kept: [4, 9], dropped: [] });
  });

  it('returns no solution where nobody fits', () => {
    expect(solveDroppingCostliest({ ...PROBLEM, budgetJ: 1.5 }, [4, 9])).toEqual({ solution: null, kept: [], dropped: [9, 4] });
  });
});
