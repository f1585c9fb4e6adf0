import {
  add, addSingles, and, constant, get, isBelow, loop, multiplyIntegers, multiplySingles, onFirstUse, repeatIf, set, shiftLeft, shiftRight, shuffle, splat, splatHalfAt, splatSingle, storeAt, subtractSingles,
  vectorAt, vectorOf, vectorProgram, when, xor,
  type VectorProgram,
} from '../../numerics/vector-program.js';

/** One page of memory; the signs are on another. */
const SINGLES = 16_384;
const PAGE_BYTES = 65_536;
/** Vectors take blocks from here on. */
const SIZE_MIN = 16;

let page = new Float32Array(0);
let signPage = new Uint8Array(0);
const programOnFirstUse = onFirstUse((): VectorProgram | null => {
  const program = vectorProgram(2, { run: { parameters: 5, integers: 9, vectors: 8, body: body() } });
  if (program !== null) {
    page = new Float32Array(program.memory, 0, SINGLES);
    signPage = new Uint8Array(program.memory, PAGE_BYTES);
  }
  return program;
});

/** Random signs of all elements of an array, one bit each, least significant first; 1 is -1. */
export interface Signs {
  readonly words: Uint32Array;
  /** Whether they go on what is transformed or on what comes of it. */
  readonly isBefore: boolean;
}

/**
 * Orthonormal Walsh-Hadamard transforms in place, each its own inverse, of successive blocks of `size`
 * elements (a power of two, at most 16,384). Elements are scaled first; every sum is rounded to single.
 * With signs, `offset` is a multiple of 16 or `size` is below 16.
 */
export function walshTransforms(data: Float32Array, offset: number, size: number, blocks: number, signs: Signs | null = null): void {
  const program = programOnFirstUse();
  const scale = Math.fround(1 / Math.sqrt(size));
  if (program === null || size < SIZE_MIN) {
    if (signs?.isBefore === true) applySigns(data, offset, size * blocks, signs.words);
    for (let block = 0; block < blocks; block++) plainTransform(data, offset + block * size, size, scale);
    if (signs?.isBefore === false) applySigns(data, offset, size * blocks, signs.words);
    return;
  }
  const atOnce = SINGLES / size;
  for (let done = 0; done < blocks; done += atOnce) {
    const count = Math.min(atOnce, blocks - done) * size;
    const part = data.subarray(offset + done * size, offset + done * size + count);
    page.set(part);
    if (signs !== null) signPage.set(new Uint8Array(signs.words.buffer, signs.words.byteOffset + (offset + done * size) / 8, count / 8));
    program.functions.run(4 * count, 4 * size, bitsOf(scale), Number(signs?.isBefore === true), Number(signs?.isBefore === false));
    part.set(count === SINGLES ? page : page.subarray(0, count));
  }
}

const bitsOf = (single: number): number => new Int32Array(Float32Array.of(single).buffer)[0];

const SIGN_BIT = 1 << 31;

/** Turns over the sign bits of the singles whose bit is set. */
function applySigns(data: Float32Array, offset: number, count: number, words: Uint32Array): void {
  const singles = new Int32Array(data.buffer, data.byteOffset, data.length);
  for (let j = offset; j < offset + count; j++) singles[j] ^= (words[j >>> 5] << (31 - (j & 31))) & SIGN_BIT;
}

/** What the program computes, without vectors. */
export function plainTransform(data: Float32Array, offset: number, size: number, scale: number): void {
  const end = offset + size;
  for (let j = offset; j < end; j++) data[j] *= scale;
  for (let half = 1; half < size; half *= 2) {
    for (let start = offset; start < end; start += 2 * half) {
      for (let j = start; j < start + half; j++) {
        const a = data[j];
        const b = data[j + half];
        data[j] = a + b;
        data[j + half] = a - b;
      }
    }
  }
}

