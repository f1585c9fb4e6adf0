import { FEASIBILITY_FACTOR, planEnergyJ } from './separable.js';

/**
 * Brings lengths that a rule asks for into the limits and the budget. The rules of the literature
 * know no budget, so all are capped alike: the longest messages lose a bit first, of equally long
 * ones the dearest first, until the plan fits. Expects a budget that fits every length at `bMin`.
 */
export function fitToBudget(
  wanted: readonly number[], energyPerBitJ: readonly number[], budgetJ: number, { bMin, bMax }: { bMin: number; bMax: number },
): number[] {
  const lengths = wanted.map((length) => Math.max(bMin, Math.min(bMax, length)));
  const limitJ = budgetJ * FEASIBILITY_FACTOR;
  const cappedAt = (cap: number): number[] => lengths.map((length) => Math.min(length, cap));
  let cap = bMax;
  while (cap > bMin && planEnergyJ(energyPerBitJ, cappedAt(cap)) > limitJ) cap--;
  const fitted = cappedAt(cap);
  let spentJ = planEnergyJ(energyPerBitJ, fitted);
  const longer = lengths
    .flatMap((length, index) => (length > cap ? [index] : []))
    .sort((a, b) => energyPerBitJ[a] - energyPerBitJ[b] || a - b);
  for (const index of longer) {
    spentJ += energyPerBitJ[index];
    if (spentJ > limitJ) break;
    fitted[index]++;
  }
  return fitted;
}

/** Shortest length whose grid has at least that many intervals. */
export function lengthForIntervals(intervals: number): number {
  let length = 1;
  for (let levels = 2; levels - 1 < intervals && length < 32; levels *= 2) length++;
  return length;
}
