/**
 * Error-free transformations of binary64 arithmetic (Dekker 1971, Knuth TAOCP 4.2.2): the rounding
 * error of a sum or a product is itself a number, and keeping it gives about 106 bits.
 */

const SPLITTER = 134_217_729; // 2^27 + 1

/** a + b - sum, exactly, where sum is a + b rounded. */
export function sumError(a: number, b: number, sum: number): number {
  const bRounded = sum - a;
  return a - (sum - bRounded) + (b - bRounded);
}

/** a * b - product, exactly, where product is a * b rounded; for factors below 2^996 and no underflow. */
export function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The correction that (high + low) / (divisorHigh + divisorLow) needs over `quotient`, the rounded high / divisorHigh. */
export function quotientError(high: number, low: number, divisorHigh: number, divisorLow: number, quotient: number): number {
  const product = quotient * divisorHigh;
  const remainder = high - product - productError(quotient, divisorHigh, product) + low - quotient * divisorLow;
  return remainder / divisorHigh;
}

/** The correction that sqrt(high + low) needs over `root`, the rounded sqrt(high); zero for a zero root. */
export function rootError(high: number, low: number, root: number): number {
  if (root === 0) return 0;
  const square = root * root;
  return (high - square - productError(root, root, square) + low) / (2 * root);
}
