import {
  add, addDoubles, codesAt, codesOfIntegers, constant, divideDoubles, doublesOfIntegers, doublesOfSingles, floorDoubles, get, integersOfDoubles, isBelow, loop, multiplyDoubles, onFirstUse, repeatIf, set, shuffle,
  singlesOfDoubles, splatDouble, storeAt, storeHalfAt, subtractDoubles, vectorAt, vectorOf, vectorProgram,
  type VectorProgram,
} from '../../numerics/vector-program.js';

/**
 * Dithered residue classes of whole blocks (see `lattice.ts`), two elements at a time in vectors of
 * doubles: the same operations in the same order as one element takes, so the bits are the same.
 */
export interface LatticeBlock {
  /** First element in the vector and in the dither. */
  readonly offset: number;
  readonly size: number;
  /** First element in the codes. */
  readonly codesAt: number;
  readonly spacing: number;
}

/** Dither has this resolution within a spacing. */
const DITHER_UNIT = 1 / 65_536;
/** In units of the spacing, centred: -1/2 .. 1/2. */
const DITHER_LEAST = 0.5 * DITHER_UNIT - 0.5;
export const ditherOf = (word: number): number => word * DITHER_UNIT + DITHER_LEAST;

/** Elements, codes and dither of as many elements as a page holds, and room for a last vector that is not full. */
const ELEMENTS = 16_384;
const CODES_AT = 65_536 + 64;
const DITHER_AT = CODES_AT + 32_768 + 64;

type Direction = 'toClasses' | 'fromClasses';
let page = new Float32Array(0);
let codePage = new Uint16Array(0);
let ditherPage = new Uint16Array(0);

const vectors = onFirstUse((): VectorProgram<Direction> | null => {
  const program = vectorProgram(3, sources());
  if (program !== null) {
    page = new Float32Array(program.memory, 0, ELEMENTS);
    codePage = new Uint16Array(program.memory, CODES_AT, ELEMENTS);
    ditherPage = new Uint16Array(program.memory, DITHER_AT, ELEMENTS);
  }
  return program;
});

/** Writes the class (of `classes`, a power of two up to 65,536) of each element after dither. Blocks are in order and at most 16,384 long. */
export function toDitheredClasses(blocks: readonly LatticeBlock[], values: Float32Array, dither: Uint16Array, classes: number, codes: Uint16Array): void {
  const lattice = vectors();
  if (lattice === null) return plainToClasses(blocks, values, dither, classes, codes);
  for (const { first, count, some } of spans(blocks)) {
    page.set(values.subarray(first, first + count));
    ditherPage.set(dither.subarray(first, first + count));
    const firstCode = some[0].codesAt;
    let used = 0;
    for (const { offset, size, spacing } of some) {
      const at = 4 * (offset - first);
      lattice.functions.toClasses(at, at + 4 * size, CODES_AT + 2 * used, DITHER_AT + at / 2, spacing, classes, 1 / classes);
      used += size;
    }
    codes.set(codePage.subarray(0, used), firstCode);
  }
}

/** Replaces what is known by the point of each class nearest to it. */
export function fromDitheredClasses(blocks: readonly LatticeBlock[], codes: Uint16Array, dither: Uint16Array, classes: number, values: Float32Array): void {
  const lattice = vectors();
  if (lattice === null) return plainFromClasses(blocks, codes, dither, classes, values);
  for (const { first, count, some } of spans(blocks)) {
    page.set(values.subarray(first, first + count));
    ditherPage.set(dither.subarray(first, first + count));
    const firstCode = some[0].codesAt;
    let used = some.reduce((sum, { size }) => sum + size, 0);
    codePage.set(codes.subarray(firstCode, firstCode + used));
    used = 0;
    for (const { offset, size, spacing } of some) {
      const at = 4 * (offset - first);
      lattice.functions.fromClasses(at, at + 4 * size, CODES_AT + 2 * used, DITHER_AT + at / 2, spacing, classes, 1 / classes);
      used += size;
    }
    values.set(page.subarray(0, count), first);
  }
}

/** Runs of blocks that fit the pages together. A last vector may reach over the end of the last block, and of none before. */
function* spans(blocks: readonly LatticeBlock[]): Generator<{ readonly first: number; readonly count: number; readonly some: readonly LatticeBlock[] }> {
  for (let start = 0, end = 1; start < blocks.length; start = end++) {
    const first = blocks[start].offset;
    while (end < blocks.length && blocks[end - 1].size % 4 === 0 && blocks[end].offset + blocks[end].size - first <= ELEMENTS) end++;
    yield { first, count: blocks[end - 1].offset + blocks[end - 1].size - first, some: blocks.slice(start, end) };
  }
}

