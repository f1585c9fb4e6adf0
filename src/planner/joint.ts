import { inputError } from '../errors.js';
import type { DownlinkTerm } from './contract.js';
import { bisectLogarithm, cheapestUse, smallestBandwidthHz, type LinkUse, type OpenLink } from './link-energy.js';
import { BIT_LENGTH_LIMIT, FEASIBILITY_FACTOR, quantizationError } from './separable.js';
import { allocateSpectrum, requireNumbers, shareAt, type SpectrumPlan } from './spectrum.js';

/** One upload: its message has `headerBits + parameters * bitLength` bits. */
export interface JointUplink extends OpenLink {
  readonly range: number;
  readonly weight: number;
  readonly parameters: number;
  readonly headerBits: number;
}

/** Bit lengths, transmit powers and bandwidth shares of one round in one problem. */
export interface JointProblem {
  readonly uplink: readonly JointUplink[];
  readonly downlink: DownlinkTerm;
  /** For uploads (headers and circuits included) and the downlink. */
  readonly budgetJ: number;
  readonly bandwidthHz: number;
  /** Time for the uploads, which go out together. */
  readonly deadlineS: number;
  readonly bMin: number;
  readonly bMax: number;
}

export interface JointSolution {
  readonly uplinkBits: readonly number[];
  readonly downlinkBits: number;
  readonly uses: readonly LinkUse[];
  readonly objective: number;
  /** No plan within all limits has an objective below. */
  readonly lowerBound: number;
  /** (objective - lowerBound) / lowerBound. */
  readonly gap: number;
  readonly energyJ: number;
  /** Energy that one more hertz would save. */
  readonly priceJPerHz: number;
}

/** What one length of one message costs at a price per hertz, and the share it takes. */
interface Choice {
  readonly bits: number;
  readonly error: number;
  /** Energy and price times share. */
  readonly costJ: number;
  readonly shareHz: number;
}

const PRICE_STEPS = 40;

/**
 * Minimises sum_i p_i^2 R_i^2 / (2^b_i - 1)^2 + A_d R_w^2 / (2^b_d - 1)^2 over whole bit lengths,
 * powers, times and bandwidth shares under an energy budget, a total bandwidth, a deadline and
 * power limits.
 *
 * What is global: for the lengths it returns, powers and shares are the global optimum
 * (`allocateSpectrum`), and `lowerBound` holds for all plans whatever. What is not: the whole
 * lengths themselves are a good choice within the certified `gap`, not a proved optimum.
 *
 * Method. For any price m >= 0 per hertz a plan within both limits satisfies
 * sum_i (E_i + m B_i) + e_d b_d <= E + m B_total, so dropping the two for their sum relaxes the
 * problem; then each link chooses its bandwidth alone, and each length of each message has one
 * cost. The Lagrangian of that single constraint is minimised length by length; its multiplier is
 * found by bisection, and its value is the bound, kept as the largest over the prices. The price is
 * bisected until the shares fill the bandwidth. From the last choice, lengths are taken back (least
 * loss per joule first) until the exact allocation fits the budget, and then improved bit by bit
 * and by exchanging one bit for another as long as that helps.
 *
 * Errors: those of `allocateSpectrum`; PLAN_LIMITS, PLAN_WEIGHT; PLAN_INFEASIBLE with the smallest feasible budget.
 */
export function solveJointPlan(problem: JointProblem): JointSolution {
  requireProblem(problem);
  const { uplink, budgetJ, bMin } = problem;
  const smallest = lengthsAt(problem, bMin);
  const cheapest = energyOf(problem, smallest);
  if (cheapest === null || cheapest.energyJ > budgetJ * FEASIBILITY_FACTOR) {
    // Where the bandwidth is what lacks, this says so.
    const needed = energyAt(problem, smallest, allocate(problem, smallest));
    throw inputError('PLAN_INFEASIBLE', `a budget of ${budgetJ} J does not fit bit lengths of ${bMin}`, { expected: `at least ${needed} J, the smallest feasible budget` });
  }
  const { lengths: relaxed, lowerBound } = relaxation(problem, cheapest.spectrum);
  const lengths = improve(problem, repair(problem, relaxed));
  const { spectrum, energyJ } = energyOf(problem, lengths)!;
  const objective = objectiveOf(problem, lengths);
  const bound = Math.min(lowerBound, objective);
  return {
    uplinkBits: lengths.slice(0, uplink.length),
    downlinkBits: lengths[uplink.length],
    uses: spectrum.uses,
    objective,
    lowerBound: bound,
    gap: objective === 0 ? 0 : (objective - bound) / bound,
    energyJ,
    priceJPerHz: spectrum.priceJPerHz,
  };
}

