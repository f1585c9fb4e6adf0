/**
 * Small programs of 128-bit vectors, assembled where they are used: plain code of the engine has neither
 * vectors nor products of two 32-bit integers in 64 bits. Encoding: WebAssembly Core Specification 2.0,
 * chapter 5. A program is one or more functions of 32-bit integers and doubles over its own memory; its
 * arithmetic is exact or rounded once per operation, so it gives the same bits everywhere.
 */
export interface VectorProgram<Name extends string = 'run'> {
  /** What the functions read and write. */
  readonly memory: ArrayBuffer;
  readonly functions: Readonly<Record<Name, VectorFunction>>;
}

/** Its result is 0 where the source has none. */
export type VectorFunction = (...parameters: readonly number[]) => number;

export interface VectorSource {
  /** Local variables: integer parameters first, then double parameters, other 32-bit integers, and vectors. */
  readonly parameters: number;
  readonly doubles?: number;
  readonly integers: number;
  readonly vectors: number;
  /** Leaves an integer, the result. */
  readonly hasResult?: boolean;
  readonly body: readonly number[];
}

/** What is used of the WebAssembly interface; Node's own types leave it out. */
interface Runtime {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new <Name extends string>(module: object) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } & Readonly<Record<Name, VectorFunction>> };
}

/** `pages` are of 64 KiB. Null where the runtime has no vectors. */
export function vectorProgram<Name extends string>(pages: number, sources: Readonly<Record<Name, VectorSource>>): VectorProgram<Name> | null {
  const runtime: Runtime | undefined = Reflect.get(globalThis, 'WebAssembly');
  const bytes = Uint8Array.from(moduleOf(pages, sources));
  if (runtime?.validate(bytes) !== true) return null;
  const { exports } = new runtime.Instance<Name>(new runtime.Module(bytes));
  return { memory: exports.memory.buffer, functions: exports };
}

/** What `start` gives, which is asked when it is wanted first: most runs need few of the programs. */
export function onFirstUse<Started>(start: () => Started): () => Started {
  let made: { readonly started: Started } | null = null;
  return () => {
    made ??= { started: start() };
    return made.started;
  };
}

const I32 = 0x7f;
const F64 = 0x7c;
const V128 = 0x7b;
const VECTOR = 0xfd;
const ALIGNED_16 = 4;
const ALIGNED_8 = 3;
const ALIGNED_2 = 1;
const NO_RESULT = 0x40;

export const get = (local: number): number[] => [0x20, local];
export const set = (local: number): number[] => [0x21, local];
export const constant = (value: number): number[] => [0x41, ...signed(value)];
export const add = [0x6a];
export const shiftLeft = [0x74];
export const shiftRight = [0x76];
export const isBelow = [0x49];
/** Goes back to the start of the loop (0: the innermost) where the integer before is not 0. */
export const repeatIf = (depth: number): number[] => [0x0d, depth];
export const loop = (body: readonly number[]): number[] => [0x03, NO_RESULT, ...body, 0x0b];
/** Runs the body where the integer before is not 0. */
export const when = (body: readonly number[]): number[] => [0x04, NO_RESULT, ...body, 0x0b];

