import { productError } from './double-double.js';
import { exp, expWithTail } from './exponential.js';

const TWO_OVER_SQRT_PI = 1.1283791670955126;
const STEP = 0.5;
const NODES = 13;
const NODE_SQUARES = Float64Array.from({ length: NODES }, (_, n) => ((n + 1) * STEP) * ((n + 1) * STEP));
const NODE_WEIGHTS = NODE_SQUARES.map((square) => exp(-square));

/** e^(-scale x^2), with the rounding error of x^2 carried along; scale a power of two. */
function gaussian(x: number, scale: number): number {
  const square = x * x;
  return expWithTail(-scale * square, -scale * productError(x, x, square));
}

/** Error function by the all-positive Kummer series, for |x| below 1. */
function erfSeries(x: number): number {
  const twiceSquare = 2 * x * x;
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= twiceSquare / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * x * gaussian(x, 1) * sum;
}

/**
 * e^(x^2) erfc(x) for x >= 0.5 by the trapezoidal rule with step 1/2 and the correction for the
 * pole (Matta and Reichel 1971); the error of the rule is below 1e-17.
 */
function erfcScaled(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let n = NODES - 1; n >= 0; n--) sum += NODE_WEIGHTS[n] / (square + NODE_SQUARES[n]);
  const rule = ((2 * STEP) / Math.PI) * x * (0.5 / square + sum);
  return x < Math.PI / STEP ? rule - 2 / ((exp((2 * Math.PI * x) / STEP) - 1) * gaussian(x, 1)) : rule;
}

/** erf(x) = 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x, within 4 ulp. */
export function erf(x: number): number {
  if (Math.abs(x) < 1) return Math.abs(x) < 1e-150 ? x * TWO_OVER_SQRT_PI : erfSeries(x);
  if (x < 0) return -erf(-x);
  return x > 6 ? 1 : 1 - gaussian(x, 1) * erfcScaled(x);
}

/** erfc(x) = 1 - erf(x) within 6 ulp, also where it is small; subnormal beyond x = 26.5. */
export function erfc(x: number): number {
  if (x < 0.5) return 1 - erf(x);
  return x > 28 ? 0 : gaussian(x, 1) * erfcScaled(x);
}

/** Q(x), the probability that a standard normal variable exceeds x, within 8 ulp. */
export function qFunction(x: number): number {
  const scaled = x * Math.SQRT1_2;
  if (x < 0.8) return 0.5 * erfc(scaled);
  return x > 39 ? 0 : 0.5 * gaussian(x, 0.5) * erfcScaled(scaled);
}
