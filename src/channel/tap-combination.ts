import { cos, sin } from '../numerics/index.js';
import {
  add, addDoubles, constant, get, isBelow, loop, multiplyDoubles, repeatIf, set, shuffleDoubles, splatDoubleAt, storeAt, subtractDoubles, vectorAt, vectorProgram,
  type VectorFunction,
} from '../numerics/vector-program.js';
import type { DelayProfile } from './delay-profile.js';
import { MOST_TAPS } from './tap-waves.js';

/**
 * Sums of taps at the middles of resource blocks around a carrier. Blocks that lie alike below and above
 * it turn a tap by opposite phases: what the two have in common is summed once for the pair. Pair p is
 * the blocks p and blocks - 1 - p.
 */
export interface TapCombiner {
  /** Sums taps, real and imaginary part side by side, at the blocks of the pairs `from` to `to`; others may change. */
  readonly combine: (profile: DelayProfile, taps: Float64Array, from: number, to: number) => void;
  /** What came of it: real parts of all blocks from `ofReal` on, imaginary parts from `ofImaginary` on. */
  readonly response: Float64Array;
}

/** Pairs of blocks that are summed at a time: two vectors of them. */
const GROUP = 4;

/** Where parts of a response of that many blocks begin, with room around each for the pairs that fill up the last group. */
export function responseLayout(blocks: number): { readonly ofReal: number; readonly ofImaginary: number; readonly size: number } {
  return { ofReal: GROUP, ofImaginary: blocks + 3 * GROUP, size: 2 * (blocks + 2 * GROUP) };
}

/** Phases of taps: for each group of pairs, for each tap, cosines of the pairs and then their sines. */
const PHASORS_PER_TAP = 2 * GROUP;
const groupsOf = (blocks: number): number => Math.ceil(blocks / 2 / GROUP);
/** The line-of-sight part comes last, at no delay. */
const tapsOf = ({ delaysS, directPower }: DelayProfile): number => delaysS.length + (directPower === 0 ? 0 : 1);

function tapPhasors(profile: DelayProfile, blockHz: number, blocks: number): Float64Array {
  const { delaysS } = profile;
  const taps = tapsOf(profile);
  const phasors = new Float64Array(groupsOf(blocks) * taps * PHASORS_PER_TAP);
  for (let pair = 0; pair < GROUP * groupsOf(blocks); pair++) {
    for (let tap = 0; tap < taps; tap++) {
      const phase = tap < delaysS.length ? 2 * Math.PI * ((blocks - 1) / 2 - pair) * blockHz * delaysS[tap] : 0;
      const at = (Math.floor(pair / GROUP) * taps + tap) * PHASORS_PER_TAP + (pair % GROUP);
      phasors[at] = cos(phase);
      phasors[at + GROUP] = sin(phase);
    }
  }
  return phasors;
}

/** In vectors where there are any: the same bits. */
export function tapCombiner(blockHz: number, blocks: number): TapCombiner {
  // A pair alone is not worth a vector.
  return (blocks <= 2 ? null : combinerInVectors(blockHz, blocks)) ?? plainCombiner(blockHz, blocks);
}

/** What the program computes, without vectors. */
export function plainCombiner(blockHz: number, blocks: number): TapCombiner {
  const { ofReal, ofImaginary, size } = responseLayout(blocks);
  const response = new Float64Array(size);
  const known = new Map<DelayProfile, Float64Array>();
  return {
    response,
    combine(profile, amplitudes, from, to) {
      const taps = tapsOf(profile);
      let phasors = known.get(profile);
      if (phasors === undefined) known.set(profile, (phasors = tapPhasors(profile, blockHz, blocks)));
      for (let pair = from; pair <= to; pair++) {
        let evenRe = 0;
        let oddRe = 0;
        let evenIm = 0;
        let oddIm = 0;
        for (let tap = 0, at = Math.floor(pair / GROUP) * taps * PHASORS_PER_TAP + (pair % GROUP); tap < taps; tap++, at += PHASORS_PER_TAP) {
          evenRe += amplitudes[2 * tap] * phasors[at];
          oddRe += amplitudes[2 * tap + 1] * phasors[at + GROUP];
          evenIm += amplitudes[2 * tap + 1] * phasors[at];
          oddIm += amplitudes[2 * tap] * phasors[at + GROUP];
        }
        response[ofReal + pair] = evenRe - oddRe;
        response[ofImaginary + pair] = evenIm + oddIm;
        response[ofReal + blocks - 1 - pair] = evenRe + oddRe;
        response[ofImaginary + blocks - 1 - pair] = evenIm - oddIm;
      }
    },
  };
}

/** Where the program finds taps, in bytes; then come the response and the phasors of each profile. */
const OF_TAPS = 0;
const OF_RESPONSE = 16 * MOST_TAPS;

interface Program {
  /** All its memory. */
  readonly memory: Float64Array;
  readonly combine: VectorFunction;
  readonly taps: Float64Array;
  readonly response: Float64Array;
}

const PAGE_BYTES = 65_536;