export const vectorAt = (offset: number): number[] => [VECTOR, 0x00, ALIGNED_16, ...unsigned(offset)];
/** The two bytes there in all eight halves of lanes. */
export const splatHalfAt = (offset: number): number[] => [VECTOR, 0x08, ALIGNED_2, ...unsigned(offset)];
/** Four 16-bit codes as 32-bit lanes. */
export const codesAt = (offset: number): number[] => [VECTOR, 0x04, ALIGNED_8, ...unsigned(offset)];
/** The lower eight bytes. */
export const storeHalfAt = (offset: number): number[] => [VECTOR, 0x5b, ALIGNED_8, ...unsigned(offset), 0];
/** The double there in both lanes. */
export const splatDoubleAt = (offset: number): number[] => [VECTOR, 0x0a, ALIGNED_8, ...unsigned(offset)];
export const storeAt = (offset: number): number[] => [VECTOR, 0x0b, ALIGNED_16, ...unsigned(offset)];
export const splat = [VECTOR, 0x11];
/** The four lanes of the single that an integer's bits are. */
export const splatSingle = [0xbe, VECTOR, 0x13];
export const vectorOf = (bytes: ArrayBuffer): number[] => [VECTOR, 0x0c, ...new Uint8Array(bytes)];
/** Four 32-bit lanes out of eight of two vectors. */
export const shuffle = (...lanes: readonly number[]): number[] => [VECTOR, 0x0d, ...lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3])];
/** Two 64-bit lanes out of four of two vectors. */
export const shuffleDoubles = (...lanes: readonly number[]): number[] => shuffle(...lanes.flatMap((lane) => [2 * lane, 2 * lane + 1]));
/** The 32-bit integer in that lane. */
export const laneAt = (lane: number): number[] => [VECTOR, 0x1b, lane];
export const and = [VECTOR, 0x4e];
export const or = [VECTOR, 0x50];
export const xor = [VECTOR, 0x51];
export const addIntegers = [VECTOR, 0xae, 0x01];
export const multiplyIntegers = [VECTOR, 0xb5, 0x01];
export const productsOfLowLanes = [VECTOR, 0xde, 0x01];
export const productsOfHighLanes = [VECTOR, 0xdf, 0x01];
export const addSingles = [VECTOR, 0xe4, 0x01];
export const subtractSingles = [VECTOR, 0xe5, 0x01];
export const multiplySingles = [VECTOR, 0xe6, 0x01];
/** The second where it is below (above) the first, else the first, NaN or not. */
export const lesserSingles = [VECTOR, 0xea, 0x01];
export const greaterSingles = [VECTOR, 0xeb, 0x01];
/** The four sign bits of lanes as an integer. */
export const signsOf = [VECTOR, 0xa4, 0x01];
/** Both lanes of the double before. */
export const splatDouble = [VECTOR, 0x14];
export const addDoubles = [VECTOR, 0xf0, 0x01];
export const subtractDoubles = [VECTOR, 0xf1, 0x01];
export const multiplyDoubles = [VECTOR, 0xf2, 0x01];
export const divideDoubles = [VECTOR, 0xf3, 0x01];
export const floorDoubles = [VECTOR, 0x75];
/** Two doubles out of the lower two singles, or unsigned integers; and back to the lower two lanes, with zeros above. */
export const doublesOfSingles = [VECTOR, 0x5f];
export const doublesOfIntegers = [VECTOR, 0xff, 0x01];
export const singlesOfDoubles = [VECTOR, 0x5e];
/** Truncated; what no 32-bit integer holds goes to the nearest one. */
export const integersOfDoubles = [VECTOR, 0xfc, 0x01];
/** Eight 16-bit codes out of the lanes of two vectors of integers from 0 to 65,535. */
export const codesOfIntegers = [VECTOR, 0x86, 0x01];

function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  return (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40) ? [low] : [low | 0x80, ...signed(rest)];
}

const counted = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
const named = (name: string, kind: number, index: number): number[] => [...sized(Array.from(name, (letter) => letter.codePointAt(0)!)), kind, index];

function moduleOf(pages: number, sources: Readonly<Record<string, VectorSource>>): number[] {
  const all = Object.entries(sources);
  const types = all.map(([, { parameters, doubles = 0, hasResult = false }]) => [
    0x60,
    ...counted([...Array.from({ length: parameters }, () => [I32]), ...Array.from({ length: doubles }, () => [F64])]),
    ...counted(hasResult ? [[I32]] : []),
  ]);
  const code = all.map(([, { integers, vectors, body }]) => sized([...counted([[...unsigned(integers), I32], [...unsigned(vectors), V128]]), ...body, 0x0b]));
  return [
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, counted(types)),
    ...section(3, counted(all.map((_, index) => unsigned(index)))),
    ...section(5, counted([[0, ...unsigned(pages)]])),
    ...section(7, counted([named('memory', 2, 0), ...all.map(([name], index) => named(name, 0, index))])),
    ...section(10, counted(code)),
  ];
}
