import type { BitPlanProblem } from '../../src/planner/contract.js';

/** A small generator of its own (mulberry32), so that the oracle tests share nothing with the program. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export type EnergyKind = 'spread' | 'equal' | 'nearlyEqual' | 'small integers' | 'proportional to the coefficient';
export const ENERGY_KINDS: readonly EnergyKind[] = ['spread', 'equal', 'nearlyEqual', 'small integers', 'proportional to the coefficient'];

/** A feasible problem; the budget lies between the smallest and the largest plan. */
export function randomProblem(uniform: () => number, clients: number, kind: EnergyKind, bMin: number, bMax: number): BitPlanProblem {
  const range = (): number => 10 ** (uniform() * 3 - 2);
  const energy = (coefficient: number): number => {
    switch (kind) {
      case 'spread': return 10 ** (uniform() * 4 - 3);
      case 'equal': return 0.1;
      case 'nearlyEqual': return 0.1 * (1 + 1e-3 * uniform());
      case 'small integers': return 1 + Math.floor(uniform() * 9);
      default: return coefficient * 7;
    }
  };
  const uplink = Array.from({ length: clients }, () => {
    const term = { range: range(), weight: (0.2 + uniform()) / clients };
    // Some have a limit of their own.
    const limit = uniform() < 0.2 ? { bMax: bMin + Math.floor(uniform() * (bMax - bMin + 1)) } : {};
    return { ...term, ...limit, energyPerBitJ: energy((term.weight * term.range) ** 2) };
  });
  const downlinkRange = range();
  const downlink = { range: downlinkRange, weight: uniform() < 0.5 ? 1 : 0.1, energyPerBitJ: energy(downlinkRange ** 2) };
  const total = uplink.reduce((sum, term) => sum + term.energyPerBitJ, downlink.energyPerBitJ);
  const mean = bMin + (bMax - bMin) * (kind === 'equal' ? Math.round(uniform() * 8) / 8 : uniform());
  return { uplink, downlink, budgetJ: total * mean, bMin, bMax };
}

/** Least objective over all plans by exhaustion; sums in plain order. */
export function bruteForce(problem: BitPlanProblem): number {
  const terms = [
    ...problem.uplink.map(({ weight, range, energyPerBitJ, bMax }) => ({ coefficient: (weight * range) ** 2, energyPerBitJ, bMax: bMax ?? problem.bMax })),
    { coefficient: problem.downlink.weight * problem.downlink.range ** 2, energyPerBitJ: problem.downlink.energyPerBitJ, bMax: problem.bMax },
  ];
  const limitJ = problem.budgetJ * (1 + 1e-12);
  let best = Infinity;
  const visit = (index: number, spentJ: number, objective: number): void => {
    if (objective >= best) return;
    if (index === terms.length) {
      best = objective;
      return;
    }
    const { coefficient, energyPerBitJ, bMax } = terms[index];
    for (let b = problem.bMin; b <= bMax; b++) {
      const nextJ = spentJ + energyPerBitJ * b;
      if (nextJ > limitJ) break;
      visit(index + 1, nextJ, objective + coefficient / (2 ** b - 1) ** 2);
    }
  };
  visit(0, 0, 0);
  return best;
}

export function energyOf(problem: BitPlanProblem, uplinkBits: readonly number[], downlinkBits: number): number {
  return problem.uplink.reduce((sum, term, i) => sum + term.energyPerBitJ * uplinkBits[i], problem.downlink.energyPerBitJ * downlinkBits);
}
