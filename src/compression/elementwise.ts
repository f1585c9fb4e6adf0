import {
  add, addIntegers, addSingles, and, constant, get, greaterSingles, isBelow, lesserSingles, loop, multiplySingles, onFirstUse, or, repeatIf, set, signsOf, splat, splatSingle, storeAt, subtractSingles, vectorAt, vectorProgram,
  type VectorProgram,
} from '../numerics/vector-program.js';

/**
 * Passes over vectors of singles, four elements at a time where there are vectors. Every operation is
 * rounded to single, as a double result stored into an array of singles is too.
 */
const SINGLES = 16_384;
const PAGE_BYTES = 65_536;
/** Elements of one turn of a loop. */
const STEP = 16;
/** Below this many elements a plain loop is as fast. */
const SIZE_MIN = 256;

type Pass = 'finite' | 'extremes' | 'subtract' | 'scale' | 'addHalfDifference';

let pages: readonly Float32Array[] = [];

const programOnFirstUse = onFirstUse((): VectorProgram<Pass> | null => {
  const program = vectorProgram(3, sources());
  if (program !== null) {
    const { memory } = program;
    pages = [0, 1, 2].map((index) => new Float32Array(memory, index * PAGE_BYTES, SINGLES));
  }
  return program;
});

/** Null for short vectors, and where there are no vectors. */
const programFor = (size: number): VectorProgram<Pass> | null => (size < SIZE_MIN ? null : programOnFirstUse());

const MAGNITUDE = 0x7fffffff;
/** Added to the bits of a magnitude it reaches the sign bit where the exponent has all its bits set, as in NaN and infinity. */
const CARRY = 0x00800000;

/** Whether no element is NaN or infinite. */
export function allFinite(vector: Float32Array): boolean {
  const vectors = programFor(vector.length);
  if (vectors === null) return plainAllFinite(vector);
  for (let start = 0; start < vector.length; start += SINGLES) {
    const count = load(0, vector, start);
    // What an earlier call left behind the end would be looked at too.
    if (count % STEP !== 0) pages[0].fill(0, count, count + STEP);
    if (vectors.functions.finite(byteEnd(count)) !== 0) return false;
  }
  return true;
}

export function plainAllFinite(vector: Float32Array): boolean {
  const singles = new Int32Array(vector.buffer, vector.byteOffset, vector.length);
  let carried = 0;
  for (let j = 0; j < singles.length; j++) carried |= (singles[j] & MAGNITUDE) + CARRY;
  return carried >= 0;
}

/** Smallest and largest element; of zeros of both signs the first counts. At least one element. */
export function extremes(vector: Float32Array): { readonly lo: number; readonly hi: number } {
  let lo = vector[0];
  let hi = lo;
  const vectors = programFor(vector.length);
  if (vectors === null) {
    for (let j = 1; j < vector.length; j++) {
      const value = vector[j];
      if (value < lo) lo = value;
      if (value > hi) hi = value;
    }
    return { lo, hi };
  }
  for (let start = 0; start < vector.length; start += SINGLES) {
    const count = load(0, vector, start);
    if (count % STEP !== 0) pages[0].fill(vector[0], count, count + STEP);
    vectors.functions.extremes(byteEnd(count));
    for (let lane = 0; lane < 4; lane++) {
      if (pages[1][lane] < lo) lo = pages[1][lane];
      if (pages[1][lane + 4] > hi) hi = pages[1][lane + 4];
    }
  }
  return { lo: lo === 0 ? vector[vector.indexOf(0)] : lo, hi: hi === 0 ? vector[vector.indexOf(0)] : hi };
}

/** out = a - b over the length of `out`, which may be one of them. */
export function subtract(out: Float32Array, a: Float32Array, b: Float32Array): void {
  const vectors = programFor(out.length);
  if (vectors === null) {
    for (let j = 0; j < out.length; j++) out[j] = a[j] - b[j];
    return;
  }
  for (let start = 0; start < out.length; start += SINGLES) {
    load(0, a, start, out.length);
    vectors.functions.subtract(byteEnd(load(1, b, start, out.length)));
    store(out, start);
  }
}

/** out = factor a, with a factor that is a single. */
export function scale(out: Float32Array, a: Float32Array, factor: number): void {
  const vectors = programFor(out.length);
  if (vectors === null) {
    for (let j = 0; j < out.length; j++) out[j] = factor * a[j];
    return;
  }
  for (let start = 0; start < out.length; start += SINGLES) {
    vectors.functions.scale(byteEnd(load(0, a, start, out.length)), bitsOf(factor));
    store(out, start);
  }
}

