import { describe, expect, it } from 'vitest';
import { allocateSpectrum, solveJointPlan, type JointProblem, type OpenLink } from '../../src/planner/index.js';
import { generator } from './random-problems.js';

const link = (gain: number, changes: Partial<OpenLink> = {}): OpenLink => ({ gain, noiseWPerHz: 4e-21, maxPowerW: 0.2, amplifierEfficiency: 0.35, circuitPowerW: 0.1, ...changes });

/** Energy of a message at a bandwidth and time, straight from Shannon's formula; infinite beyond the power limit. */
function energyJ({ gain, noiseWPerHz, maxPowerW, amplifierEfficiency, circuitPowerW }: OpenLink, bits: number, bandwidthHz: number, timeS: number): number {
  const powerW = ((noiseWPerHz * bandwidthHz) / gain) * (2 ** (bits / (bandwidthHz * timeS)) - 1);
  return powerW > maxPowerW * (1 + 1e-12) ? Infinity : timeS * (powerW / amplifierEfficiency + circuitPowerW);
}

describe('the allocation of power and bandwidth', () => {
  it('is at most 1e-9 above any point of a grid over shares and times, and itself such a point', () => {
    const uniform = generator(11);
    for (let instance = 0; instance < 60; instance++) {
      const links = [0, 1].map(() => link(10 ** (-9 - 3 * uniform()), { circuitPowerW: uniform() < 0.3 ? 0 : 0.2 * uniform() }));
      const bits = [2e5 + 1e6 * uniform(), 2e5 + 1e6 * uniform()];
      const [bandwidthHz, deadlineS] = [1e6, 0.5 + uniform()];
      let plan;
      try {
        plan = allocateSpectrum({ links, bits, bandwidthHz, deadlineS });
      } catch (error) {
        expect(error).toMatchObject({ code: 'PLAN_SPECTRUM' });
        continue;
      }
      plan.uses.forEach((use, i) => {
        expect(use.timeS).toBeLessThanOrEqual(deadlineS * (1 + 1e-9));
        expect(use.powerW).toBeLessThanOrEqual(links[i].maxPowerW);
        const carriedBits = use.timeS * use.bandwidthHz * Math.log2(1 + (use.powerW * links[i].gain) / (links[i].noiseWPerHz * use.bandwidthHz));
        expect(carriedBits / bits[i]).toBeCloseTo(1, 9);
      });
      expect(plan.uses[0].bandwidthHz + plan.uses[1].bandwidthHz).toBeLessThanOrEqual(bandwidthHz * (1 + 1e-12));
      for (let share = 1; share < 200; share++) {
        const least = links.map((each, i) => {
          const hertz = ((i === 0 ? share : 200 - share) / 200) * bandwidthHz;
          return Math.min(...Array.from({ length: 200 }, (_, k) => energyJ(each, bits[i], hertz, (deadlineS * (k + 1)) / 200)));
        });
        expect(plan.energyJ).toBeLessThanOrEqual((least[0] + least[1]) * (1 + 1e-9));
      }
    }
  });

  it('shares equally among equal links, and takes all the time where circuits cost nothing', () => {
    const equal = allocateSpectrum({ links: [link(1e-10), link(1e-10), link(1e-10)], bits: [1e6, 1e6, 1e6], bandwidthHz: 3e6, deadlineS: 2 });
    for (const { bandwidthHz } of equal.uses) expect(bandwidthHz).toBeCloseTo(1e6, 2);
    const [slow] = allocateSpectrum({ links: [link(1e-10, { circuitPowerW: 0 })], bits: [1e6], bandwidthHz: 1e6, deadlineS: 2 }).uses;
    expect(slow.timeS).toBeCloseTo(2, 12);
    // 0.5 bit/s/Hz over 2 s: P = N0 B / g (sqrt 2 - 1).
    expect(slow.energyJ).toBeCloseTo((2 * 4e-15 * (Math.SQRT2 - 1)) / 1e-10 / 0.35, 12);
  });

  it('refuses what even full power cannot carry, and what is no link', () => {
    expect(() => allocateSpectrum({ links: [link(1e-16)], bits: [1e6], bandwidthHz: 1e6, deadlineS: 1 })).toThrow(expect.objectContaining({ code: 'PLAN_SPECTRUM' }));
    expect(() => allocateSpectrum({ links: [link(-1)], bits: [1e6], bandwidthHz: 1e6, deadlineS: 1 })).toThrow(expect.objectContaining({ code: 'PLAN_LINK' }));
    expect(() => allocateSpectrum({ links: [link(1e-9)], bits: [1e6], bandwidthHz: 1e6, deadlineS: NaN })).toThrow(expect.objectContaining({ code: 'PLAN_LINK' }));
  });
});