/** A program with room for that many bytes. */
function startProgram(bytes: number, responseSize: number): Program | null {
  const vectors = vectorProgram(Math.ceil(bytes / PAGE_BYTES), { combine: { parameters: 6, integers: 1, vectors: 12, body: body() } });
  if (vectors === null) return null;
  const { memory, functions } = vectors;
  return {
    memory: new Float64Array(memory),
    combine: functions.combine,
    taps: new Float64Array(memory, OF_TAPS, 2 * MOST_TAPS),
    response: new Float64Array(memory, OF_RESPONSE, responseSize),
  };
}

function combinerInVectors(blockHz: number, blocks: number): TapCombiner | null {
  const { ofReal, ofImaginary, size } = responseLayout(blocks);
  let endBytes = OF_RESPONSE + 8 * size;
  let program = startProgram(endBytes, size);
  if (program === null) return null;
  const ofPhasors = new Map<DelayProfile, number>();

  function place(profile: DelayProfile, { memory }: Program): number {
    const phasors = tapPhasors(profile, blockHz, blocks);
    const at = endBytes;
    endBytes += phasors.byteLength;
    if (endBytes > memory.byteLength) {
      program = startProgram(2 * endBytes, size)!;
      program.memory.set(memory);
    }
    program!.memory.set(phasors, at / 8);
    ofPhasors.set(profile, at);
    return at;
  }

  return {
    get response() {
      return program!.response;
    },
    combine(profile, amplitudes, from, to) {
      const phasors = ofPhasors.get(profile) ?? place(profile, program!);
      const { taps, combine } = program!;
      const count = tapsOf(profile);
      for (let i = 0; i < 2 * count; i++) taps[i] = amplitudes[i];
      const first = Math.floor(from / GROUP);
      const groupBytes = 8 * PHASORS_PER_TAP * count;
      const below = OF_RESPONSE + 8 * (ofReal + GROUP * first);
      // The vector of two blocks ends with the upper one of the first pair.
      const above = OF_RESPONSE + 8 * (ofReal + blocks - 2 - GROUP * first);
      combine(16 * count, phasors + groupBytes * first, phasors + groupBytes * (Math.floor(to / GROUP) + 1), below, above, 8 * (ofImaginary - ofReal));
    },
  };
}

/** One group of pairs after the other: all its sums stay in registers over the taps. */
function body(): number[] {
  const [tapsEnd, phasor, phasorsEnd, below, above, toImaginary, tap] = [0, 1, 2, 3, 4, 5, 6];
  const vector = (index: number): number => 7 + index;
  const [none, re, im, other] = [0, 1, 2, 3].map(vector);
  const sumOf = (kind: number, half: number): number => vector(4 + 2 * kind + half);
  const [evenRe, oddRe, evenIm, oddIm] = [0, 1, 2, 3];
  /** The part of a tap, and whether its cosines or sines go into each kind of sum. */
  const kinds = [[re, 0], [im, 1], [im, 0], [re, 1]] as const;
  const each = (make: (kind: number, half: number) => number[]): number[] => kinds.flatMap((_, kind) => [...make(kind, 0), ...make(kind, 1)]);
  const move = (pointer: number, bytes: number): number[] => [...get(pointer), ...constant(bytes), ...add, ...set(pointer)];
  const storeHalf = (half: number): number[] => {
    const [sumRe, differenceRe] = [addDoubles, subtractDoubles].map((operation) => [...get(sumOf(evenRe, half)), ...get(sumOf(oddRe, half)), ...operation]);
    const [sumIm, differenceIm] = [addDoubles, subtractDoubles].map((operation) => [...get(sumOf(evenIm, half)), ...get(sumOf(oddIm, half)), ...operation]);
    const turned = (value: readonly number[]): number[] => [...value, ...set(other), ...get(other), ...get(other), ...shuffleDoubles(1, 0)];
    const imaginary = (pointer: number): number[] => [...get(pointer), ...get(toImaginary), ...add];
    return [
      ...get(below), ...differenceRe, ...storeAt(0),
      ...imaginary(below), ...sumIm, ...storeAt(0),
      ...get(above), ...turned(sumRe), ...storeAt(0),
      ...imaginary(above), ...turned(differenceIm), ...storeAt(0),
      ...move(below, 16), ...move(above, -16),
    ];
  };
  return loop([
    ...each((kind, half) => [...get(none), ...set(sumOf(kind, half))]),
    ...constant(0), ...set(tap),
    ...loop([
      ...get(tap), ...splatDoubleAt(OF_TAPS), ...set(re),
      ...get(tap), ...splatDoubleAt(OF_TAPS + 8), ...set(im),
      ...each((kind, half) => {
        const [part, isSine] = kinds[kind];
        return [...get(sumOf(kind, half)), ...get(part), ...get(phasor), ...vectorAt(8 * GROUP * isSine + 16 * half), ...multiplyDoubles, ...addDoubles, ...set(sumOf(kind, half))];
      }),
      ...move(phasor, 8 * PHASORS_PER_TAP), ...move(tap, 16),
      ...get(tap), ...get(tapsEnd), ...isBelow, ...repeatIf(0),
    ]),
    ...storeHalf(0), ...storeHalf(1),
    ...get(phasor), ...get(phasorsEnd), ...isBelow, ...repeatIf(0),
  ]);
}
