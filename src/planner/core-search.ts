import { log2 } from '../numerics/index.js';

/**
 * Exact search around the break plan: which steps to add to it and which to take away.
 *
 * Taking every step as an item of a 0/1 knapsack (within one message the steps cost the same and
 * gain less and less, so an optimal set can always be taken from bMin upwards: precedence needs no
 * constraint), a plan that differs from the break plan by a set C of steps has the objective
 *
 *   linear relaxation + sum_{j in C} |gain_j - price energy_j| + price (budget - energy of the plan).
 *
 * All terms are non-negative. With `loss` for the sum, minimising the objective is minimising
 * loss + price * slack, so that (1) a step whose own loss reaches the best total known never
 * changes, and (2) the break plan's total bounds everything from the start.
 */
export interface CoreStep {
  /** Message whose length changes. */
  readonly index: number;
  /** +1 adds a bit to the break plan, -1 takes one away. */
  readonly sign: 1 | -1;
  /** Energy in whole grid units. */
  readonly units: number;
  /** |gain - price energy|. */
  readonly loss: number;
}

export interface CoreProblem {
  readonly steps: readonly CoreStep[];
  /** Budget left by the break plan, in grid units. */
  readonly slackUnits: number;
  /** Slack down to minus this counts as none. */
  readonly toleranceUnits: number;
  /** Price per grid unit. */
  readonly unitPrice: number;
  /** Differences of the total below this are rounding. */
  readonly negligible: number;
  /** States that may be looked at before the search stops with a certificate instead of a proof. */
  readonly effort: number;
  /** The best plan known before; without it, the break plan. */
  readonly incumbent?: { readonly changes: readonly StepChange[]; readonly total: number };
}

export interface StepChange {
  readonly index: number;
  readonly sign: 1 | -1;
}

export interface CoreResult {
  /** Changes to the break plan; a message may occur more than once. */
  readonly changes: readonly StepChange[];
  /** loss + price * slack of the best plan. */
  readonly total: number;
  /** No plan within the budget has a total below this; equal to `total` where it is proved optimal. */
  readonly lowerBound: number;
}

/** Up to so many steps the large ones are decided first, because small ones can fill what they leave; beyond, nearness alone needs fewer states. */
const LARGEST_FIRST_LIMIT = 1000;
/** States that are followed on when the effort is used up. */
const BEAM = 128;

/** Steps of one energy that are common enough to be settled by a formula at the end. */
const COMMON_GROUP = 12;

/**
 * Dynamic programming over the steps, keeping the states that are not
 * dominated (no other state has at most its energy and at least its gain) and whose bound is below
 * the best total (in the manner of Pisinger's minimal core, with the loss bounds above).
 * Why it is exact: a dropped state is dominated, so another reaches with every completion at least
 * as good a plan; or its bound shows that no completion beats the best plan. The bounds of a state
 * with slack s and loss l over the remaining steps: a plan that stays costs price s; one that changes
 * costs at least the least remaining loss; either way the linear relaxation of the remaining additions
 * (s > 0, which may also leave energy unused) or removals (s < 0, which must make room) is a bound.
 *
 * Steps of the most common energy are left to the end: they only count by number, so the best number
 * for each state follows directly (as many as fit, or as few as must go), in order of loss. That
 * keeps groups of equal clients, where millions of states would tie, linear.
 *
 * Where the states looked at reach `effort`, the least bound among the open states is kept as the
 * certificate, and only the most promising are followed on, to end with a good plan.
 */
