import { productError } from './double-double.js';
import { exp, expm1 } from './exponential.js';
import { log, log1p } from './logarithm.js';

const E_REST = 1.4456468917292502e-16; // e - Math.E

/**
 * W0(x), the w >= -1 with w e^w = x, for x >= -1/e (NaN below). Relative error below 1e-15
 * for x > -0.3; towards the branch point at -1/e, where w is steep in x, below 2e-16 / (w + 1).
 */
export function lambertW0(x: number): number {
  if (!(x < Infinity)) return x;
  if (Math.abs(x) < 1e-20) return x;
  const product = Math.E * x;
  const distance = 1 + product + (productError(Math.E, x, product) + E_REST * x); // e x + 1, zero at the branch point
  if (distance < 0) return distance > -1e-16 ? -1 : NaN;
  const p = Math.sqrt(2 * distance);
  if (p < 0.01) {
    return -1 + p * (1 + p * (-1 / 3 + p * (11 / 72 + p * (-43 / 540 + p * (769 / 17280 + p * (-221 / 8505 + p * (680863 / 43545600)))))));
  }
  let w: number;
  if (x < -0.2) w = -1 + p * (1 + p * (-1 / 3 + (p * 11) / 72));
  else if (x < 3) w = log1p(x) * (1 - log1p(log1p(x)) / (2 + log1p(x)));
  else w = log(x) - log(log(x)) + log(log(x)) / log(x);
  for (let iteration = 0; iteration < 4; iteration++) {
    // Halley's step on w - x e^-w, in the form that stays exact near w = 0
    const residual = x > 0.5 ? w - x * exp(-w) : w - x - x * expm1(-w);
    const slope = w + 1;
    w -= residual / (slope - (0.5 * (w + 2) * residual) / slope);
  }
  return w;
}
