import { productError, sumError } from './double-double.js';
import { LN2_INTEGER, cut, expInteger, highPart, lowPart } from './fixed-point.js';
import { powerOfTwo, scaleByPowerOfTwo } from './float-bits.js';

/**
 * The exponential by table and short polynomial (Tang 1989): x = (64 e + j) ln2/64 + r with
 * |r| < 0.0055, e^x = 2^e T[j] e^r, where T[j] = 2^(j/64) is held to 106 bits.
 */
const STEPS = 64;
const STEPS_PER_UNIT = STEPS / highPart(LN2_INTEGER);
const STEP = LN2_INTEGER / BigInt(STEPS);
// 35 fraction bits times the at most 17 bits of a step number is exact.
const STEP_CUT = cut(STEP, 35n);
const STEP_HIGH = highPart(STEP_CUT);
const STEP_LOW = highPart(STEP - STEP_CUT);
const ROUNDING = 6_755_399_441_055_744; // 1.5 * 2^52: adding and taking away rounds to an integer

const TABLE_HIGH = new Float64Array(STEPS);
const TABLE_LOW = new Float64Array(STEPS);
for (let j = 0; j < STEPS; j++) {
  const value = expInteger(STEP * BigInt(j));
  TABLE_HIGH[j] = highPart(value);
  TABLE_LOW[j] = lowPart(value);
}

const OVERFLOW = 709.782712893384;
const UNDERFLOW = -745.1332191019412;

/** e^(x + tail) for |tail| of at most an ulp or so of x; x must not be NaN. */
export function expWithTail(x: number, tail: number): number {
  if (x > OVERFLOW) return Infinity;
  if (x < UNDERFLOW) return 0;
  const steps = x * STEPS_PER_UNIT + ROUNDING - ROUNDING;
  const r = x - steps * STEP_HIGH - steps * STEP_LOW + tail;
  const j = steps & 63;
  const scale = TABLE_HIGH[j];
  const expm1OfR = r + r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
  const fraction = scale + (TABLE_LOW[j] + scale * expm1OfR);
  return scaleByPowerOfTwo(fraction, steps >> 6);
}

/** e^x within 0.52 ulp; a subnormal result within 1 unit of its spacing. */
export function exp(x: number): number {
  return x === x ? expWithTail(x, 0) : x;
}

const TAIL = new Float64Array(1);

/** The part of e^x - 1 that the value returned by `expm1High` leaves out. */
export function expm1Low(): number {
  return TAIL[0];
}

/** e^x - 1 as a value and a small correction (`expm1Low`), together good to about 60 bits; |x| < 700. */
export function expm1High(x: number): number {
  if (Math.abs(x) < 0.25) {
    const square = x * x;
    const series =
      1 / 6 +
      x * (1 / 24 + x * (1 / 120 + x * (1 / 720 + x * (1 / 5040 + x * (1 / 40320 + x * (1 / 362880 + x * (1 / 3628800 +
      x * (1 / 39916800 + x * (1 / 479001600 + x * (1 / 6227020800 + x * (1 / 87178291200)))))))))));
    const half = 0.5 * square;
    const sum = x + half;
    const rest = half - (sum - x) + (0.5 * productError(x, x, square) + square * x * series);
    const high = sum + rest;
    TAIL[0] = rest - (high - sum);
    return high;
  }
  const steps = x * STEPS_PER_UNIT + ROUNDING - ROUNDING;
  const r = x - steps * STEP_HIGH - steps * STEP_LOW;
  const j = steps & 63;
  const power = powerOfTwo(steps >> 6);
  const scale = TABLE_HIGH[j] * power;
  const expm1OfR = r + r * r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720)))));
  const lessOne = scale - 1;
  const rest = sumError(scale, -1, lessOne) + TABLE_LOW[j] * power + scale * expm1OfR;
  const high = lessOne + rest;
  TAIL[0] = rest - (high - lessOne);
  return high;
}

/** e^x - 1 within 0.55 ulp, also where x is near zero. */
export function expm1(x: number): number {
  if (!(Math.abs(x) < 700)) return x < 0 ? -1 : exp(x);
  if (x < -38) return -1;
  return Math.abs(x) < 1e-150 ? x : expm1High(x);
}
