import { exp } from './exponential.js';
import { log, log1p } from './logarithm.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;
const SQRT_TWO_PI = 2.5066282746310002;

/** What Stirling's formula leaves of ln Gamma(x), for x >= 10 (NIST DLMF 5.11.1), to 1e-17. */
export function stirlingCorrection(x: number): number {
  const inverse = 1 / x;
  const square = inverse * inverse;
  return (
    inverse *
    (1 / 12 + square * (-1 / 360 + square * (1 / 1260 + square * (-1 / 1680 + square * (1 / 1188 + square * (-691 / 360360 +
    square * (1 / 156 + square * (-3617 / 122400))))))))
  );
}

/** ln Gamma(x) for x > 0; error below 1e-14 absolute or 1e-15 relative, whichever is larger. */
export function logGamma(x: number): number {
  if (!(x > 0)) return x === 0 ? Infinity : NaN;
  let shifted = x;
  let product = 1;
  while (shifted < 10) {
    product *= shifted;
    shifted += 1;
  }
  const stirling = (shifted - 0.5) * log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingCorrection(shifted);
  return product === 1 ? stirling : stirling - log(product);
}

/** ln Gamma(a + b) - ln Gamma(a) without cancellation where a is large against b. */
export function logGammaRatio(a: number, b: number): number {
  if (a < 10) return logGamma(a + b) - logGamma(a);
  return (a - 0.5) * log1p(b / a) + b * (log(a + b) - 1) + stirlingCorrection(a + b) - stirlingCorrection(a);
}

/** ratio - 1 - ln(ratio) without cancellation; excess is ratio - 1. */
export function ratioExcess(ratio: number, excess: number): number {
  if (Math.abs(excess) > 0.2) return excess - log(ratio);
  const s = excess / (2 + excess);
  const square = s * s;
  let power = 2 * s * square;
  let sum = 0;
  for (let n = 3; Math.abs(power) > 1e-19 * Math.abs(sum) && n < 80; n += 2) {
    sum += power / n;
    power *= square;
  }
  // ln(1 + x) = 2 s + 2 s^3/3 + ... for x = excess, and x - 2 s = x s
  return excess * s - sum;
}

/** x^a e^(-x) / Gamma(a + 1), without overflow on the way. */
export function poissonTerm(a: number, x: number): number {
  if (x === 0) return a === 0 ? 1 : 0;
  if (a < 10) return exp(a * log(x) - x - logGamma(a + 1));
  return exp(-a * ratioExcess(x / a, (x - a) / a) - stirlingCorrection(a)) / (SQRT_TWO_PI * Math.sqrt(a));
}

function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-17 * sum; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * poissonTerm(a, x);
}

/** Gamma(a, x) / Gamma(a) by its continued fraction (NIST DLMF 8.9.2), evaluated by Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n < 100_000; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return product * a * poissonTerm(a, x);
}

/** P(a, x), the lower regularized incomplete gamma function, a > 0, x >= 0; relative error below 1e-13 up to a = 1e4. */
export function lowerRegularizedGamma(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN;
  if (x === 0) return 0;
  if (x === Infinity) return 1;
  return x < a + 1 ? lowerSeries(a, x) : 1 - upperFraction(a, x);
}

/** Q(a, x) = 1 - P(a, x), accurate where it is small; relative error below 1e-13 up to a = 1e4. */
export function upperRegularizedGamma(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return NaN;
  if (x === 0) return 1;
  if (x === Infinity) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}