export function searchCore(problem: CoreProblem): CoreResult {
  const { slackUnits, toleranceUnits, unitPrice, negligible } = problem;
  const { ordered, group } = splitCommonGroup(problem.steps);
  const rest = remainingBounds(ordered, group, unitPrice);

  let best = problem.incumbent?.total ?? unitPrice * Math.max(0, slackUnits);
  let bestLog = -1;
  let improved = false;
  let bestGroupCount = 0;
  let openBound = Infinity;
  let looked = 0;

  const log = growingLog();
  let current = stateList(64);
  let next = stateList(64);
  append(current, 0, 0, -1);

  // One addition, or additions of the common group alone, often come close: they tighten every bound.
  settleGroup(0, 0, -1);
  for (let at = 0; at < ordered.length; at++) {
    const { sign, units, loss } = ordered[at];
    if (sign > 0 && units <= slackUnits + toleranceUnits) offer(loss + unitPrice * Math.max(0, slackUnits - units), -1, at);
  }
  for (let position = 0; position < ordered.length && current.size > 0; position++) {
    const step = ordered[position];
    if (step.loss >= best - negligible) continue;
    looked += 2 * current.size;
    if (looked > problem.effort && openBound === Infinity) openBound = narrow(current, position);
    if (looked > 2 * problem.effort) break;
    expand(step, position);
    [current, next] = [next, current];
    if (openBound < Infinity) narrow(current, position + 1);
  }
  for (let i = 0; i < current.size; i++) settleGroup(current.units[i], current.loss[i], current.log[i]);

  return { changes: changesOf(), total: best, lowerBound: Math.min(best, openBound) };

  /** Merges the states with and without the step, in ascending order of energy, into `next`. */
  function expand(step: CoreStep, at: number): void {
    const shift = step.sign * step.units;
    next.size = 0;
    let stay = 0;
    let move = 0;
    let bestGain = -Infinity;
    while (stay < current.size || move < current.size) {
      const stayUnits = stay < current.size ? current.units[stay] : Infinity;
      const moveUnits = move < current.size ? current.units[move] + shift : Infinity;
      const moves = moveUnits < stayUnits || (moveUnits === stayUnits && current.loss[move] + step.loss < current.loss[stay]);
      const units = moves ? moveUnits : stayUnits;
      const from = moves ? move++ : stay++;
      const loss = current.loss[from] + (moves ? step.loss : 0);
      const gain = unitPrice * units - loss;
      if (gain <= bestGain) continue;
      bestGain = gain;
      const slack = slackUnits - units;
      if (moves && slack >= -toleranceUnits) offer(loss + unitPrice * Math.max(0, slack), current.log[from], at);
      if (boundOf(slack, loss, at + 1) >= best - negligible) continue;
      append(next, units, loss, moves ? log.push(current.log[from], at) : current.log[from]);
    }
  }

  function offer(total: number, from: number, at: number): void {
    if (total >= best - negligible) return;
    best = total;
    improved = true;
    bestLog = log.push(from, at);
    bestGroupCount = 0;
  }

  /** Least total that a state can still lead to, by the steps from `at` on and the common group. */
  function boundOf(slack: number, loss: number, at: number): number {
    if (slack < -toleranceUnits) return loss + Math.max(rest.leastLoss[at], rest.removals.leastLossOf(-slack - toleranceUnits, at));
    const unused = unitPrice * Math.max(0, slack);
    return loss + Math.max(Math.min(unused, rest.leastLoss[at]), slack > 0 ? rest.additions.leastLossOf(slack, at) : 0);
  }

  /** Keeps the states with the least bounds, in their order, and returns the least of all. */
  function narrow(list: StateList, at: number): number {
    const bounds = Float64Array.from({ length: list.size }, (_, i) => boundOf(slackUnits - list.units[i], list.loss[i], at));
    const sorted = bounds.toSorted();
    if (list.size > BEAM) {
      let kept = 0;
      for (let i = 0; i < list.size; i++) {
        if (bounds[i] > sorted[BEAM] || kept === BEAM) continue;
        list.units[kept] = list.units[i];
        list.loss[kept] = list.loss[i];
        list.log[kept] = list.log[i];
        kept++;
      }
      list.size = kept;
    }
    return sorted[0] ?? Infinity;
  }

  function settleGroup(units: number, loss: number, from: number): void {
    const slack = slackUnits - units;
    let count: number;
    let total: number;
    if (slack >= -toleranceUnits) {
      count = Math.min(group.additions.length, Math.floor((slack + toleranceUnits) / group.units));
      total = loss + group.additionLoss[count] + unitPrice * Math.max(0, slack - count * group.units);
    } else {
      const removed = Math.ceil((-slack - toleranceUnits) / group.units);
      if (!(removed <= group.removals.length)) return;
      count = -removed;
      total = loss + group.removalLoss[removed] + unitPrice * Math.max(0, slack + removed * group.units);
    }
    if (total >= best - negligible) return;
    best = total;
    improved = true;
    bestLog = from;
    bestGroupCount = count;
  }

  function changesOf(): readonly StepChange[] {
    if (!improved) return problem.incumbent?.changes ?? [];
    const changes: StepChange[] = [];
    for (let at = bestLog; at >= 0; at = log.parent(at)) {
      const { index, sign } = ordered[log.position(at)];
      changes.push({ index, sign });
    }
    const common = bestGroupCount > 0 ? group.additions : group.removals;
    for (let k = 0; k < Math.abs(bestGroupCount); k++) changes.push({ index: common[k].index, sign: common[k].sign });
    return changes;
  }
}

