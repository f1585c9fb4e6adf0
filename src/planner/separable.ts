import { inputError } from '../errors.js';
import type { BitPlanProblem } from './contract.js';

/**
 * The form in which every bit-length problem is solved: minimise
 * sum_i coefficient_i / (2^b_i - 1)^2 subject to sum_i energyJ_i b_i <= budgetJ, bMin <= b_i <= upper_i.
 * In a problem made by `separableProblem` the downlink is the last term.
 */
export interface SeparableProblem {
  readonly coefficient: Float64Array;
  readonly energyJ: Float64Array;
  readonly budgetJ: number;
  readonly bMin: number;
  /** Largest length of each term, at least bMin. */
  readonly upper: Uint8Array;
}

/** Longest bit length there is: one stands for a whole float32. */
export const BIT_LENGTH_LIMIT = 32;

/** A plan is feasible where its energy is at most the budget times this: it forgives the rounding of a sum. */
export const FEASIBILITY_FACTOR = 1 + 1e-12;

/** 1 / (2^b - 1)^2 by b: the squared error of a b-bit grid over a unit range, without its factor 1/4. */
export const quantizationError: Float64Array = errorsByLength();

function errorsByLength(): Float64Array {
  const errors = new Float64Array(BIT_LENGTH_LIMIT + 1);
  for (let b = 0, levels = 1; b <= BIT_LENGTH_LIMIT; b++, levels *= 2) {
    errors[b] = 1 / ((levels - 1) * (levels - 1));
  }
  return errors;
}

/** Coefficients and energies below are taken as zero, those above its inverse refused, so that no quotient leaves the range of a double. */
const TINY = 1e-100;

/** Checks a problem and brings it into separable form. Errors are those of `solveBitPlan`. */
export function separableProblem({ uplink, downlink, budgetJ, bMin, bMax }: BitPlanProblem): SeparableProblem {
  checkLimits(bMin, bMax);
  checkBudget(budgetJ);
  const count = uplink.length;
  const coefficient = new Float64Array(count + 1);
  const energyJ = new Float64Array(count + 1);
  const upper = new Uint8Array(count + 1).fill(bMax);
  // Written in place, since with many clients a record for each takes longer than to solve the problem.
  for (let i = 0; i < count; i++) {
    const term = uplink[i];
    const square = term.weight * term.weight * term.range * term.range;
    if (!isTerm(term.weight, term.range, square, term.energyPerBitJ)) throw badTerm(`uplink ${i}`, term);
    coefficient[i] = square < TINY ? 0 : square;
    energyJ[i] = term.energyPerBitJ < TINY ? 0 : term.energyPerBitJ;
    if (term.bMax !== undefined) upper[i] = ownLimit(i, term.bMax, bMin, bMax);
  }
  const last = separableTerm('downlink', downlink, downlink.weight);
  coefficient[count] = last.coefficient;
  energyJ[count] = last.energyJ;
  return { coefficient, energyJ, budgetJ, bMin, upper };
}

export interface SeparableTerm {
  readonly coefficient: number;
  readonly energyJ: number;
  /** Its own largest length, where it has one below that of the problem. */
  readonly bMax?: number;
}

/**
 * A message as a term with the coefficient `factor * range^2`. Negative or non-finite numbers are
 * input errors; a zero range is a message with nothing to lose (it gets the smallest length, which
 * is charged, because this round's range may differ), a zero energy is a length that costs nothing
 * (it gets the largest).
 */
export function separableTerm(place: string, term: { readonly weight: number; readonly range: number; readonly energyPerBitJ: number }, factor: number): SeparableTerm {
  const { weight, range, energyPerBitJ } = term;
  const square = factor * range * range;
  if (!isTerm(weight, range, square, energyPerBitJ)) throw badTerm(place, term);
  return { coefficient: square < TINY ? 0 : square, energyJ: energyPerBitJ < TINY ? 0 : energyPerBitJ };
}

export interface Limits {
  readonly budgetJ: number;
  readonly bMin: number;
  readonly bMax: number;
}