/** out = a + (x - y) / 2 */
export function addHalfDifference(out: Float32Array, a: Float32Array, x: Float32Array, y: Float32Array): void {
  const vectors = programFor(out.length);
  if (vectors === null) {
    for (let j = 0; j < out.length; j++) out[j] = a[j] + Math.fround(0.5 * Math.fround(x[j] - y[j]));
    return;
  }
  for (let start = 0; start < out.length; start += SINGLES) {
    load(0, x, start, out.length);
    load(1, y, start, out.length);
    vectors.functions.addHalfDifference(byteEnd(load(2, a, start, out.length)), bitsOf(0.5));
    store(out, start);
  }
}

/** Copies the elements from `start` to a page and returns how many there are. */
function load(page: number, from: Float32Array, start: number, length = from.length): number {
  const count = Math.min(SINGLES, length - start);
  pages[page].set(from.subarray(start, start + count));
  return count;
}

function store(to: Float32Array, start: number): void {
  const count = Math.min(SINGLES, to.length - start);
  to.set(count === SINGLES ? pages[0] : pages[0].subarray(0, count), start);
}

const byteEnd = (count: number): number => 4 * STEP * Math.ceil(count / STEP);
const single = new Float32Array(1);
const singleBits = new Int32Array(single.buffer);

function bitsOf(value: number): number {
  single[0] = value;
  return singleBits[0];
}

function sources() {
  const [end, factorBits] = [0, 1];
  const offsets = [0, 16, 32, 48];
  /** Turns over the sixteen elements at byte `at`, until `end`. */
  const turns = (at: number, body: readonly number[]): number[] =>
    loop([...body, ...get(at), ...constant(4 * STEP), ...add, ...set(at), ...get(at), ...get(end), ...isBelow, ...repeatIf(0)]);
  const replaced = (at: number, value: (offset: number) => readonly number[]): number[] =>
    turns(at, offsets.flatMap((offset) => [...get(at), ...value(offset), ...storeAt(offset)]));
  const operand = (at: number, page: number, offset: number): number[] => [...get(at), ...vectorAt(page * PAGE_BYTES + offset)];

  const [lowest, highest] = [2, 3];
  const carried = { at: 1, sum: 2, magnitude: 3, carry: 4 };
  const scaled = { at: 2, factor: 3 };
  const factor = [...get(factorBits), ...splatSingle, ...set(scaled.factor)];
  return {
    finite: {
      parameters: 1, integers: 1, vectors: 3, hasResult: true,
      body: [
        ...constant(MAGNITUDE), ...splat, ...set(carried.magnitude),
        ...constant(CARRY), ...splat, ...set(carried.carry),
        ...turns(carried.at, offsets.flatMap((offset) => [
          ...operand(carried.at, 0, offset), ...get(carried.magnitude), ...and, ...get(carried.carry), ...addIntegers,
          ...get(carried.sum), ...or, ...set(carried.sum),
        ])),
        ...get(carried.sum), ...signsOf,
      ],
    },
    extremes: {
      parameters: 1, integers: 1, vectors: 2,
      body: [
        ...constant(0), ...vectorAt(0), ...set(lowest),
        ...constant(0), ...vectorAt(0), ...set(highest),
        ...turns(1, offsets.flatMap((offset) => [
          ...get(lowest), ...operand(1, 0, offset), ...lesserSingles, ...set(lowest),
          ...get(highest), ...operand(1, 0, offset), ...greaterSingles, ...set(highest),
        ])),
        ...constant(0), ...get(lowest), ...storeAt(PAGE_BYTES),
        ...constant(0), ...get(highest), ...storeAt(PAGE_BYTES + 16),
      ],
    },
    subtract: { parameters: 1, integers: 1, vectors: 0, body: replaced(1, (offset) => [...operand(1, 0, offset), ...operand(1, 1, offset), ...subtractSingles]) },
    scale: { parameters: 2, integers: 1, vectors: 1, body: [...factor, ...replaced(scaled.at, (offset) => [...operand(scaled.at, 0, offset), ...get(scaled.factor), ...multiplySingles])] },
    addHalfDifference: {
      parameters: 2, integers: 1, vectors: 1,
      body: [
        ...factor,
        ...replaced(scaled.at, (offset) => [
          ...operand(scaled.at, 2, offset),
          ...operand(scaled.at, 0, offset), ...operand(scaled.at, 1, offset), ...subtractSingles, ...get(scaled.factor), ...multiplySingles,
          ...addSingles,
        ]),
      ],
    },
  };
}
