import { describe, expect, it } from 'vitest';
import { solveBitPlan } from '../../src/planner/solve.js';
import type { BitPlanProblem } from '../../src/planner/contract.js';

/** Range of the uplink, range of the downlink, A_d, e_u, e_d, budget, exact lengths, integer lengths, objective (A_u = 1/10, bits 1 to 32). */
const VECTORS = [
  [0.5, 2, 1, 1, 1, 12, 4.2241, 7.7759, 4, 8, 1.7263e-4],
  [0.2, 2.5, 1, 1, 1, 12, 3.4486, 8.5514, 3, 9, 1.0557e-4],
  [0.05, 3, 1, 1, 1, 12, 2.4358, 9.5642, 2, 10, 3.6378e-5],
  [0.5, 2, 1, 10, 1, 66, 5.5204, 10.7959, 5, 16, 2.6015e-5],
  [0.05, 3, 1, 10, 1, 66, 5.1666, 14.3344, 5, 16, 2.6224e-7],
  [0.5, 2, 0.1, 1, 1, 12, 5.0251, 6.9749, 5, 7, 5.0815e-5],
  [0.05, 3, 0.1, 1, 1, 12, 3.1715, 8.8285, 3, 9, 8.5487e-6],
  [0.05, 3, 1, 1, 1, 5, 1, 4, 1, 4, 4.025e-2],
] as const;

function twoLengths(range: number, downlinkRange: number, downlinkWeight: number, uplinkJ: number, downlinkJ: number, budgetJ: number): BitPlanProblem {
  return {
    uplink: [{ energyPerBitJ: uplinkJ, range, weight: Math.sqrt(0.1) }],
    downlink: { energyPerBitJ: downlinkJ, range: downlinkRange, weight: downlinkWeight },
    budgetJ,
    bMin: 1,
    bMax: 32,
  };
}

describe('reference vectors of the reconstructed FedAQ problem', () => {
  it.each(VECTORS)('Ru=%d Rw=%d Ad=%d eu=%d ed=%d E=%d', (rangeUp, rangeDown, weight, uplinkJ, downlinkJ, budgetJ, up, down, upBits, downBits, objective) => {
    const plan = solveBitPlan(twoLengths(rangeUp, rangeDown, weight, uplinkJ, downlinkJ, budgetJ));
    expect(Math.abs(plan.relaxed.uplinkBits[0] - up)).toBeLessThan(6e-5);
    expect(Math.abs(plan.relaxed.downlinkBits - down)).toBeLessThan(6e-5);
    expect([plan.uplinkBits[0], plan.downlinkBits]).toEqual([upBits, downBits]);
    expect(Math.abs(plan.objective / objective - 1)).toBeLessThan(5e-5);
    expect(plan.optimal).toBe(true);
    expect(plan.gap).toBe(0);
    expect(plan.binding).toContain('budget');
  });

  it('doubling the uplink range at equal energies raises its length by half a bit at high resolution', () => {
    const once = solveBitPlan(twoLengths(0.5, 2, 1, 1, 1, 24)).relaxed;
    const twice = solveBitPlan(twoLengths(1, 2, 1, 1, 1, 24)).relaxed;
    expect(twice.uplinkBits[0] - once.uplinkBits[0]).toBeCloseTo(0.5, 2);
  });
});