/** Terms, budget and limits as a problem; PLAN_LIMITS and PLAN_BUDGET where they make none. */
export function separableOf(terms: readonly SeparableTerm[], { budgetJ, bMin, bMax }: Limits): SeparableProblem {
  checkLimits(bMin, bMax);
  checkBudget(budgetJ);
  return {
    coefficient: Float64Array.from(terms, ({ coefficient }) => coefficient),
    energyJ: Float64Array.from(terms, ({ energyJ }) => energyJ),
    budgetJ,
    bMin,
    upper: Uint8Array.from(terms, (term) => term.bMax ?? bMax),
  };
}

/** Sum of coefficient / (2^b - 1)^2 over integer lengths. */
export function integerObjective(problem: SeparableProblem, bits: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < problem.coefficient.length; i++) sum += problem.coefficient[i] * quantizationError[bits[i]];
  return sum;
}

/** Energy of the lengths, summed with compensation, so that rounding does not grow with the number of clients. */
export function planEnergyJ(energyJ: ArrayLike<number>, bits: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < energyJ.length; i++) {
    const term = energyJ[i] * bits[i];
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Smallest budget that any plan of this problem fits: every length at bMin. */
export function minimumBudgetJ(problem: Pick<SeparableProblem, 'energyJ' | 'bMin'>): number {
  return planEnergyJ(problem.energyJ, new Float64Array(problem.energyJ.length).fill(problem.bMin));
}

/** The input error of a budget that not even the smallest lengths fit; it names the smallest budget that does. */
export function requireFeasible(problem: SeparableProblem): void {
  const minimumJ = minimumBudgetJ(problem);
  if (minimumJ <= problem.budgetJ * FEASIBILITY_FACTOR) return;
  throw inputError('PLAN_INFEASIBLE', `a budget of ${problem.budgetJ} J does not fit bit lengths of ${problem.bMin}`, {
    expected: `at least ${minimumJ} J, the smallest feasible budget`,
  });
}

function checkLimits(bMin: number, bMax: number): void {
  if (Number.isInteger(bMin) && Number.isInteger(bMax) && bMin >= 1 && bMin <= bMax && bMax <= BIT_LENGTH_LIMIT) return;
  throw inputError('PLAN_LIMITS', `bit lengths from ${bMin} to ${bMax} are no limits`, {
    expected: `whole numbers with 1 <= bMin <= bMax <= ${BIT_LENGTH_LIMIT}`,
  });
}

function checkBudget(budgetJ: number): void {
  if (Number.isNaN(budgetJ)) throw inputError('PLAN_BUDGET', 'the energy budget is not a number', { expected: 'a budget in joules' });
}

function ownLimit(uplink: number, limit: number, bMin: number, bMax: number): number {
  if (Number.isInteger(limit) && limit >= bMin) return Math.min(limit, bMax);
  throw inputError('PLAN_LIMITS', `the largest bit length of uplink ${uplink} is ${limit}`, { expected: `a whole number of at least ${bMin}` });
}

function isTerm(weight: number, range: number, coefficient: number, energyPerBitJ: number): boolean {
  return weight >= 0 && range >= 0 && energyPerBitJ >= 0 && energyPerBitJ <= 1 / TINY && coefficient <= 1 / TINY;
}

function badTerm(place: string, { weight, range, energyPerBitJ }: { weight: number; range: number; energyPerBitJ: number }): Error {
  if (!(energyPerBitJ >= 0 && energyPerBitJ <= 1 / TINY)) {
    return inputError('PLAN_ENERGY', `the energy per bit of ${place} is ${energyPerBitJ} J`, { expected: 'a finite energy that is not negative' });
  }
  if (!(weight >= 0 && weight < Infinity)) {
    return inputError('PLAN_WEIGHT', `the weight of ${place} is ${weight}`, { expected: 'a finite weight that is not negative' });
  }
  return inputError('PLAN_RANGE', `the range of ${place} is ${range}`, { expected: 'a finite range (max - min) that is not negative' });
}
