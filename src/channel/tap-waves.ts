import { cos } from '../numerics/index.js';
import {
  add, addDoubles, constant, doublesOfIntegers, floorDoubles, get, integersOfDoubles, isBelow, laneAt, loop, multiplyDoubles, onFirstUse, repeatIf, set, shiftLeft, shuffleDoubles, splatDouble,
  splatDoubleAt, storeAt, subtractDoubles, vectorAt, vectorOf, vectorProgram,
  type VectorFunction,
} from '../numerics/vector-program.js';
import type { Waves } from './waves.js';

/** Plane waves of a tap: a resource block sums those of a dozen taps and more, a hundred waves at least. */
export const WAVES = 8;
/** Most taps of any profile, and the line-of-sight part. */
export const MOST_TAPS = 25;

/** Steps of the table of the circle; linear in between, it is wrong by less than 5e-6. */
const CIRCLE = 1024;
/** Cosine and sine of each step of the circle, and of one more at its end. */
const CIRCLE_TABLE = Float64Array.from({ length: 2 * (CIRCLE + 2) }, (_, index) => cos((2 * Math.PI * (((index >> 1) + (index & 1) * ((3 * CIRCLE) / 4)) % CIRCLE)) / CIRCLE));

/**
 * What a link's taps are made of, one after the other: cycles per grid point of each wave, tap by tap;
 * phase in cycles of each; amplitude of the waves of each tap. A record of its own for the copies made of it.
 */
export interface TapWaves {
  readonly taps: number;
  readonly values: Float64Array;
}

const PHASES = MOST_TAPS * WAVES;
const AMPLITUDES = 2 * PHASES;
const VALUES = AMPLITUDES + MOST_TAPS;

/** Waves of taps of those mean powers; `draw` gives cycles per grid point and phases of one tap's. */
export function tapWaves(powers: Float64Array, draw: () => Waves): TapWaves {
  const values = new Float64Array(VALUES);
  powers.forEach((power, tap) => {
    const { turns, phases } = draw();
    values.set(turns, tap * WAVES);
    values.set(phases, PHASES + tap * WAVES);
    values[AMPLITUDES + tap] = Math.sqrt(power / WAVES);
  });
  return { taps: powers.length, values };
}

/** Where the program finds things, in bytes. */
const OF_PHASES = 8 * PHASES;
const OF_AMPLITUDES = 8 * AMPLITUDES;
const OF_SUMS = 8 * (VALUES + 1);
const OF_CIRCLE = OF_SUMS + 16 * MOST_TAPS;

interface Program {
  readonly sum: VectorFunction;
  readonly values: Float64Array;
  readonly sums: Float64Array;
}

const programOnFirstUse = onFirstUse((): Program | null => {
  const vectors = vectorProgram(1, { sum: { parameters: 1, doubles: 1, integers: 5, vectors: 8, body: body() } });
  if (vectors === null) return null;
  const doubles = (at: number, count: number): Float64Array => new Float64Array(vectors.memory, at, count);
  doubles(OF_CIRCLE, CIRCLE_TABLE.length).set(CIRCLE_TABLE);
  return { sum: vectors.functions.sum, values: doubles(0, VALUES), sums: doubles(OF_SUMS, 2 * MOST_TAPS) };
});

/**
 * Sums of the waves of each tap at a grid point: a wave is at (cycles per point) * point + phase. Leaves
 * real and imaginary part of each tap side by side in `out`. In vectors where there are any: the same bits.
 */
export function tapSums(waves: TapWaves, point: number, out: Float64Array): void {
  const program = programOnFirstUse();
  if (program === null) return plainTapSums(waves, point, out);
  const { sums } = program;
  program.values.set(waves.values);
  program.sum(waves.taps, point);
  for (let i = 0; i < 2 * waves.taps; i++) out[i] = sums[i];
}

/** What the program computes, without vectors. */
export function plainTapSums({ taps, values }: TapWaves, point: number, out: Float64Array): void {
  for (let tap = 0, wave = 0; tap < taps; tap++) {
    let re = 0;
    let im = 0;
    for (const end = wave + WAVES; wave < end; wave++) {
      const cycles = values[wave] * point + values[PHASES + wave];
      const place = CIRCLE * (cycles - Math.floor(cycles));
      const step = place | 0;
      const weight = place - step;
      const at = 2 * step;
      re += CIRCLE_TABLE[at] + weight * (CIRCLE_TABLE[at + 2] - CIRCLE_TABLE[at]);
      im += CIRCLE_TABLE[at + 1] + weight * (CIRCLE_TABLE[at + 3] - CIRCLE_TABLE[at + 1]);
    }
    out[2 * tap] = values[AMPLITUDES + tap] * re;
    out[2 * tap + 1] = values[AMPLITUDES + tap] * im;
  }
}

/** Two waves at a time up to their places on the circle, then real and imaginary part of each at a time. */
function body(): number[] {
  const [taps, number, waves, amplitude, sums, first, second] = [0, 1, 2, 3, 4, 5, 6];
  const [point, steps, circle, place, weights, entry, sum, none] = [7, 8, 9, 10, 11, 12, 13, 14];
  const next = (pointer: number, bytes: number): number[] => [...get(pointer), ...constant(bytes), ...add, ...set(pointer)];
  const toEntry = (lane: number, address: number): number[] => [...get(steps), ...laneAt(lane), ...constant(4), ...shiftLeft, ...set(address)];
  const addWave = (lane: number, address: number): number[] => [
    ...get(address), ...vectorAt(OF_CIRCLE), ...set(entry),
    ...get(sum),
    ...get(entry),
    ...get(weights), ...get(weights), ...shuffleDoubles(lane, lane),
    ...get(address), ...vectorAt(OF_CIRCLE + 16), ...get(entry), ...subtractDoubles,
    ...multiplyDoubles, ...addDoubles, ...addDoubles, ...set(sum),
  ];
  const twoWaves = (at: number): number[] => [
    ...get(waves), ...vectorAt(at), ...get(point), ...multiplyDoubles, ...get(waves), ...vectorAt(OF_PHASES + at), ...addDoubles, ...set(place),
    ...get(place), ...get(place), ...floorDoubles, ...subtractDoubles, ...get(circle), ...multiplyDoubles, ...set(place),
    ...get(place), ...integersOfDoubles, ...set(steps),
    ...get(place), ...get(steps), ...doublesOfIntegers, ...subtractDoubles, ...set(weights),
    ...toEntry(0, first), ...toEntry(1, second),
    ...addWave(0, first), ...addWave(1, second),
  ];
  return [
    ...get(number), ...splatDouble, ...set(point),
    ...vectorOf(Float64Array.of(CIRCLE, CIRCLE).buffer), ...set(circle),
    // Sums take 16 bytes of a tap: where they end says when it is over.
    ...get(taps), ...constant(4), ...shiftLeft, ...set(taps),
    ...loop([
      ...get(none), ...set(sum),
      ...Array.from({ length: WAVES / 2 }, (_, pair) => twoWaves(16 * pair)).flat(),
      ...get(sums), ...get(sum), ...get(amplitude), ...splatDoubleAt(OF_AMPLITUDES), ...multiplyDoubles, ...storeAt(OF_SUMS),
      ...next(waves, 8 * WAVES), ...next(amplitude, 8), ...next(sums, 16),
      ...get(sums), ...get(taps), ...isBelow, ...repeatIf(0),
    ]),
  ];
}
