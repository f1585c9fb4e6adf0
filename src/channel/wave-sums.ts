import {
  add, addDoubles, constant, get, isBelow, loop, multiplyDoubles, onFirstUse, repeatIf, set, shuffleDoubles, splatDoubleAt, storeAt, vectorAt, vectorProgram,
  type VectorFunction,
} from '../numerics/vector-program.js';

/** Waves that are summed in one pass: as many chains of rotations run side by side. */
const ABREAST = 4;
/** Of one wave: real and imaginary part at the start; cosine of its step; minus and plus its sine. */
export const WAVE_VALUES = 5;
/** Most waves and points of a sum. */
const MOST_WAVES = 32;
const MOST_POINTS = 160;

const OF_WAVES = 0;
const WAVE_BYTES = 8 * WAVE_VALUES;
const OF_SUMS = MOST_WAVES * WAVE_BYTES;

interface Program {
  readonly rotate: VectorFunction;
  readonly waves: Float64Array;
  readonly sums: Float64Array;
}

const programOnFirstUse = onFirstUse((): Program | null => {
  const vectors = vectorProgram(1, { rotate: { parameters: 2, integers: 2, vectors: 2 + 3 * ABREAST, body: body() } });
  if (vectors === null) return null;
  return { rotate: vectors.functions.rotate, waves: new Float64Array(vectors.memory, OF_WAVES, MOST_WAVES * WAVE_VALUES), sums: new Float64Array(vectors.memory, OF_SUMS, 2 * MOST_POINTS) };
});

/**
 * Sums of waves at successive points, into `out`, real and imaginary part side by side: each wave is
 * rotated from one point to the next. Every point adds up its waves in their order. The waves (a multiple
 * of four, at most 32, `WAVE_VALUES` each) and at most 160 points. In vectors where there are any: the same bits.
 */
export function rotatedSums(waves: Float64Array, out: Float64Array): void {
  const program = programOnFirstUse();
  if (program === null) return plainRotatedSums(waves, out);
  program.waves.set(waves);
  program.rotate(8 * waves.length, OF_SUMS + 8 * out.length);
  out.set(out.length === program.sums.length ? program.sums : program.sums.subarray(0, out.length));
}

/** What the program computes, without vectors. */
export function plainRotatedSums(waves: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (let wave = 0; wave < waves.length; wave += WAVE_VALUES) {
    let re = waves[wave];
    let im = waves[wave + 1];
    const cosine = waves[wave + 2];
    const sine = waves[wave + 4];
    for (let i = 0; i < out.length; i += 2) {
      out[i] += re;
      out[i + 1] += im;
      const next = re * cosine - im * sine;
      im = re * sine + im * cosine;
      re = next;
    }
  }
}

/** A complex number is a vector; v times (c, s) is v c plus the turned over v times (-s, s). */
function body(): number[] {
  const [wavesEnd, sumsEnd, wave, point] = [0, 1, 2, 3];
  const vector = (index: number): number => 4 + index;
  const [sum, none] = [0, 1].map(vector);
  const each = (make: (value: number, cosine: number, sines: number, at: number) => number[]): number[] =>
    Array.from({ length: ABREAST }, (_, i) => make(vector(2 + 3 * i), vector(3 + 3 * i), vector(4 + 3 * i), i * WAVE_BYTES)).flat();
  const move = (pointer: number, bytes: number): number[] => [...get(pointer), ...constant(bytes), ...add, ...set(pointer)];
  return [
    ...constant(OF_SUMS), ...set(point),
    ...loop([...get(point), ...get(none), ...storeAt(0), ...move(point, 16), ...get(point), ...get(sumsEnd), ...isBelow, ...repeatIf(0)]),
    ...loop([
      ...each((value, cosine, sines, at) => [
        ...get(wave), ...vectorAt(OF_WAVES + at), ...set(value),
        ...get(wave), ...splatDoubleAt(OF_WAVES + at + 16), ...set(cosine),
        ...get(wave), ...vectorAt(OF_WAVES + at + 24), ...set(sines),
      ]),
      ...constant(OF_SUMS), ...set(point),
      ...loop([
        ...get(point), ...vectorAt(0), ...set(sum),
        ...each((value, cosine, sines) => [
          ...get(sum), ...get(value), ...addDoubles, ...set(sum),
          ...get(value), ...get(cosine), ...multiplyDoubles,
          ...get(value), ...get(value), ...shuffleDoubles(1, 0), ...get(sines), ...multiplyDoubles,
          ...addDoubles, ...set(value),
        ]),
        ...get(point), ...get(sum), ...storeAt(0),
        ...move(point, 16),
        ...get(point), ...get(sumsEnd), ...isBelow, ...repeatIf(0),
      ]),
      ...move(wave, ABREAST * WAVE_BYTES),
      ...get(wave), ...get(wavesEnd), ...isBelow, ...repeatIf(0),
    ]),
  ];
}