/** The largest Lagrangian bound over prices per hertz, and the lengths at the price that fills the bandwidth. */
function relaxation(problem: JointProblem, start: SpectrumPlan): { lengths: readonly number[]; lowerBound: number } {
  const { bandwidthHz, budgetJ } = problem;
  let lowerBound = 0;
  let lengths = lengthsAt(problem, problem.bMin);
  let low = 0;
  let high = start.priceJPerHz;
  let widest = false;
  for (let step = 0; step < PRICE_STEPS; step++) {
    const price = widest ? 0.5 * (low + high) : high;
    const menus = choices(problem, price);
    const { chosen, bound } = cheapestChoices(menus, budgetJ + price * bandwidthHz);
    lowerBound = Math.max(lowerBound, bound);
    const shareHz = chosen.reduce((sum, choice) => sum + choice.shareHz, 0);
    if (shareHz > bandwidthHz) {
      low = price;
      if (!widest) high *= 8;
    } else {
      high = price;
      widest = true;
      lengths = chosen.map(({ bits }) => bits);
    }
  }
  return { lengths, lowerBound };
}

/** For each message (the downlink last) what its lengths cost at a price per hertz; lengths that no power carries are left out. */
function choices({ uplink, downlink, bandwidthHz, deadlineS, bMin, bMax }: JointProblem, price: number): Choice[][] {
  const whole = Array.from({ length: bMax - bMin + 1 }, (_, k) => bMin + k);
  const menus = uplink.map((term) => whole.flatMap((bits): Choice[] => {
    const size = sizeOf(term, bits);
    const leastHz = smallestBandwidthHz(term, size, deadlineS, bandwidthHz);
    if (leastHz > bandwidthHz) return [];
    const shareHz = shareAt(term, size, price, leastHz, bandwidthHz, deadlineS);
    const { energyJ } = cheapestUse(term, size, shareHz, deadlineS)!;
    return [{ bits, error: coefficientOf(term) * quantizationError[bits], costJ: energyJ + price * shareHz, shareHz }];
  }));
  menus.push(whole.map((bits) => ({ bits, error: downlink.weight * downlink.range * downlink.range * quantizationError[bits], costJ: downlink.energyPerBitJ * bits, shareHz: 0 })));
  return menus;
}

/** The lengths of least error + multiplier cost at the smallest multiplier that keeps to the limit, and the bound of that Lagrangian. */
function cheapestChoices(menus: readonly (readonly Choice[])[], limitJ: number): { chosen: readonly Choice[]; bound: number } {
  const at = (multiplier: number): Choice[] => menus.map((menu) => menu.reduce((best, choice) =>
    choice.error + multiplier * choice.costJ < best.error + multiplier * best.costJ ? choice : best));
  const cost = (chosen: readonly Choice[]): number => chosen.reduce((sum, { costJ }) => sum + costJ, 0);
  const value = (chosen: readonly Choice[], multiplier: number): number =>
    chosen.reduce((sum, { error, costJ }) => sum + error + multiplier * costJ, 0) - multiplier * limitJ;
  const free = at(0);
  if (cost(free) <= limitJ) return { chosen: free, bound: value(free, 0) };
  const errors = menus.reduce((sum, [first]) => sum + first.error, 0);
  const multiplier = bisectLogarithm((trial) => cost(at(trial)) <= limitJ, (errors / limitJ) * 1e-15, (errors / limitJ) * 1e15);
  const chosen = at(multiplier);
  return { chosen, bound: Math.max(0, value(chosen, multiplier)) };
}

/** Takes bits back, least loss per joule first, until the plan fits. */
function repair(problem: JointProblem, lengths: readonly number[]): readonly number[] {
  let current = lengths;
  for (let plan = energyOf(problem, current); plan === null || plan.energyJ > problem.budgetJ * FEASIBILITY_FACTOR; plan = energyOf(problem, current)) {
    const before = plan?.energyJ ?? Infinity;
    let best: { lengths: readonly number[]; ratio: number } | null = null;
    for (const shorter of moves(problem, current, [-1])) {
      const after = energyOf(problem, shorter);
      const saved = before === Infinity ? 1 : before - (after?.energyJ ?? before);
      const ratio = saved > 0 ? (objectiveOf(problem, shorter) - objectiveOf(problem, current)) / saved : Infinity;
      if (best === null || ratio < best.ratio) best = { lengths: shorter, ratio };
    }
    if (best === null) return lengthsAt(problem, problem.bMin);
    current = best.lengths;
  }
  return current;
}