interface CommonGroup {
  readonly units: number;
  readonly additions: readonly CoreStep[];
  readonly removals: readonly CoreStep[];
  /** Loss of the first k additions, by k. */
  readonly additionLoss: Float64Array;
  readonly removalLoss: Float64Array;
}

/** Puts the steps in the order of decision and sets those of the most common energy apart. */
function splitCommonGroup(steps: readonly CoreStep[]): { ordered: CoreStep[]; group: CommonGroup } {
  const counts = new Map<number, number>();
  let common = Infinity;
  let most = COMMON_GROUP - 1;
  for (const { units } of steps) {
    const count = (counts.get(units) ?? 0) + 1;
    counts.set(units, count);
    if (count > most) {
      most = count;
      common = units;
    }
  }
  const byLoss = (a: CoreStep, b: CoreStep): number => a.loss - b.loss || a.index - b.index;
  const additions = steps.filter((step) => step.units === common && step.sign > 0).sort(byLoss);
  const removals = steps.filter((step) => step.units === common && step.sign < 0).sort(byLoss);
  const others = steps.filter((step) => step.units !== common);
  const ordered = others.length > LARGEST_FIRST_LIMIT ? others.sort(byNearness) : largestFirst(others);
  const units = additions.length + removals.length > 0 ? common : 1;
  return { ordered, group: { units, additions, removals, additionLoss: runningLoss(additions), removalLoss: runningLoss(removals) } };
}

/** By powers of two of the energy, largest first, and by nearness within one. */
function largestFirst(steps: readonly CoreStep[]): CoreStep[] {
  const powers = new Map(steps.map((step) => [step, Math.floor(log2(step.units))]));
  return steps.toSorted((a, b) => powers.get(b)! - powers.get(a)! || byNearness(a, b));
}

function runningLoss(steps: readonly CoreStep[]): Float64Array {
  const sums = new Float64Array(steps.length + 1);
  for (let k = 0; k < steps.length; k++) sums[k + 1] = sums[k] + steps[k].loss;
  return sums;
}

interface RemainingBounds {
  /** Least loss of one more change, from this position on. */
  readonly leastLoss: Float64Array;
  readonly additions: FractionalFill;
  readonly removals: FractionalFill;
}

