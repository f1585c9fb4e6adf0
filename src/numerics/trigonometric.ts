import { productError, quotientError, sumError } from './double-double.js';
import { PI_INTEGER, cut, highPart, piInteger } from './fixed-point.js';
import { highWord, lowWord, rescale } from './float-bits.js';

/**
 * Sine, cosine and tangent: the argument is reduced to [-pi/4, pi/4] with its rounding error kept
 * (three-part pi/2, Cody and Waite 1980; exactly in integers where x is large or next to a
 * multiple of pi/2), then a Taylor polynomial.
 */
const HALF_PI = PI_INTEGER / 2n;
const HALF_PI_FIRST = cut(HALF_PI, 32n);
const HALF_PI_SECOND = cut(HALF_PI - HALF_PI_FIRST, 65n);
const FIRST = highPart(HALF_PI_FIRST);
const SECOND = highPart(HALF_PI_SECOND);
const THIRD = highPart(HALF_PI - HALF_PI_FIRST - HALF_PI_SECOND);
const TWO_OVER_PI = 1 / highPart(HALF_PI);
const QUARTER_PI = highPart(PI_INTEGER) / 4;
const ROUNDING = 6_755_399_441_055_744; // 1.5 * 2^52
const LARGEST_FAST = 1_600_000; // below 2^20 pi/2

/** The reduced argument and its tail. */
const REDUCED = new Float64Array(2);

/** Reduces x; returns the quadrant modulo 4. */
function reduce(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) {
    REDUCED[0] = x;
    REDUCED[1] = 0;
    return 0;
  }
  if (Math.abs(x) > LARGEST_FAST) return reduceExactly(x);
  const turns = x * TWO_OVER_PI + ROUNDING - ROUNDING;
  const first = x - turns * FIRST;
  const second = turns * SECOND;
  const difference = first - second;
  const low = sumError(first, -second, difference) - turns * THIRD;
  const r = difference + low;
  if (Math.abs(r) < 1e-8) return reduceExactly(x);
  REDUCED[0] = r;
  REDUCED[1] = low - (r - difference);
  return turns & 3;
}

const EXACT_BITS = 1280n;
let twoOverPi: bigint | undefined;

/** x modulo pi/2 from the integer that x is, times enough digits of 2/pi. */
function reduceExactly(x: number): number {
  twoOverPi ??= (1n << (2n * EXACT_BITS + 1n)) / piInteger(EXACT_BITS);
  const high = highWord(x);
  const exponent = ((high >>> 20) & 0x7ff) - 1075;
  const mantissa = (BigInt((high & 0xfffff) | 0x100000) << 32n) | BigInt(lowWord(x) >>> 0);
  const fractionBits = EXACT_BITS - BigInt(exponent);
  const product = mantissa * twoOverPi;
  const turns = (product + (1n << (fractionBits - 1n))) >> fractionBits;
  const fraction = product - (turns << fractionBits); // in [-1/2, 1/2) of a quarter turn
  const size = BigInt((fraction < 0n ? -fraction : fraction).toString(2).length);
  const dropped = size > 128n ? size - 128n : 0n;
  const angle = (fraction >> dropped) * HALF_PI;
  const shift = Number(fractionBits - dropped) + 160;
  const sign = x < 0 ? -1 : 1;
  const nearest = Number(angle);
  REDUCED[0] = sign * rescale(nearest, -shift);
  REDUCED[1] = sign * rescale(Number(angle - BigInt(nearest)), -shift);
  return sign * Number(turns & 3n) & 3;
}

/** The correction that `sineHigh` and `cosineHigh` leave. */
const TAIL = new Float64Array(1);

/** sin(r + tail) for |r| <= pi/4, as value and TAIL. */
function sineHigh(r: number, tail: number): number {
  const square = r * r;
  const series =
    -1 / 6 +
    square * (1 / 120 + square * (-1 / 5040 + square * (1 / 362880 + square * (-1 / 39916800 + square * (1 / 6227020800 +
    square * (-1 / 1307674368000 + square * (1 / 355687428096000)))))));
  const rest = r * square * series + tail * (1 - 0.5 * square);
  const high = r + rest;
  TAIL[0] = rest - (high - r);
  return high;
}

/** cos(r + tail) for |r| <= pi/4, as value and TAIL. */
function cosineHigh(r: number, tail: number): number {
  const square = r * r;
  const half = 0.5 * square;
  const series =
    1 / 24 +
    square * (-1 / 720 + square * (1 / 40320 + square * (-1 / 3628800 + square * (1 / 479001600 + square * (-1 / 87178291200 +
    square * (1 / 20922789888000))))));
  const lead = 1 - half;
  const rest = 1 - lead - half + (square * square * series - 0.5 * productError(r, r, square) - r * tail);
  const high = lead + rest;
  TAIL[0] = rest - (high - lead);
  return high;
}

/** Sine within 0.75 ulp for every finite x. */
export function sin(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  if (Math.abs(x) < 1e-10) return x;
  const quadrant = reduce(x);
  const value = (quadrant & 1) === 0 ? sineHigh(REDUCED[0], REDUCED[1]) : cosineHigh(REDUCED[0], REDUCED[1]);
  return quadrant >= 2 ? -value : value;
}

/** Cosine within 0.75 ulp for every finite x. */
export function cos(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  const quadrant = (reduce(x) + 1) & 3;
  const value = (quadrant & 1) === 0 ? sineHigh(REDUCED[0], REDUCED[1]) : cosineHigh(REDUCED[0], REDUCED[1]);
  return quadrant >= 2 ? -value : value;
}

/** Sine and cosine of x, the same as of the two functions, into the first two places of `out`. */
export function sinCos(x: number, out: Float64Array): void {
  if (!(Math.abs(x) >= 1e-10 && Math.abs(x) < Infinity)) {
    out[0] = sin(x);
    out[1] = cos(x);
    return;
  }
  const quadrant = reduce(x);
  const sine = sineHigh(REDUCED[0], REDUCED[1]);
  const cosine = cosineHigh(REDUCED[0], REDUCED[1]);
  const isTurned = (quadrant & 1) === 1;
  const first = isTurned ? cosine : sine;
  const second = isTurned ? sine : cosine;
  out[0] = quadrant >= 2 ? -first : first;
  out[1] = quadrant === 1 || quadrant === 2 ? -second : second;
}

/** Tangent within 0.85 ulp for every finite x. */
export function tan(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  if (Math.abs(x) < 1e-10) return x;
  const quadrant = reduce(x);
  const sine = sineHigh(REDUCED[0], REDUCED[1]);
  const sineLow = TAIL[0];
  const cosine = cosineHigh(REDUCED[0], REDUCED[1]);
  const cosineLow = TAIL[0];
  if ((quadrant & 1) === 0) {
    const quotient = sine / cosine;
    return quotient + quotientError(sine, sineLow, cosine, cosineLow, quotient);
  }
  const quotient = -cosine / sine;
  return quotient + quotientError(-cosine, -cosineLow, sine, sineLow, quotient);
}

