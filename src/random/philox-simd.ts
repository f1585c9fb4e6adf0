import {
  add, addIntegers, constant, get, isBelow, loop, productsOfHighLanes, productsOfLowLanes, onFirstUse, repeatIf, set, shuffle, splat, storeAt, vectorOf, vectorProgram, xor,
  type VectorProgram,
} from '../numerics/vector-program.js';
import { MULTIPLIER_0, MULTIPLIER_1, philoxBlocks, ROUNDS, WEYL_0, WEYL_1 } from './philox.js';

/** One page of memory. */
const WORDS = 16_384;
const WORDS_PER_STEP = 16;
/** Below this many blocks the copy out of the program's memory is not worth it. */
const BLOCKS_MIN = 16;

let page = new Uint32Array(0);
const programOnFirstUse = onFirstUse((): VectorProgram | null => {
  const program = vectorProgram(1, { run: { parameters: 7, integers: 1, vectors: 16 + 2 * ROUNDS, body: body() } });
  if (program !== null) page = new Uint32Array(program.memory);
  return program;
});

/**
 * `philoxBlocks`, four blocks at a time in vectors where there are any, and several times as fast: bulk
 * draws are most of the time of stochastic quantizers and masks. The words are the same.
 */
export function bulkPhiloxBlocks(
  out: Uint32Array,
  start: number,
  count: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  const first = counter0 >>> 0;
  const program = programOnFirstUse();
  if (program === null || count < BLOCKS_MIN || first + count + 4 > 4_294_967_296) {
    philoxBlocks(out, start, count, counter0, counter1, counter2, counter3, key0, key1);
    return;
  }
  for (let done = 0; done < 4 * count; done += WORDS) {
    const words = Math.min(WORDS, 4 * count - done);
    program.functions.run(Math.ceil(words / WORDS_PER_STEP) * WORDS_PER_STEP * 4, (first + done / 4) | 0, counter1, counter2, counter3, key0, key1);
    out.set(words === WORDS ? page : page.subarray(0, words), start + done);
  }
}

/** Fills the memory to byte `end` (a multiple of 64) with the blocks of counters that do not carry. */
function body(): number[] {
  const [end, counter0, counter1, counter2, counter3, key0, key1, at] = [0, 1, 2, 3, 4, 5, 6, 7];
  const vector = (index: number): number => at + 1 + index;
  const lowest = vector(0);
  const constants = [vector(1), vector(2)];
  const c = [vector(3), vector(4), vector(5), vector(6)];
  const [low0, high0, low1, high1, one, other] = [7, 8, 9, 10, 11, 12].map(vector);
  const start = [vector(13), vector(14), vector(15)];
  const keyOf = (round: number, half: number): number => vector(16 + 2 * round + half);

  const pair = (a: number, b: number, ...lanes: readonly number[]): number[] => [...get(a), ...get(b), ...shuffle(...lanes)];
  const multiply = (factor: number, by: number, low: number, high: number): number[] => [
    ...get(factor), ...get(by), ...productsOfLowLanes, ...set(one),
    ...get(factor), ...get(by), ...productsOfHighLanes, ...set(other),
    ...pair(one, other, 0, 2, 4, 6), ...set(low),
    ...pair(one, other, 1, 3, 5, 7), ...set(high),
  ];
  const round = (index: number): number[] => [
    ...multiply(c[0], constants[0], low0, high0),
    ...multiply(c[2], constants[1], low1, high1),
    ...get(high1), ...get(c[1]), ...xor, ...get(keyOf(index, 0)), ...xor, ...set(c[0]),
    ...get(low1), ...set(c[1]),
    ...get(high0), ...get(c[3]), ...xor, ...get(keyOf(index, 1)), ...xor, ...set(c[2]),
    ...get(low0), ...set(c[3]),
  ];
  const rounds = Array.from({ length: ROUNDS }, (_, index) => index);
  return [
    ...get(counter0), ...splat, ...vectorOf(Int32Array.of(0, 1, 2, 3).buffer), ...addIntegers, ...set(lowest),
    ...constant(MULTIPLIER_0), ...splat, ...set(constants[0]),
    ...constant(MULTIPLIER_1), ...splat, ...set(constants[1]),
    ...[counter1, counter2, counter3].flatMap((counter, index) => [...get(counter), ...splat, ...set(start[index])]),
    ...rounds.flatMap((index) => [
      ...get(key0), ...constant(Math.imul(WEYL_0, index)), ...add, ...splat, ...set(keyOf(index, 0)),
      ...get(key1), ...constant(Math.imul(WEYL_1, index)), ...add, ...splat, ...set(keyOf(index, 1)),
    ]),
    ...loop([
      ...get(lowest), ...set(c[0]),
      ...start.flatMap((from, index) => [...get(from), ...set(c[index + 1])]),
      ...rounds.flatMap(round),
      // From one vector per word to one vector per block.
      ...pair(c[0], c[1], 0, 4, 1, 5), ...set(low0),
      ...pair(c[0], c[1], 2, 6, 3, 7), ...set(high0),
      ...pair(c[2], c[3], 0, 4, 1, 5), ...set(low1),
      ...pair(c[2], c[3], 2, 6, 3, 7), ...set(high1),
      ...get(at), ...pair(low0, low1, 0, 1, 4, 5), ...storeAt(0),
      ...get(at), ...pair(low0, low1, 2, 3, 6, 7), ...storeAt(16),
      ...get(at), ...pair(high0, high1, 0, 1, 4, 5), ...storeAt(32),
      ...get(at), ...pair(high0, high1, 2, 3, 6, 7), ...storeAt(48),
      ...get(lowest), ...constant(4), ...splat, ...addIntegers, ...set(lowest),
      ...get(at), ...constant(64), ...add, ...set(at),
      ...get(at), ...get(end), ...isBelow, ...repeatIf(0),
    ]),
  ];
}