export function plainToClasses(blocks: readonly LatticeBlock[], values: Float32Array, dither: Uint16Array, classes: number, codes: Uint16Array): void {
  for (const { offset, size, codesAt: start, spacing } of blocks) {
    for (let i = 0; i < size; i++) {
      const index = Math.floor((values[offset + i] + ditherOf(dither[offset + i]) * spacing) / spacing + 0.5);
      codes[start + i] = index - Math.floor(index / classes) * classes;
    }
  }
}

export function plainFromClasses(blocks: readonly LatticeBlock[], codes: Uint16Array, dither: Uint16Array, classes: number, values: Float32Array): void {
  for (const { offset, size, codesAt: start, spacing } of blocks) {
    for (let i = 0; i < size; i++) {
      const shift = ditherOf(dither[offset + i]);
      const code = codes[start + i];
      const index = Math.floor((values[offset + i] / spacing + shift - code) / classes + 0.5) * classes + code;
      values[offset + i] = spacing * (index - shift);
    }
  }
}

function sources() {
  const [at, end, codes, dither, spacingOf, classesOf, shareOf] = [0, 1, 2, 3, 4, 5, 6];
  const [spacing, classes, share, singles, integers, words, shift, index, lower] = [7, 8, 9, 10, 11, 12, 13, 14, 15];
  const both = (value: number): number[] => vectorOf(Float64Array.of(value, value).buffer);
  const splats = [[spacingOf, spacing], [classesOf, classes], [shareOf, share]].flatMap(([from, to]) => [...get(from), ...splatDouble, ...set(to)]);
  /** The upper two lanes, brought down where they are wanted. */
  const half = (from: number, upper: boolean): number[] => (upper ? [...get(from), ...get(from), ...shuffle(2, 3, 2, 3)] : get(from));
  const dithered = (upper: boolean): number[] => [...half(words, upper), ...doublesOfIntegers, ...both(DITHER_UNIT), ...multiplyDoubles, ...both(DITHER_LEAST), ...addDoubles, ...set(shift)];
  const rounded = [...both(0.5), ...addDoubles, ...floorDoubles];
  const advance = (local: number, bytes: number): number[] => [...get(local), ...constant(bytes), ...add, ...set(local)];
  /** Two elements to two classes: index - floor(index / classes) classes. */
  const classesOfTwo = (upper: boolean): number[] => [
    ...dithered(upper),
    ...half(singles, upper), ...doublesOfSingles, ...get(shift), ...get(spacing), ...multiplyDoubles, ...addDoubles, ...get(spacing), ...divideDoubles, ...rounded, ...set(index),
    ...get(index), ...get(index), ...get(share), ...multiplyDoubles, ...floorDoubles, ...get(classes), ...multiplyDoubles, ...subtractDoubles, ...integersOfDoubles,
  ];
  const pointsOfTwo = (upper: boolean): number[] => [
    ...dithered(upper),
    ...half(integers, upper), ...doublesOfIntegers, ...set(index),
    ...get(spacing),
    ...half(singles, upper), ...doublesOfSingles, ...get(spacing), ...divideDoubles, ...get(shift), ...addDoubles, ...get(index), ...subtractDoubles,
    ...get(share), ...multiplyDoubles, ...rounded, ...get(classes), ...multiplyDoubles, ...get(index), ...addDoubles,
    ...get(shift), ...subtractDoubles, ...multiplyDoubles, ...singlesOfDoubles,
  ];
  const joined = (two: (upper: boolean) => number[]): number[] => [...two(false), ...set(lower), ...get(lower), ...two(true), ...shuffle(0, 1, 4, 5)];
  const fours = (body: readonly number[]): number[] => [
    ...splats,
    ...loop([
      ...get(at), ...vectorAt(0), ...set(singles),
      ...get(dither), ...codesAt(0), ...set(words),
      ...body,
      ...advance(at, 16), ...advance(codes, 8), ...advance(dither, 8),
      ...get(at), ...get(end), ...isBelow, ...repeatIf(0),
    ]),
  ];
  const locals = { parameters: 4, doubles: 3, integers: 0, vectors: 9 };
  return {
    toClasses: { ...locals, body: fours([...get(codes), ...joined(classesOfTwo), ...set(lower), ...get(lower), ...get(lower), ...codesOfIntegers, ...storeHalfAt(0)]) },
    fromClasses: { ...locals, body: fours([...get(codes), ...codesAt(0), ...set(integers), ...get(at), ...joined(pointsOfTwo), ...storeAt(0)]) },
  };
}
