import { describe, expect, it } from 'vitest';
import { intervalsOfSlope, phiOfIntervals } from '../../src/planner/phi.js';
import { solveRelaxed } from '../../src/planner/relaxed.js';
import { separableProblem } from '../../src/planner/separable.js';
import { ENERGY_KINDS, generator, randomProblem } from './random-problems.js';

describe('inverse of phi', () => {
  it('inverts phi to rounding from 1 to 32 bits', () => {
    for (let b = 0.5; b <= 32; b += 0.01) {
      const y = 2 ** b - 1;
      expect(Math.abs(intervalsOfSlope(phiOfIntervals(y)) / y - 1)).toBeLessThan(2e-15);
    }
  });

  it('agrees with Cardano\'s closed form on both branches', () => {
    for (const c of [1e-9, 1e-4, 0.01, 0.14, 4 / 27 - 1e-9, 4 / 27 + 1e-9, 0.3, 1, 2, 50]) {
      const q = Math.sqrt(Math.max(0, 1 / (4 * c * c) - 1 / (27 * c * c * c)));
      const closed = c >= 4 / 27
        ? Math.cbrt(1 / (2 * c) + q) + Math.cbrt(1 / (2 * c) - q)
        : 2 * Math.sqrt(1 / (3 * c)) * Math.cos(Math.acos(1.5 * Math.sqrt(3 * c)) / 3);
      expect(Math.abs(intervalsOfSlope(c) / closed - 1)).toBeLessThan(1e-8);
    }
  });
});

describe('continuous optimum', () => {
  it.each(ENERGY_KINDS)('satisfies the KKT conditions to 1e-10 and has no duality gap: energies %s', (kind) => {
    const uniform = generator(23);
    for (let instance = 0; instance < 300; instance++) {
      const bMin = 1 + Math.floor(uniform() * 3);
      const problem = separableProblem(randomProblem(uniform, 1 + Math.floor(uniform() * 30), kind, bMin, bMin + 4 + Math.floor(uniform() * 12)));
      const { bits, multiplier, objective } = solveRelaxed(problem);
      let spentJ = 0;
      let dual = -multiplier * problem.budgetJ;
      let primal = 0;
      for (let i = 0; i < bits.length; i++) {
        const [b, energy, coefficient] = [bits[i], problem.energyJ[i], problem.coefficient[i]];
        const gainPerBit = 2 * Math.LN2 * coefficient * 2 ** b / (2 ** b - 1) ** 3;
        const price = multiplier * energy;
        if (b === problem.bMin && b < problem.upper[i]) expect(gainPerBit).toBeLessThanOrEqual(price * (1 + 1e-10));
        else if (b === problem.upper[i]) expect(b === problem.bMin ? Infinity : gainPerBit).toBeGreaterThanOrEqual(price * (1 - 1e-10));
        else expect(Math.abs(gainPerBit / price - 1)).toBeLessThan(1e-10);
        spentJ += energy * b;
        primal += coefficient / (2 ** b - 1) ** 2;
        dual += coefficient / (2 ** b - 1) ** 2 + price * b;
      }
      expect(Math.abs(objective / primal - 1)).toBeLessThan(1e-10);
      if (multiplier > 0) expect(Math.abs(spentJ / problem.budgetJ - 1)).toBeLessThan(1e-12);
      // The lengths minimise the Lagrangian (the conditions above), so that it is the dual value.
      expect(Math.abs(dual / primal - 1)).toBeLessThan(1e-10);
    }
  });

  it('does not improve by moving energy between two messages', () => {
    const uniform = generator(4);
    const problem = separableProblem(randomProblem(uniform, 6, 'spread', 1, 16));
    const { bits, objective } = solveRelaxed(problem);
    const value = (at: Float64Array) => at.reduce((sum, b, i) => sum + problem.coefficient[i] / (2 ** b - 1) ** 2, 0);
    for (let from = 0; from < bits.length; from++) {
      for (let to = 0; to < bits.length; to++) {
        const moved = Float64Array.from(bits);
        const joules = 1e-3 * Math.min(problem.energyJ[from], problem.energyJ[to]);
        moved[from] -= joules / problem.energyJ[from];
        moved[to] += joules / problem.energyJ[to];
        if (moved[from] < 1 || moved[to] > 16) continue;
        expect(value(moved)).toBeGreaterThanOrEqual(objective * (1 - 1e-12));
      }
    }
  });

  it('gives every message bMax, and a multiplier of 0, where the budget does not bind', () => {
    const problem = separableProblem({ uplink: [{ energyPerBitJ: 1, range: 1, weight: 1 }], downlink: { energyPerBitJ: 1, range: 1, weight: 1 }, budgetJ: 32, bMin: 1, bMax: 16 });
    expect(solveRelaxed(problem)).toMatchObject({ bits: Float64Array.of(16, 16), multiplier: 0 });
  });
});
