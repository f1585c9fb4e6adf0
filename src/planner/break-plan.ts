import { planEnergyJ, quantizationError, type SeparableProblem } from './separable.js';

/**
 * The plan at which the linear relaxation breaks. One more bit for message i at length b lowers the
 * objective by coefficient_i (error(b) - error(b + 1)) and costs energy_i. These steps, taken in
 * descending order of gain per joule until one does not fit, give `bits`; the gain per joule of the
 * step that does not fit is `price`. Because the gains of one message fall with its length, the
 * order takes them from bMin upwards, and the linear relaxation of the integer problem is solved
 * by `bits` plus a fraction of the breaking step: `price` is its optimal dual.
 */
export interface BreakPlan {
  readonly bits: Uint8Array;
  /** Optimal dual of the linear relaxation, per joule; 0 where every length fits at its upper limit. */
  readonly price: number;
  /** Budget that `bits` leaves, in joules; negative by rounding at most. */
  readonly slackJ: number;
}

/** Gain of the step from b to b + 1 for a unit coefficient, by b. */
export const stepGain: Float64Array = Float64Array.from(quantizationError, (error, b) =>
  b === 0 || b + 1 === quantizationError.length ? 0 : error - quantizationError[b + 1],
);

/** Half of the forgiven rounding; the other half is left to the sums that check the result. */
const FIT_FACTOR = 1 + 5e-13;
/** Few enough steps to sort. */
const BRACKET_STEPS = 48;
const MANY_MESSAGES = 1000;

/** Expects a feasible problem; `nearPrice` is a first guess of the price, such as the continuous multiplier. */
export function breakPlan(problem: SeparableProblem, nearPrice: number): BreakPlan {
  const { coefficient, energyJ, budgetJ, bMin, upper } = problem;
  const count = coefficient.length;
  const bits = new Uint8Array(count).fill(bMin);
  const ratios = new Float64Array(count);
  const priced: number[] = [];
  let fixedJ = 0;
  for (let i = 0; i < count; i++) {
    if (coefficient[i] === 0) fixedJ += energyJ[i] * bMin;
    else if (energyJ[i] === 0) bits[i] = upper[i];
    else {
      ratios[i] = coefficient[i] / energyJ[i];
      priced.push(i);
    }
  }
  const limitJ = budgetJ * FIT_FACTOR - fixedJ;

  // Above `high` all steps fit, at or above `low` they do not.
  if (spentAt(0, bits) <= limitJ) return { bits, price: 0, slackJ: budgetJ - planEnergyJ(energyJ, bits) };
  const trial = Uint8Array.from(bits);
  let [low, high] = bracket();
  while (stepsBetween(low, high) > BRACKET_STEPS) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (!(middle > low && middle < high)) break;
    if (spentAt(middle, trial) <= limitJ) high = middle;
    else low = middle;
  }

  let spentJ = spentAt(high, bits);
  const steps: { index: number; ratio: number }[] = [];
  for (const index of priced) {
    for (let b = bits[index]; b < upper[index] && ratios[index] * stepGain[b] >= low; b++) {
      steps.push({ index, ratio: ratios[index] * stepGain[b] });
    }
  }
  steps.sort((a, b) => b.ratio - a.ratio || a.index - b.index);
  let price = low;
  for (const { index, ratio } of steps) {
    price = ratio;
    if (spentJ + energyJ[index] > limitJ) break;
    spentJ += energyJ[index];
    bits[index]++;
  }
  return { bits, price, slackJ: budgetJ - planEnergyJ(energyJ, bits) };

  /** Energy of all steps with a gain per joule above `price`; their lengths are left in `into`, which is where the search starts. */
  function spentAt(at: number, into: Uint8Array): number {
    let sum = 0;
    for (const i of priced) {
      const ratio = ratios[i];
      let b = into[i];
      while (b < upper[i] && ratio * stepGain[b] > at) b++;
      while (b > bMin && !(ratio * stepGain[b - 1] > at)) b--;
      into[i] = b;
      sum += energyJ[i] * b;
    }
    return sum;
  }

  function stepsBetween(from: number, to: number): number {
    let sum = 0;
    for (const i of priced) {
      const ratio = ratios[i];
      let b = trial[i];
      while (b > bMin && !(ratio * stepGain[b - 1] > to)) b--;
      while (b < upper[i] && ratio * stepGain[b] > to) b++;
      for (; b < upper[i] && ratio * stepGain[b] >= from && sum <= BRACKET_STEPS; b++) sum++;
      if (sum > BRACKET_STEPS) return sum;
    }
    return sum;
  }

  function bracket(): [number, number] {
    let below = nearPrice > 0 && nearPrice < Infinity ? nearPrice : 1;
    let above = below;
    // The continuous multiplier is the nearer the more messages there are.
    const firstFactor = count < MANY_MESSAGES ? 2 : 1.01;
    for (let factor = firstFactor; spentAt(above, trial) > limitJ; factor *= factor) above = Math.min(above * factor, Number.MAX_VALUE);
    for (let factor = firstFactor; spentAt(below, trial) <= limitJ; factor *= factor) below = Math.max(below / factor, Number.MIN_VALUE);
    return [below, above];
  }
}