/** Adds bits, or exchanges one for another, while the objective falls and the plan fits. */
function improve(problem: JointProblem, lengths: readonly number[]): readonly number[] {
  const fits = (trial: readonly number[]): boolean => (energyOf(problem, trial)?.energyJ ?? Infinity) <= problem.budgetJ * FEASIBILITY_FACTOR;
  let current = lengths;
  for (;;) {
    const objective = objectiveOf(problem, current);
    const longer = moves(problem, current, [1]);
    const exchanged = moves(problem, current, [1, 2]).flatMap((trial) => moves(problem, trial, [-1, -2]));
    const better = [...longer, ...exchanged]
      .map((trial) => ({ trial, objective: objectiveOf(problem, trial) }))
      .filter((trial) => trial.objective < objective * (1 - 1e-12))
      .sort((a, b) => a.objective - b.objective)
      .find(({ trial }) => fits(trial));
    if (better === undefined) return current;
    current = better.trial;
  }
}

/** Plans that differ in one message by one of the given numbers of bits. */
function moves({ bMin, bMax }: JointProblem, lengths: readonly number[], changes: readonly number[]): (readonly number[])[] {
  return lengths.flatMap((length, i) => changes
    .filter((change) => length + change >= bMin && length + change <= bMax)
    .map((change) => lengths.with(i, length + change)));
}

const lengthsAt = ({ uplink }: JointProblem, length: number): readonly number[] => [...uplink.map(() => length), length];
const sizeOf = ({ headerBits, parameters }: JointUplink, length: number): number => headerBits + parameters * length;
const coefficientOf = ({ weight, range }: JointUplink): number => weight * weight * range * range;

function objectiveOf({ uplink, downlink }: JointProblem, lengths: readonly number[]): number {
  return uplink.reduce((sum, term, i) => sum + coefficientOf(term) * quantizationError[lengths[i]],
    downlink.weight * downlink.range * downlink.range * quantizationError[lengths[uplink.length]]);
}

function allocate({ uplink, bandwidthHz, deadlineS }: JointProblem, lengths: readonly number[]): SpectrumPlan {
  return allocateSpectrum({ links: uplink, bits: uplink.map((term, i) => sizeOf(term, lengths[i])), bandwidthHz, deadlineS });
}

function energyAt({ uplink, downlink }: JointProblem, lengths: readonly number[], { energyJ }: SpectrumPlan): number {
  return energyJ + downlink.energyPerBitJ * lengths[uplink.length];
}

/** The exact allocation of the lengths; null where the bandwidth does not carry them. */
function energyOf(problem: JointProblem, lengths: readonly number[]): { readonly spectrum: SpectrumPlan; readonly energyJ: number } | null {
  const { uplink, bandwidthHz, deadlineS } = problem;
  const leastHz = uplink.reduce((sum, term, i) => sum + smallestBandwidthHz(term, sizeOf(term, lengths[i]), deadlineS, bandwidthHz), 0);
  if (leastHz > bandwidthHz) return null;
  const spectrum = allocate(problem, lengths);
  return { spectrum, energyJ: energyAt(problem, lengths, spectrum) };
}

function requireProblem({ uplink, downlink, budgetJ, bandwidthHz, deadlineS, bMin, bMax }: JointProblem): void {
  if (!(Number.isInteger(bMin) && Number.isInteger(bMax) && bMin >= 1 && bMin <= bMax && bMax <= BIT_LENGTH_LIMIT)) {
    throw inputError('PLAN_LIMITS', `bit lengths from ${bMin} to ${bMax} are no limits`, { expected: `whole numbers with 1 <= bMin <= bMax <= ${BIT_LENGTH_LIMIT}` });
  }
  if (Number.isNaN(budgetJ)) throw inputError('PLAN_BUDGET', 'the energy budget is not a number', { expected: 'a budget in joules' });
  requireNumbers(uplink, bandwidthHz, deadlineS);
  const isUsable = (value: number): boolean => value >= 0 && value < Infinity;
  const isMessage = uplink.every(({ weight, range, parameters, headerBits }) => [weight, range, headerBits].every(isUsable) && parameters > 0 && parameters < Infinity);
  if (uplink.length > 0 && isMessage && [downlink.weight, downlink.range, downlink.energyPerBitJ].every(isUsable)) return;
  throw inputError('PLAN_WEIGHT', 'a weight, range, size or energy of the problem is none', { expected: 'at least one uplink, sizes above 0, and finite numbers that are not negative' });
}
