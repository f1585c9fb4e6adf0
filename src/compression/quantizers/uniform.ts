import type { Stream } from '../../random/stream.js';

/** Equally spaced values lo, lo + step, ... lo + top step. */
export interface UniformGrid {
  readonly lo: number;
  readonly step: number;
  /** The largest code. */
  readonly top: number;
}

/** The 2^bits values from `lo` to `hi`; where these are equal the step is 0. */
export function uniformGrid(lo: number, hi: number, bits: number): UniformGrid {
  const top = (1 << bits) - 1;
  return { lo, step: (hi - lo) / top, top };
}

const UNIT_32 = 2.3283064365386963e-10;
const WORDS = new Uint32Array(4096);

/** code = floor((x - lo) / step + U[0, 1)), with 32 bits for U: unbiased to 2^-32 of a step. Values lie within the grid. */
export function stochasticCodes(values: Float32Array, grid: UniformGrid, own: Stream): Uint16Array {
  const codes = new Uint16Array(values.length);
  for (let start = 0; start < values.length; start += WORDS.length) {
    const end = Math.min(values.length, start + WORDS.length);
    own.fillUint32(end - start === WORDS.length ? WORDS : WORDS.subarray(0, end - start));
    roundAtRandom(values, start, end, grid.lo, grid.step, grid.top, codes);
  }
  return codes;
}

function roundAtRandom(values: Float32Array, start: number, end: number, lo: number, step: number, top: number, codes: Uint16Array): void {
  if (step === 0) return;
  for (let j = start; j < end; j++) {
    // Nothing is below zero: truncation is the floor.
    const code = ((values[j] - lo) / step + WORDS[j - start] * UNIT_32) | 0;
    codes[j] = code > top ? top : code;
  }
}

/** code = floor((x - lo) / step + 1/2): the nearest value, error at most step / 2. */
export function nearestCodes(values: Float32Array, { lo, step, top }: UniformGrid): Uint16Array {
  const codes = new Uint16Array(values.length);
  if (step === 0) return codes;
  for (let j = 0; j < values.length; j++) {
    const code = ((values[j] - lo) / step + 0.5) | 0;
    codes[j] = code > top ? top : code;
  }
  return codes;
}

/** x' = lo + code step, written from `offset` on. */
export function gridValues(codes: Uint16Array, { lo, step }: UniformGrid, values: Float32Array, offset: number): void {
  for (let j = 0; j < codes.length; j++) values[offset + j] = lo + codes[j] * step;
}
