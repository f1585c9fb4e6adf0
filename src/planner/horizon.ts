import type { BitPlanProblem } from './contract.js';
import { relativeGap, solveInteger } from './integer.js';
import { solveRelaxed } from './relaxed.js';
import { integerObjective, minimumBudgetJ, planEnergyJ, requireFeasible, separableOf, separableProblem, type SeparableProblem } from './separable.js';
import { solveBitPlan } from './solve.js';

/** A whole run: one problem per round (their own budgets do not count) and one budget for all. */
export interface HorizonProblem {
  readonly rounds: readonly BitPlanProblem[];
  readonly budgetJ: number;
}

export interface HorizonPlan {
  /** By round: energy of the lengths, and the round's objective. */
  readonly energyJ: readonly number[];
  readonly objectiveByRound: readonly number[];
  readonly objective: number;
}

export interface ClairvoyantPlan extends HorizonPlan {
  readonly uplinkBits: readonly (readonly number[])[];
  readonly downlinkBits: readonly number[];
  /** Objective of the continuous optimum: no plan of the run, causal or not, is below it. */
  readonly bound: number;
  /** The one multiplier that all rounds share. */
  readonly multiplier: number;
  readonly gap: number;
  readonly optimal: boolean;
}

/**
 * The optimum of a run whose rounds are all known beforehand: an upper bound of what any causal
 * policy can do, and nothing a server could apply. It is one separable problem over all messages of
 * all rounds, so that all rounds share one multiplier and the same solver is exact. Limits are those
 * of the first round.
 */
export function solveClairvoyant({ rounds, budgetJ }: HorizonProblem): ClairvoyantPlan {
  const each = rounds.map(separableProblem);
  const whole: SeparableProblem = {
    coefficient: concatenate(each.map(({ coefficient }) => coefficient)),
    energyJ: concatenate(each.map(({ energyJ }) => energyJ)),
    budgetJ,
    bMin: each[0].bMin,
    upper: Uint8Array.from(each.flatMap(({ upper }) => Array.from(upper))),
  };
  requireFeasible(whole);
  const relaxed = solveRelaxed(whole);
  const plan = solveInteger(whole, relaxed.multiplier);
  let at = 0;
  const bits = each.map(({ energyJ }) => plan.bits.subarray(at, (at += energyJ.length)));
  return {
    uplinkBits: bits.map((lengths) => Array.from(lengths.subarray(0, -1))),
    downlinkBits: bits.map((lengths) => lengths[lengths.length - 1]),
    energyJ: each.map(({ energyJ }, k) => planEnergyJ(energyJ, bits[k])),
    objectiveByRound: each.map((round, k) => integerObjective(round, bits[k])),
    objective: plan.objective,
    bound: relaxed.objective,
    multiplier: relaxed.multiplier,
    gap: relativeGap(plan),
    optimal: plan.optimal,
  };
}

/** What a causal policy remembers: energies per bit by message, the downlink last, of the latest rounds, oldest first. */
export interface SeenRounds {
  readonly energyPerBitJ: readonly (readonly number[])[];
}

/** Rounds remembered: enough to know the spread of the fading. */
const MEMORY_ROUNDS = 16;

/**
 * How much of what is left of a run's budget this round shall use, without knowing the channels to
 * come: a receding horizon. The rounds to come are taken to have the energies of the latest rounds
 * seen (this one included), each as likely, and the ranges of now; the continuous problem over this
 * round and those is solved, and this round gets what it spends there, so that rounds share one
 * price of energy and good channels carry more bits than bad ones. Exact where all rounds are alike;
 * otherwise its regret is what `causalRegret` measures.
 */
export function shareOfHorizon(now: BitPlanProblem, seen: SeenRounds | null, remainingJ: number, roundsLeft: number): { readonly budgetJ: number; readonly seen: SeenRounds } {
  const current = separableProblem({ ...now, budgetJ: remainingJ });
  const next = remember(seen, current.energyJ);
  const later = roundsLeft - 1;
  if (later <= 0) return { budgetJ: remainingJ, seen: next };
  const likeness = later / next.energyPerBitJ.length;
  const terms = Array.from(current.coefficient, (coefficient, i) => ({ coefficient, energyJ: current.energyJ[i] }));
  const expected = next.energyPerBitJ.flatMap((energies) =>
    energies.map((energyJ, i) => ({ coefficient: likeness * current.coefficient[i], energyJ: likeness * energyJ })));
  const horizon = separableOf([...terms, ...expected], { budgetJ: remainingJ, bMin: now.bMin, bMax: now.bMax });
  // Not even the smallest lengths for all: an even share, and what does not fit is dropped round by round.
  if (minimumBudgetJ(horizon) > remainingJ) return { budgetJ: remainingJ / roundsLeft, seen: next };
  const { bits } = solveRelaxed(horizon);
  const budgetJ = planEnergyJ(current.energyJ, bits.subarray(0, terms.length));
  return { budgetJ: Math.min(remainingJ, budgetJ), seen: next };
}

/**
 * Plays the causal policy on a run that is given whole, round after round without looking ahead,
 * and compares it with the clairvoyant optimum. What a round does not spend is carried over.
 * `regret` is (causal - clairvoyant) / clairvoyant of the objectives' sums.
 */
export function causalRegret(problem: HorizonProblem): { readonly causal: HorizonPlan; readonly clairvoyant: ClairvoyantPlan; readonly regret: number } {
  const clairvoyant = solveClairvoyant(problem);
  const energyJ: number[] = [];
  const objectiveByRound: number[] = [];
  let remainingJ = problem.budgetJ;
  let seen: SeenRounds | null = null;
  problem.rounds.forEach((round, k) => {
    const share = shareOfHorizon(round, seen, remainingJ, problem.rounds.length - k);
    seen = share.seen;
    // A round dearer than expected still sends its smallest lengths while the budget carries them.
    const smallestJ = minimumBudgetJ(separableProblem(round));
    const plan = solveBitPlan({ ...round, budgetJ: Math.min(remainingJ, Math.max(share.budgetJ, smallestJ)) });
    energyJ.push(plan.energyJ);
    objectiveByRound.push(plan.objective);
    remainingJ -= plan.energyJ;
  });
  const objective = objectiveByRound.reduce((sum, value) => sum + value, 0);
  return { causal: { energyJ, objectiveByRound, objective }, clairvoyant, regret: objective / clairvoyant.objective - 1 };
}

/** The latest rounds; they start again where the number of messages changes. */
function remember(seen: SeenRounds | null, energyJ: Float64Array): SeenRounds {
  const before = seen !== null && seen.energyPerBitJ[0]?.length === energyJ.length ? seen.energyPerBitJ : [];
  return { energyPerBitJ: [...before, Array.from(energyJ)].slice(-MEMORY_ROUNDS) };
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
