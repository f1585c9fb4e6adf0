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
}

export interface CoreResult {
  /** Changes of length, by position in the order found; a message may occur more than once. */
  readonly changes: readonly { readonly index: number; readonly sign: 1 | -1 }[];
  /** loss + price * slack of the best plan. */
  readonly total: number;
  /** No plan within the budget has a total below this; equal to `total` where it is proved optimal. */
  readonly lowerBound: number;
}

/** Steps of one energy that are common enough to be settled by a formula at the end. */
const COMMON_GROUP = 12;

/**
 * Dynamic programming over the steps, nearest gain per joule first, keeping the states that are not
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
 * Where the states looked at reach `effort`, the search stops; the least bound among the open states
 * is the certificate.
 */
export function searchCore(problem: CoreProblem): CoreResult {
  const { slackUnits, toleranceUnits, unitPrice, negligible } = problem;
  const { ordered, group } = splitCommonGroup(problem.steps);
  const rest = remainingBounds(ordered, group, unitPrice);

  let best = unitPrice * Math.max(0, slackUnits);
  let bestLog = -1;
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
    if (looked > problem.effort) {
      openBound = leastBound(current, position);
      break;
    }
    expand(step, position);
    [current, next] = [next, current];
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
    bestLog = log.push(from, at);
    bestGroupCount = 0;
  }

  /** Least total that a state can still lead to, by the steps from `at` on and the common group. */
  function boundOf(slack: number, loss: number, at: number): number {
    if (slack < -toleranceUnits) return loss + Math.max(rest.leastLoss[at], rest.removals.leastLossOf(-slack - toleranceUnits, at));
    const unused = unitPrice * Math.max(0, slack);
    return loss + Math.max(Math.min(unused, rest.leastLoss[at]), slack > 0 ? rest.additions.leastLossOf(slack, at) : 0);
  }

  function leastBound(list: StateList, at: number): number {
    let least = Infinity;
    for (let i = 0; i < list.size; i++) least = Math.min(least, boundOf(slackUnits - list.units[i], list.loss[i], at));
    return least;
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
    bestLog = from;
    bestGroupCount = count;
  }

  function changesOf(): { index: number; sign: 1 | -1 }[] {
    const changes: { index: number; sign: 1 | -1 }[] = [];
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

/** Orders the steps by |gain - price energy| per unit of energy and sets the most common energy apart. */
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
  const ordered = steps
    .filter((step) => step.units !== common)
    .sort((a, b) => a.loss * b.units - b.loss * a.units || a.index - b.index || a.sign - b.sign);
  const units = additions.length + removals.length > 0 ? common : 1;
  return { ordered, group: { units, additions, removals, additionLoss: runningLoss(additions), removalLoss: runningLoss(removals) } };
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
  return {
    leastLoss,
    additions: fractionalFill(ordered, 1, group.additions, unitPrice),
    removals: fractionalFill(ordered, -1, group.removals, Infinity),
  };
}

interface FractionalFill {
  /** Least loss of changing `units` of energy by the steps from `at` on, were they divisible. */
  leastLossOf(units: number, at: number): number;
}

/**
 * The linear relaxation over the steps of one sign that remain: nearest first, the last by a
 * fraction; what they cannot take costs `beyond` per unit (the price where it stays unused). The
 * group counts as one divisible step at its least price, which can only lower the bound.
 */
function fractionalFill(ordered: readonly CoreStep[], sign: 1 | -1, common: readonly CoreStep[], beyond: number): FractionalFill {
  const steps = ordered.filter((step) => step.sign === sign);
  const first = new Int32Array(ordered.length + 1);
  first[ordered.length] = steps.length;
  for (let at = ordered.length - 1; at >= 0; at--) first[at] = first[at + 1] - (ordered[at].sign === sign ? 1 : 0);
  const unitsUpTo = new Float64Array(steps.length + 1);
  const lossUpTo = new Float64Array(steps.length + 1);
  const prices = Float64Array.from(steps, ({ loss, units }) => loss / units);
  for (let k = 0; k < steps.length; k++) {
    unitsUpTo[k + 1] = unitsUpTo[k] + steps[k].units;
    lossUpTo[k + 1] = lossUpTo[k] + steps[k].loss;
  }
  const groupUnits = common.reduce((sum, { units }) => sum + units, 0);
  const groupPrice = common.length === 0 ? Infinity : common[0].loss / common[0].units;
  return {
    leastLossOf(units, at) {
      let k = first[at];
      const byGroup = Math.min(units, groupUnits);
      let loss = byGroup === 0 ? 0 : byGroup * Math.min(groupPrice, k < steps.length ? prices[k] : beyond);
      const target = unitsUpTo[k] + units - byGroup;
      const start = k;
      while (k < steps.length && unitsUpTo[k + 1] <= target) k++;
      loss += lossUpTo[k] - lossUpTo[start];
      const left = target - unitsUpTo[k];
      return left > 0 ? loss + left * (k < steps.length ? prices[k] : beyond) : loss;
    },
  };
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
