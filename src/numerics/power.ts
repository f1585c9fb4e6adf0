import { productError, rootError, sumError } from './double-double.js';
import { expWithTail } from './exponential.js';
import { exponentOf, rescale, scaleByPowerOfTwo } from './float-bits.js';
import { logHigh, logLow } from './logarithm.js';

/** x^y for a positive finite x and a finite y. */
function positivePower(x: number, y: number): number {
  const high = logHigh(x);
  const product = high * y;
  if (product > 710) return Infinity;
  if (product < -746) return 0;
  if (Math.abs(product) < 1e-30) return 1 + product;
  return expWithTail(product, productError(high, y, product) + logLow() * y);
}

/** x^y within 0.53 ulp, with the special cases of the language's own power. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x !== x || y !== y) return NaN;
  const magnitude = Math.abs(x);
  if (Math.abs(y) === Infinity) {
    if (magnitude === 1) return NaN;
    return magnitude > 1 === y > 0 ? Infinity : 0;
  }
  const isInteger = Math.floor(y) === y;
  const isOdd = isInteger && Math.abs(y) < 9_007_199_254_740_992 && Math.floor(y / 2) * 2 !== y;
  const isNegative = x < 0 || Object.is(x, -0);
  const sign = isNegative && isOdd ? -1 : 1;
  if (magnitude === 0) return sign * (y > 0 ? 0 : Infinity);
  if (magnitude === Infinity) return sign * (y > 0 ? Infinity : 0);
  if (isNegative && !isInteger) return NaN;
  if (y === 1) return x;
  if (y === 2) return x * x;
  if (y === -1) return 1 / x;
  if (y === 0.5) return Math.sqrt(x);
  return magnitude === 1 ? sign : sign * positivePower(magnitude, y);
}

/** Cube root within 0.51 ulp. */
export function cbrt(x: number): number {
  if (x === 0 || !(Math.abs(x) < Infinity)) return x;
  const third = Math.floor(exponentOf(x) / 3);
  const scaled = rescale(Math.abs(x), -3 * third);
  // scaled is in [1, 8): a line through the root, then Halley's iteration, then one exact correction
  let root = 0.77 + scaled * (0.26 - scaled * 0.0135);
  for (let iteration = 0; iteration < 3; iteration++) {
    const cube = root * root * root;
    root *= (cube + 2 * scaled) / (2 * cube + scaled);
  }
  const square = root * root;
  const squareLow = productError(root, root, square);
  const cube = square * root;
  const residual = scaled - cube - (productError(square, root, cube) + squareLow * root);
  const corrected = root + residual / (3 * square);
  const result = scaleByPowerOfTwo(corrected, third);
  return x < 0 ? -result : result;
}

/** sqrt(x^2 + y^2) within 0.51 ulp, without overflow on the way. */
export function hypot(x: number, y: number): number {
  const a = Math.abs(x);
  const b = Math.abs(y);
  if (a === Infinity || b === Infinity) return Infinity;
  const larger = a > b ? a : b;
  const smaller = a > b ? b : a;
  if (smaller === 0 || larger !== larger || smaller !== smaller || larger / smaller > 1e18) return larger + smaller;
  const exponent = exponentOf(larger);
  const u = rescale(larger, -exponent);
  const v = rescale(smaller, -exponent);
  const uSquare = u * u;
  const vSquare = v * v;
  const sum = uSquare + vSquare;
  const low = sumError(uSquare, vSquare, sum) + productError(u, u, uSquare) + productError(v, v, vSquare);
  const root = Math.sqrt(sum);
  return rescale(root + rootError(sum, low, root), exponent);
}