function randomJoint(uniform: () => number, clients: number, bMax: number): JointProblem {
  const uplink = Array.from({ length: clients }, () => ({
    ...link(10 ** (-9 - 2 * uniform())), range: 0.05 + 0.3 * uniform(), weight: (0.5 + uniform()) / clients, parameters: 5e4, headerBits: 200,
  }));
  return { uplink, downlink: { energyPerBitJ: 0.002 + 0.01 * uniform(), range: 1 + uniform(), weight: 1 }, budgetJ: (0.01 + 0.05 * uniform()) * (clients + 1), bandwidthHz: 1e6, deadlineS: 0.4 + uniform(), bMin: 1, bMax };
}

describe('the joint plan', () => {
  it('keeps to its limits, and every choice of lengths lies above its bound: brute force on three messages', () => {
    const uniform = generator(5);
    let solved = 0;
    let optimal = 0;
    for (let instance = 0; instance < 8; instance++) {
      const problem = randomJoint(uniform, 2, 4);
      let plan;
      try {
        plan = solveJointPlan(problem);
      } catch (error) {
        expect(['PLAN_INFEASIBLE', 'PLAN_SPECTRUM']).toContain((error as { code?: string }).code);
        continue;
      }
      solved++;
      expect(plan.energyJ).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-12));
      let best = Infinity;
      for (let code = 0; code < 64; code++) {
        const lengths = [1 + (code % 4), 1 + (Math.floor(code / 4) % 4), 1 + Math.floor(code / 16)];
        let spentJ = problem.downlink.energyPerBitJ * lengths[2];
        try {
          spentJ += allocateSpectrum({ ...problem, links: problem.uplink, bits: problem.uplink.map(({ parameters, headerBits }, i) => headerBits + parameters * lengths[i]) }).energyJ;
        } catch {
          continue;
        }
        if (spentJ > problem.budgetJ * (1 + 1e-12)) continue;
        const objective = problem.uplink.reduce((sum, { weight, range }, i) => sum + ((weight * range) / (2 ** lengths[i] - 1)) ** 2, (problem.downlink.range / (2 ** lengths[2] - 1)) ** 2);
        best = Math.min(best, objective);
      }
      expect(plan.lowerBound).toBeLessThanOrEqual(best * (1 + 1e-9));
      expect(plan.objective).toBeGreaterThanOrEqual(best * (1 - 1e-9));
      if (plan.objective <= best * (1 + 1e-9)) optimal++;
    }
    expect(solved).toBeGreaterThan(4);
    expect(optimal / solved).toBeGreaterThan(0.8);
  });

  it('certifies a small gap for ten clients', () => {
    const uniform = generator(3);
    const problem = { ...randomJoint(uniform, 10, 16), bandwidthHz: 1e7, deadlineS: 1 };
    const plan = solveJointPlan(problem);
    expect(plan.energyJ).toBeLessThanOrEqual(problem.budgetJ * (1 + 1e-12));
    expect(plan.gap).toBeLessThan(0.5);
  });

  it('names the smallest feasible budget', () => {
    const problem = { ...randomJoint(generator(3), 3, 16), bandwidthHz: 1e7, budgetJ: 1e-9 };
    expect(() => solveJointPlan(problem)).toThrow(expect.objectContaining({ code: 'PLAN_INFEASIBLE' }));
  });
});
