import { productError, quotientError, sumError } from './double-double.js';
import { LN2_INTEGER, cut, highPart, logInteger, lowPart } from './fixed-point.js';
import { highWord, powerOfTwo } from './float-bits.js';

/**
 * Logarithms by table (Tang 1990): x = 2^k z with z in [0.707, 1.414), c a ten-bit number near 1/z
 * chosen by the leading bits of z, r = z c - 1 without rounding error, |r| < 1/128, and
 * ln x = k ln2 - ln c + ln(1 + r). Around z = 1 the table holds c = 1, so nothing cancels there.
 */
const INTERVALS = 128;
const FIRST = 0x3fe6a000; // upper word of the start of the first interval, about sqrt(1/2)
const EXACT_BITS = 42n; // with at most 11 bits of k, sums and products of upper parts are exact

const LN2_CUT = cut(LN2_INTEGER, EXACT_BITS);
const LN2_HIGH = highPart(LN2_CUT);
const LN2_LOW = highPart(LN2_INTEGER - LN2_CUT);

const INVERSE = new Float64Array(INTERVALS);
const TABLE_HIGH = new Float64Array(INTERVALS);
const TABLE_LOW = new Float64Array(INTERVALS);
for (let i = 0; i < INTERVALS; i++) {
  const width = (FIRST + (i << 13)) < 0x3ff00000 ? 1 / 256 : 1 / 128;
  const base = width === 1 / 256 ? 0.5 + (((FIRST + (i << 13)) & 0xfffff) / 0x100000) / 2 : 1 + ((FIRST + (i << 13)) & 0xfffff) / 0x100000;
  const touchesOne = base === 1 || base + width === 1;
  const numerator = touchesOne ? 512 : Math.round(512 / (base + width / 2));
  INVERSE[i] = numerator / 512;
  const value = logInteger(512, numerator);
  const upper = cut(value, EXACT_BITS);
  TABLE_HIGH[i] = highPart(upper);
  TABLE_LOW[i] = highPart(value - upper);
}

/** What `reduce` found beside its result: r and the rounding error of r. */
const REDUCED = new Float64Array(2);

/** Reduces the normal positive number x + tail; returns 128 k + interval. */
function reduce(x: number, tail: number): number {
  const offset = highWord(x) - FIRST;
  const k = offset >> 20;
  const interval = (offset >> 13) & 127;
  const inverse = INVERSE[interval];
  const scale = powerOfTwo(k > 1022 ? -1022 : -k);
  const z = k > 1022 ? x * scale * powerOfTwo(1022 - k) : x * scale;
  const upper = Math.fround(z);
  const high = upper * inverse - 1;
  const low = (z - upper + tail * scale) * inverse;
  const r = high + low;
  REDUCED[0] = r;
  REDUCED[1] = sumError(high, low, r);
  return k * INTERVALS + interval;
}

/** -r^2/2 + r^3/3 - ... without its first term: (ln(1 + r) - r + r^2/2) / r^3 for |r| < 1/128. */
function cubicSeries(r: number): number {
  return (
    1 / 3 + r * (-1 / 4 + r * (1 / 5 + r * (-1 / 6 + r * (1 / 7 + r * (-1 / 8 + r * (1 / 9 + r * (-1 / 10 + r * (1 / 11))))))))
  );
}

function logReduced(reduced: number, exponentShift: number): number {
  const k = (reduced >> 7) + exponentShift;
  const interval = reduced & 127;
  const r = REDUCED[0];
  const upper = k * LN2_HIGH + TABLE_HIGH[interval];
  const sum = upper + r;
  const low = sumError(upper, r, sum) + (REDUCED[1] + TABLE_LOW[interval] + k * LN2_LOW);
  return sum + (low + r * r * (-0.5 + r * cubicSeries(r)));
}

/** Handles zero, negative, infinite and NaN arguments of a logarithm. */
function logSpecial(x: number): number {
  if (x === 0) return -Infinity;
  return x > 0 ? x : NaN;
}

const TWO54 = 18_014_398_509_481_984;
const LEAST_NORMAL = 2.2250738585072014e-308;

/** Natural logarithm within 0.53 ulp. */
export function log(x: number): number {
  if (!(x >= LEAST_NORMAL && x < Infinity)) {
    return x > 0 && x < Infinity ? logReduced(reduce(x * TWO54, 0), -54) : logSpecial(x);
  }
  return logReduced(reduce(x, 0), 0);
}

/** ln(1 + x) within 0.53 ulp, also where x is near zero. */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (Math.abs(x) < 1e-150) return x;
  if (x > TWO54) return log(x);
  const sum = 1 + x;
  return logReduced(reduce(sum, sumError(1, x, sum)), 0);
}

const TAIL = new Float64Array(1);

/** The part of the logarithm that the value returned by `logHigh` or `logOfFraction` leaves out. */
export function logLow(): number {
  return TAIL[0];
}

/** ln of the reduced argument without its k ln2, as value and tail (`logLow`), good to about 2^-68 of it. */
function logOfFraction(interval: number): number {
  const r = REDUCED[0];
  const square = r * r;
  const upper = TABLE_HIGH[interval];
  const sum = upper + r;
  const withSquare = sum - 0.5 * square;
  const low =
    sumError(upper, r, sum) +
    sumError(sum, -0.5 * square, withSquare) +
    (REDUCED[1] - r * REDUCED[1] + TABLE_LOW[interval] - 0.5 * productError(r, r, square) + square * r * cubicSeries(r));
  const high = withSquare + low;
  TAIL[0] = low - (high - withSquare);
  return high;
}

/** Natural logarithm of a positive finite x as value and tail (`logLow`), together good to about 67 bits. */
export function logHigh(x: number): number {
  const subnormal = x < LEAST_NORMAL;
  const reduced = reduce(subnormal ? x * TWO54 : x, 0);
  const k = (reduced >> 7) - (subnormal ? 54 : 0);
  const fraction = logOfFraction(reduced & 127);
  const upper = k * LN2_HIGH;
  const sum = upper + fraction;
  const low = sumError(upper, fraction, sum) + (TAIL[0] + k * LN2_LOW);
  const high = sum + low;
  TAIL[0] = low - (high - sum);
  return high;
}

const LN10_INTEGER = 3n * LN2_INTEGER + logInteger(10, 8);

/** log2(x) within 0.52 ulp; exact for powers of two. */
export function log2(x: number): number {
  if (!(x > 0 && x < Infinity)) return logSpecial(x);
  const subnormal = x < LEAST_NORMAL;
  const reduced = reduce(subnormal ? x * TWO54 : x, 0);
  const k = (reduced >> 7) - (subnormal ? 54 : 0);
  const fraction = logOfFraction(reduced & 127);
  const quotient = fraction / LN2_NEAREST;
  const correction = quotientError(fraction, TAIL[0], LN2_NEAREST, LN2_REST, quotient);
  const sum = k + quotient;
  return sum + (sumError(k, quotient, sum) + correction);
}

const LN2_NEAREST = highPart(LN2_INTEGER);
const LN2_REST = lowPart(LN2_INTEGER);
const LN10_NEAREST = highPart(LN10_INTEGER);
const LN10_REST = lowPart(LN10_INTEGER);

/** log10(x) within 0.52 ulp; exact for powers of ten. */
export function log10(x: number): number {
  if (!(x > 0 && x < Infinity)) return logSpecial(x);
  const high = logHigh(x);
  const quotient = high / LN10_NEAREST;
  return quotient + quotientError(high, TAIL[0], LN10_NEAREST, LN10_REST, quotient);
}
