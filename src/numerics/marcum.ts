import { lowerRegularizedGamma, poissonTerm, upperRegularizedGamma } from './gamma-function.js';

/** Poisson weights of mean m that do not reach 1e-20 lie below this index. */
function firstIndex(mean: number): number {
  return Math.max(0, Math.floor(mean - 10 * Math.sqrt(mean) - 10));
}

/**
 * Marcum's Q1(a, b), a, b >= 0: the probability that a Rician amplitude with line-of-sight
 * amplitude a and unit variance per component exceeds b. The mixture of upper incomplete gamma
 * functions over a Poisson number (all terms positive); relative error below 1e-12 for a, b to 50.
 */
export function marcumQ1(a: number, b: number): number {
  if (!(a >= 0 && b >= 0)) return NaN;
  const mean = 0.5 * a * a;
  const energy = 0.5 * b * b;
  const first = firstIndex(mean);
  let weight = poissonTerm(first, mean);
  let upper = upperRegularizedGamma(first + 1, energy);
  let increment = poissonTerm(first + 1, energy);
  let sum = 0;
  const turn = Math.max(mean, Math.sqrt(mean * energy));
  for (let n = first; ; n++) {
    const term = weight * upper;
    sum += term;
    if (n > turn && term < 1e-17 * sum) return Math.min(sum, 1);
    if (n > turn && weight === 0) return Math.min(sum, 1);
    weight *= mean / (n + 1);
    upper = Math.min(1, upper + increment);
    increment *= energy / (n + 2);
  }
}

/** 1 - Q1(a, b), accurate where it is small: the outage probability of a Rician link. */
export function marcumP1(a: number, b: number): number {
  if (!(a >= 0 && b >= 0)) return NaN;
  const mean = 0.5 * a * a;
  const energy = 0.5 * b * b;
  // Beyond the centre the terms fall at least as fast as those of a Poisson law; downwards the gamma functions only grow.
  const centre = Math.min(mean, Math.sqrt(mean * energy));
  const last = Math.ceil(centre + 10 * Math.sqrt(centre) + 30);
  let weight = poissonTerm(last, mean);
  let lower = lowerRegularizedGamma(last + 1, energy);
  let increment = poissonTerm(last, energy);
  let sum = 0;
  for (let n = last; n >= 0; n--) {
    sum += weight * lower;
    lower += increment;
    weight *= mean === 0 ? 0 : n / mean;
    increment *= energy === 0 ? 0 : n / energy;
    if (mean === 0 && n === 1) weight = 1;
  }
  return Math.min(sum, 1);
}
