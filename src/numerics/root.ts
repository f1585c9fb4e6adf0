import { runError } from '../errors.js';

function checkBracket(low: number, high: number, atLow: number, atHigh: number): void {
  if (atLow * atHigh <= 0) return;
  throw runError('ROOT_NOT_BRACKETED', `the function has the same sign at ${low} (${atLow}) and at ${high} (${atHigh})`, {
    expected: 'an interval on which it changes its sign',
  });
}

/**
 * A zero of a continuous function between `low` and `high`, by halving until the interval holds no
 * further double or is narrower than `tolerance`. ROOT_NOT_BRACKETED without a change of sign.
 */
export function bisect(f: (x: number) => number, low: number, high: number, tolerance = 0): number {
  const atLow = f(low);
  checkBracket(low, high, atLow, f(high));
  if (atLow === 0) return low;
  let left = low;
  let right = high;
  for (;;) {
    const middle = left + 0.5 * (right - left);
    if (middle === left || middle === right || Math.abs(right - left) <= tolerance) return middle;
    const atMiddle = f(middle);
    if (atMiddle === 0) return middle;
    if (atMiddle < 0 === atLow < 0) left = middle;
    else right = middle;
  }
}

/**
 * A zero of a continuous function between `low` and `high` by Brent's method (Algorithms for
 * Minimization without Derivatives, 1973, chapter 4): as safe as halving, and fast on smooth
 * functions. ROOT_NOT_BRACKETED without a change of sign.
 */
export function brent(f: (x: number) => number, low: number, high: number, tolerance = 0): number {
  let a = low;
  let b = high;
  let atA = f(a);
  let atB = f(b);
  checkBracket(low, high, atA, atB);
  let c = a;
  let atC = atA;
  let step = b - a;
  let previousStep = step;
  for (let iteration = 0; iteration < 500 && atB !== 0; iteration++) {
    if (Math.abs(atC) < Math.abs(atB)) {
      [a, b, c] = [b, c, b];
      [atA, atB, atC] = [atB, atC, atB];
    }
    const accepted = 4.44e-16 * Math.abs(b) + 0.5 * tolerance;
    const half = 0.5 * (c - b);
    if (Math.abs(half) <= accepted) return b;
    if (Math.abs(previousStep) < accepted || Math.abs(atA) <= Math.abs(atB)) {
      step = half;
      previousStep = half;
    } else {
      const s = atB / atA;
      let p = 2 * half * s;
      let q = 1 - s;
      if (a !== c) {
        const t = atA / atC;
        const r = atB / atC;
        p = s * (2 * half * t * (t - r) - (b - a) * (r - 1));
        q = (t - 1) * (r - 1) * (s - 1);
      }
      if (p > 0) q = -q;
      p = Math.abs(p);
      if (2 * p < Math.min(3 * half * q - Math.abs(accepted * q), Math.abs(previousStep * q))) {
        previousStep = step;
        step = p / q;
      } else {
        step = half;
        previousStep = half;
      }
    }
    a = b;
    atA = atB;
    b += Math.abs(step) > accepted ? step : half > 0 ? accepted : -accepted;
    atB = f(b);
    if (atB > 0 === atC > 0) {
      c = a;
      atC = atA;
      step = b - a;
      previousStep = step;
    }
  }
  return b;
}
