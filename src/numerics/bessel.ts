import { exp } from './exponential.js';
import { cos, sin } from './trigonometric.js';

const TWO_OVER_PI = 0.6366197723675814;
const POINTS = 64;
const SINES = Float64Array.from({ length: POINTS / 4 + 1 }, (_, k) => sin((2 * Math.PI * k) / POINTS));

/** J0(x), the Bessel function of the first kind; absolute error below 1e-15 for |x| < 1e6. */
export function besselJ0(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude < 25) {
    // The mean of cos(x sin(angle)) over a full turn; 64 points leave an error of order J64(x).
    let sum = 1 + cos(magnitude);
    for (let k = 1; k < POINTS / 4; k++) sum += 2 * cos(magnitude * SINES[k]);
    return sum / (POINTS / 2);
  }
  if (magnitude === Infinity) return 0;
  // Hankel's asymptotic expansion (NIST DLMF 10.17.3), cut where its terms stop falling or matter no more.
  let term = 1;
  let even = 0;
  let odd = 0;
  for (let k = 0; k < 48 && Math.abs(term) > 1e-18; k++) {
    const sign = (k & 2) === 0 ? 1 : -1;
    if ((k & 1) === 0) even += sign * term;
    else odd += sign * term;
    term *= -((2 * k + 1) * (2 * k + 1)) / (8 * (k + 1) * magnitude);
  }
  const sine = sin(magnitude);
  const cosine = cos(magnitude);
  return Math.sqrt(TWO_OVER_PI / magnitude) * Math.SQRT1_2 * (even * (cosine + sine) - odd * (sine - cosine));
}

/** e^(-|x|) I0(x), the scaled modified Bessel function; relative error below 2e-15. */
export function besselI0Scaled(x: number): number {
  const magnitude = Math.abs(x);
  let term = 1;
  let sum = 1;
  if (magnitude < 30) {
    const quarter = 0.25 * magnitude * magnitude;
    for (let k = 1; term > 1e-18 * sum; k++) {
      term *= quarter / (k * k);
      sum += term;
    }
    return exp(-magnitude) * sum;
  }
  if (magnitude === Infinity) return 0;
  for (let k = 1; term > 1e-18; k++) {
    term *= ((2 * k - 1) * (2 * k - 1)) / (8 * k * magnitude);
    sum += term;
  }
  return sum / Math.sqrt((4 / TWO_OVER_PI) * magnitude);
}

/** I0(x), the modified Bessel function of the first kind; relative error below 3e-15, infinite beyond |x| = 713. */
export function besselI0(x: number): number {
  const magnitude = Math.abs(x);
  // e^x in two factors, so that it overflows no earlier than the result.
  const half = exp(magnitude / 2);
  return half * (besselI0Scaled(magnitude) * half);
}