function remainingBounds(ordered: readonly CoreStep[], group: CommonGroup, unitPrice: number): RemainingBounds {
  const leastLoss = new Float64Array(ordered.length + 1);
  leastLoss[ordered.length] = Math.min(group.additions[0]?.loss ?? Infinity, group.removals[0]?.loss ?? Infinity);
  for (let at = ordered.length - 1; at >= 0; at--) leastLoss[at] = Math.min(leastLoss[at + 1], ordered[at].loss);
  const ranked = ordered.map((step, rank) => ({ step, rank }));
  // The group is decided last, so that its steps remain at every position.
  const last = [...group.additions, ...group.removals].map((step) => ({ step, rank: ordered.length }));
  const ofSign = (sign: number): RankedStep[] => [...ranked, ...last].filter(({ step }) => step.sign === sign);
  return {
    leastLoss,
    additions: fractionalFill(ofSign(1), ordered.length, unitPrice),
    removals: fractionalFill(ofSign(-1), ordered.length, Infinity),
  };
}

interface RankedStep {
  readonly step: CoreStep;
  /** Position at which the search decides this step. */
  readonly rank: number;
}

interface FractionalFill {
  /** Least loss of changing `units` of energy by the steps that remain at `at`, were they divisible. */
  leastLossOf(units: number, at: number): number;
}

/**
 * The linear relaxation over the steps of one sign that remain: nearest first, the last by a
 * fraction; what they cannot take costs `beyond` per unit (the price where it stays unused).
 */
function fractionalFill(steps: readonly RankedStep[], positions: number, beyond: number): FractionalFill {
  const nearest = steps.toSorted((a, b) => byNearness(a.step, b.step));
  const ranks = Int32Array.from(nearest, ({ rank }) => rank);
  const unitsOf = Float64Array.from(nearest, ({ step }) => step.units);
  const losses = Float64Array.from(nearest, ({ step }) => step.loss);
  // Before this entry none remains.
  const firstOpen = new Int32Array(positions + 1);
  for (let at = 0, k = 0; at <= positions; at++) {
    while (k < ranks.length && ranks[k] < at) k++;
    firstOpen[at] = k;
  }
  return {
    leastLossOf(units, at) {
      let left = units;
      let loss = 0;
      for (let k = firstOpen[at]; k < ranks.length; k++) {
        if (ranks[k] < at) continue;
        if (unitsOf[k] >= left) return loss + (left * losses[k]) / unitsOf[k];
        left -= unitsOf[k];
        loss += losses[k];
      }
      return loss + left * beyond;
    },
  };
}

function byNearness(a: CoreStep, b: CoreStep): number {
  return a.loss * b.units - b.loss * a.units || a.index - b.index || a.sign - b.sign;
}

/** Undominated states in ascending order of energy relative to the break plan. */
interface StateList {
  size: number;
  units: Float64Array;
  loss: Float64Array;
  /** Last entry of the state's history, -1 for none. */
  log: Int32Array;
}

function stateList(capacity: number): StateList {
  return { size: 0, units: new Float64Array(capacity), loss: new Float64Array(capacity), log: new Int32Array(capacity) };
}

function append(list: StateList, units: number, loss: number, log: number): void {
  if (list.size === list.units.length) {
    const larger = stateList(list.size * 2);
    larger.units.set(list.units);
    larger.loss.set(list.loss);
    larger.log.set(list.log);
    list.units = larger.units;
    list.loss = larger.loss;
    list.log = larger.log;
  }
  list.units[list.size] = units;
  list.loss[list.size] = loss;
  list.log[list.size] = log;
  list.size++;
}

/** History of states: entry k is the change at `position(k)` after entry `parent(k)`. */
function growingLog(): { push(parent: number, position: number): number; parent(entry: number): number; position(entry: number): number } {
  let entries = new Int32Array(256);
  let size = 0;
  return {
    push(parent, position) {
      if (2 * size === entries.length) {
        const larger = new Int32Array(entries.length * 2);
        larger.set(entries);
        entries = larger;
      }
      entries[2 * size] = parent;
      entries[2 * size + 1] = position;
      return size++;
    },
    parent: (entry) => entries[2 * entry],
    position: (entry) => entries[2 * entry + 1],
  };
}
