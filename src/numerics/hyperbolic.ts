import { quotientError, sumError } from './double-double.js';
import { expm1High, expm1Low } from './exponential.js';

/** Hyperbolic tangent within 0.55 ulp: (e^2x - 1) / (e^2x + 1). */
export function tanh(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 1e-10 || x !== x) return x;
  if (magnitude > 20) return x < 0 ? -1 : 1;
  const high = expm1High(2 * magnitude);
  const low = expm1Low();
  const divisor = high + 2;
  const quotient = high / divisor;
  const result = quotient + quotientError(high, low, divisor, sumError(high, 2, divisor) + low, quotient);
  return x < 0 ? -result : result;
}
