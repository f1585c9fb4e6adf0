import { exp } from './exponential.js';
import { logGamma, logGammaRatio, ratioExcess, stirlingCorrection } from './gamma-function.js';
import { log, log1p } from './logarithm.js';

/** I_x(a, b) by its continued fraction (NIST DLMF 8.17.22) with Lentz's method; x below the mean. */
function betaFraction(x: number, complement: number, a: number, b: number): number {
  const TINY = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    product *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return (betaDensity(x, complement, a, b) * product) / a;
}

/** x^a (1 - x)^b / B(a, b), by Stirling's formula where both parameters are large. */
function betaDensity(x: number, complement: number, a: number, b: number): number {
  if (a >= 10 && b >= 10) {
    const n = a + b;
    const difference = x * b - complement * a;
    const exponent = -a * ratioExcess((x * n) / a, difference / a) - b * ratioExcess((complement * n) / b, -difference / b);
    const correction = stirlingCorrection(n) - stirlingCorrection(a) - stirlingCorrection(b);
    return exp(exponent + correction) * Math.sqrt((a / n) * (b / (2 * Math.PI)));
  }
  const logX = x > 0.5 ? log1p(-complement) : log(x);
  const logComplement = complement > 0.5 ? log1p(-x) : log(complement);
  const larger = a > b ? a : b;
  const smaller = a > b ? b : a;
  return exp(a * logX + b * logComplement + logGammaRatio(larger, smaller) - logGamma(smaller));
}

/** I_x(a, b) where 1 - x is known more exactly than its difference would be. */
function betaWithComplement(x: number, complement: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  return x * (a + b + 2) < a + 1 ? betaFraction(x, complement, a, b) : 1 - betaFraction(complement, x, b, a);
}

/** I_x(a, b), the regularized incomplete beta function, 0 <= x <= 1, a, b > 0; relative error below 1e-12 for a, b to 1e3. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) return NaN;
  return betaWithComplement(x, 1 - x, a, b);
}

/** P(T > t) for Student's t with the given degrees of freedom and t >= 0. */
function studentTUpper(t: number, degreesOfFreedom: number): number {
  const sum = degreesOfFreedom + t * t;
  return 0.5 * betaWithComplement(degreesOfFreedom / sum, (t * t) / sum, degreesOfFreedom / 2, 0.5);
}

/**
 * The t with P(T <= t) = probability for Student's t distribution; degreesOfFreedom > 0, relative
 * error below 1e-11. `studentTQuantile(0.975, n - 1)` is the factor of a 95 % interval of n samples.
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability >= 0 && probability <= 1 && degreesOfFreedom > 0)) return NaN;
  if (probability === 0.5) return 0;
  const tail = probability < 0.5 ? probability : 1 - probability;
  if (tail === 0) return probability === 0 ? -Infinity : Infinity;
  // Bisection on a logarithmic scale: the tail falls strictly with t, and nothing can go wrong.
  let low = 1e-300;
  let high = 1e300;
  while (high > low * 2) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (studentTUpper(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  for (let iteration = 0; iteration < 60; iteration++) {
    const middle = 0.5 * (low + high);
    if (studentTUpper(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  const magnitude = 0.5 * (low + high);
  return probability < 0.5 ? -magnitude : magnitude;
}
