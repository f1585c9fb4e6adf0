import { productError, quotientError, rootError, sumError } from './double-double.js';
import { PI_INTEGER, arctanTable, highPart, lowPart } from './fixed-point.js';
import { exponentOf, rescale } from './float-bits.js';

/**
 * Inverse functions from one kernel: the angle of the vector (x, y), both to 106 bits, by
 * arctan(y/x) = arctan(c) + arctan((y - c x) / (x + c y)) with c a multiple of 1/32.
 */
const STEPS = 32;
const TABLE_HIGH = Float64Array.from(arctanTable(STEPS), highPart);
const TABLE_LOW = Float64Array.from(arctanTable(STEPS), lowPart);
const PI_HIGH = highPart(PI_INTEGER);
const PI_LOW = lowPart(PI_INTEGER);

const TAIL = new Float64Array(1);

/** arctan((y + yLow) / (x + xLow)) for 0 <= y <= x, x in [1, 2), as value and TAIL. */
function acuteAngle(y: number, yLow: number, x: number, xLow: number): number {
  const j = Math.floor((y / x) * STEPS + 0.5);
  const c = j / STEPS;
  const cx = c * x;
  const cy = c * y;
  const numerator = y - cx;
  const numeratorLow = sumError(y, -cx, numerator) - productError(c, x, cx) + (yLow - c * xLow);
  const denominator = x + cy;
  const denominatorLow = sumError(x, cy, denominator) + productError(c, y, cy) + (xLow + c * yLow);
  const t = numerator / denominator;
  const tLow = quotientError(numerator, numeratorLow, denominator, denominatorLow, t);
  const square = t * t;
  const series = -1 / 3 + square * (1 / 5 + square * (-1 / 7 + square * (1 / 9 + square * (-1 / 11))));
  const lead = TABLE_HIGH[j] + t;
  const rest = sumError(TABLE_HIGH[j], t, lead) + (TABLE_LOW[j] + tLow + t * square * series);
  const high = lead + rest;
  TAIL[0] = rest - (high - lead);
  return high;
}

/** The angle in [0, pi] of (x + xLow, y + yLow) with y >= 0; the larger magnitude is in [1, 2). */
function angle(y: number, yLow: number, x: number, xLow: number): number {
  const across = Math.abs(x);
  const acrossLow = x < 0 ? -xLow : xLow;
  const steep = y > across;
  const acute = steep ? acuteAngle(across, acrossLow, y, yLow) : acuteAngle(y, yLow, across, acrossLow);
  if (!steep && x >= 0) return acute;
  const scale = steep ? 0.5 : 1;
  const sign = steep && x < 0 ? 1 : -1;
  const sum = scale * PI_HIGH + sign * acute;
  return sum + (sumError(scale * PI_HIGH, sign * acute, sum) + (scale * PI_LOW + sign * TAIL[0]));
}

/** The angle of the vector (x, y) in [-pi, pi] within 0.55 ulp; signed zeros and infinities as in IEEE 754. */
export function atan2(y: number, x: number): number {
  if (x !== x || y !== y) return NaN;
  const up = Math.abs(y);
  const across = Math.abs(x);
  const sign = y < 0 || Object.is(y, -0) ? -1 : 1;
  const left = x < 0 || Object.is(x, -0);
  if (up === 0) return left ? sign * PI_HIGH : y;
  if (across === 0) return (sign * PI_HIGH) / 2;
  if (across === Infinity) {
    if (up === Infinity) return sign * (left ? 0.75 * PI_HIGH : 0.25 * PI_HIGH);
    if (left) return sign * PI_HIGH;
    return sign < 0 ? -0 : 0;
  }
  if (up === Infinity) return (sign * PI_HIGH) / 2;
  const distance = exponentOf(up) - exponentOf(across);
  if (distance > 60) return (sign * PI_HIGH) / 2;
  if (distance < -60) return left ? sign * PI_HIGH : y / x;
  const exponent = distance > 0 || (distance === 0 && up > across) ? exponentOf(up) : exponentOf(across);
  return sign * angle(rescale(up, -exponent), 0, rescale(x, -exponent), 0);
}

/** Arctangent in [-pi/2, pi/2] within 0.55 ulp. */
export function atan(x: number): number {
  return atan2(x, 1);
}

const ROOT_TAIL = new Float64Array(1);

/** sqrt(1 - x^2) as value and ROOT_TAIL. */
function cosineOfSine(x: number): number {
  const square = x * x;
  const difference = 1 - square;
  const low = sumError(1, -square, difference) - productError(x, x, square);
  const high = difference + low;
  const root = Math.sqrt(high);
  ROOT_TAIL[0] = rootError(high, low - (high - difference), root);
  return root;
}

/** Arcsine in [-pi/2, pi/2] within 0.55 ulp; NaN outside [-1, 1]. */
export function asin(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude <= 1)) return NaN;
  if (magnitude < 1e-10) return x;
  const root = cosineOfSine(magnitude);
  const result = angle(2 * magnitude, 0, 2 * root, 2 * ROOT_TAIL[0]);
  return x < 0 ? -result : result;
}

/** Arccosine in [0, pi] within 0.55 ulp; NaN outside [-1, 1]. */
export function acos(x: number): number {
  if (!(Math.abs(x) <= 1)) return NaN;
  const root = cosineOfSine(x);
  return angle(2 * root, 2 * ROOT_TAIL[0], 2 * x, 0);
}
