import loadHighs from 'highs';
import type { BitPlanProblem } from '../../src/planner/contract.js';

/** The optimum by HiGHS, a general mixed-integer solver, or null where its tolerance let it exceed the budget, or no bit is left to choose. */
export async function milpSolver(): Promise<(problem: BitPlanProblem) => { objective: number; bits: number[] } | null> {
  // The types describe the CommonJS build, where the loader is a property; the ESM build is the loader.
  const load = typeof loadHighs === 'function' ? loadHighs : loadHighs.default;
  const highs = await load();
  return (problem) => {
    const terms = [
      ...problem.uplink.map(({ weight, range, energyPerBitJ, bMax }) => ({ coefficient: (weight * range) ** 2, energyPerBitJ, bMax: bMax ?? problem.bMax })),
      { coefficient: problem.downlink.weight * problem.downlink.range ** 2, energyPerBitJ: problem.downlink.energyPerBitJ, bMax: problem.bMax },
    ];
    const error = (b: number): number => 1 / (2 ** b - 1) ** 2;
    // One binary per bit above bMin; scaled so that the largest gain and the budget are 1000.
    const steps = terms.flatMap(({ coefficient, energyPerBitJ, bMax }, i) =>
      Array.from({ length: bMax - problem.bMin }, (_, k) => ({
        name: `x${i}_${k}`,
        gain: coefficient * (error(problem.bMin + k) - error(problem.bMin + k + 1)),
        energyPerBitJ,
      })));
    const baseJ = terms.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ * problem.bMin, 0);
    const leftJ = problem.budgetJ - baseJ;
    if (leftJ <= 0 || steps.length === 0) return null;
    const largest = Math.max(...steps.map(({ gain }) => gain));
    const lp = [
      'Maximize', ` obj: ${steps.map(({ name, gain }) => `${(1000 * gain) / largest} ${name}`).join(' + ')}`,
      'Subject To', ` budget: ${steps.map(({ name, energyPerBitJ }) => `${(1000 * energyPerBitJ) / leftJ} ${name}`).join(' + ')} <= ${1000 * (1 + 1e-12)}`,
      'Binary', ...steps.map(({ name }) => ` ${name}`), 'End',
    ].join('\n');
    const { Columns } = highs.solve(lp, { mip_rel_gap: 0, mip_abs_gap: 0, mip_feasibility_tolerance: 1e-10, primal_feasibility_tolerance: 1e-10, output_flag: false });
    const bits = terms.map((_, i) => {
      let length = problem.bMin;
      for (let k = 0; k < problem.bMax - problem.bMin; k++) {
        const column = Columns[`x${i}_${k}`];
        if (column !== undefined && 'Primal' in column) length += Math.round(column.Primal);
      }
      return length;
    });
    const energyJ = terms.reduce((sum, { energyPerBitJ }, i) => sum + energyPerBitJ * bits[i], 0);
    if (energyJ > problem.budgetJ * (1 + 1e-12)) return null;
    return { objective: terms.reduce((sum, { coefficient }, i) => sum + coefficient * error(bits[i]), 0), bits };
  };
}