function body(): number[] {
  const [end, blockBytes, scaleBits, hasSignsBefore, hasSignsAfter, base, at, stop, half, start, blockEnd, at1, at2, at3] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13];
  const [scale, a, b, c, d, difference, signs, signBits] = [14, 15, 16, 17, 18, 19, 20, 21];

  const plus = (target: number, left: number, right: number): number[] => [...get(left), ...get(right), ...add, ...set(target)];
  /** (x, y) to (x + y, x - y). */
  const butterfly = (x: number, y: number): number[] => [
    ...get(x), ...get(y), ...subtractSingles, ...set(difference),
    ...get(x), ...get(y), ...addSingles, ...set(x),
    ...get(difference), ...set(y),
  ];
  /** The butterfly between lanes: each lane's partner, plus the lane with its sign. */
  const within = (x: number, partners: readonly number[], signs: readonly number[]): number[] => [
    ...get(x), ...get(x), ...shuffle(...partners),
    ...get(x), ...vectorOf(Float32Array.from(signs).buffer), ...multiplySingles, ...addSingles, ...set(x),
  ];
  const four = [a, b, c, d];
  const firstFourLevels = loop([
    ...four.flatMap((x, index) => [
      ...get(at), ...vectorAt(16 * index), ...get(scale), ...multiplySingles, ...set(x),
      ...within(x, [1, 0, 3, 2], [1, -1, 1, -1]),
      ...within(x, [2, 3, 0, 1], [1, 1, -1, -1]),
    ]),
    ...butterfly(a, b), ...butterfly(c, d), ...butterfly(a, c), ...butterfly(b, d),
    ...four.flatMap((x, index) => [...get(at), ...get(x), ...storeAt(16 * index)]),
    ...get(at), ...constant(64), ...add, ...set(at),
    ...get(at), ...get(blockEnd), ...isBelow, ...repeatIf(0),
  ]);
  const load = (address: number, x: number): number[] => [...get(address), ...vectorAt(0), ...set(x)];
  const store = (address: number, x: number): number[] => [...get(address), ...get(x), ...storeAt(0)];
  const next = [...get(at), ...constant(16), ...add, ...set(at), ...get(at), ...get(stop), ...isBelow, ...repeatIf(0)];
  const twoLevels = loop([
    ...plus(at1, at, half), ...plus(at2, at1, half), ...plus(at3, at2, half),
    ...load(at, a), ...load(at1, b), ...load(at2, c), ...load(at3, d),
    ...butterfly(a, b), ...butterfly(c, d), ...butterfly(a, c), ...butterfly(b, d),
    ...store(at, a), ...store(at1, b), ...store(at2, c), ...store(at3, d),
    ...next,
  ]);
  const oneLevel = loop([...plus(at1, at, half), ...load(at, a), ...load(at1, b), ...butterfly(a, b), ...store(at, a), ...store(at1, b), ...next]);
  /** half of a quarter of the block or less: two more levels are left at least. */
  const hasTwoLevels = [...get(half), ...constant(1), ...shiftLeft, ...get(blockBytes), ...isBelow];
  /** Sixteen elements to two bytes of signs; a product by a power of two brings each bit to the top of its lane. */
  const turned = [
    ...constant(0), ...set(at),
    ...loop([
      ...get(at), ...constant(5), ...shiftRight, ...splatHalfAt(PAGE_BYTES), ...set(signs),
      ...four.flatMap((_, index) => [
        ...get(at),
        ...get(at), ...vectorAt(16 * index),
        ...get(signs), ...vectorOf(Int32Array.from([31, 30, 29, 28], (shift) => 1 << (shift - 4 * index)).buffer), ...multiplyIntegers, ...get(signBits), ...and,
        ...xor, ...storeAt(16 * index),
      ]),
      ...get(at), ...constant(64), ...add, ...set(at),
      ...get(at), ...get(end), ...isBelow, ...repeatIf(0),
    ]),
  ];
  return [
    ...get(scaleBits), ...splatSingle, ...set(scale),
    ...constant(SIGN_BIT), ...splat, ...set(signBits),
    ...get(hasSignsBefore), ...when(turned),
    ...loop([
      ...plus(blockEnd, base, blockBytes),
      ...get(base), ...set(at),
      ...firstFourLevels,
      ...constant(64), ...set(half),
      ...hasTwoLevels, ...when(loop([
        ...get(base), ...set(start),
        ...loop([
          ...get(start), ...set(at),
          ...plus(stop, start, half),
          ...twoLevels,
          ...get(start), ...get(half), ...constant(2), ...shiftLeft, ...add, ...set(start),
          ...get(start), ...get(blockEnd), ...isBelow, ...repeatIf(0),
        ]),
        ...get(half), ...constant(2), ...shiftLeft, ...set(half),
        ...hasTwoLevels, ...repeatIf(0),
      ])),
      ...get(half), ...get(blockBytes), ...isBelow, ...when([
        ...get(base), ...set(at),
        ...plus(stop, base, half),
        ...oneLevel,
      ]),
      ...get(blockEnd), ...set(base),
      ...get(base), ...get(end), ...isBelow, ...repeatIf(0),
    ]),
    ...get(hasSignsAfter), ...when(turned),
  ];
}
