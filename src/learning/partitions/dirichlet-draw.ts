import { exp } from '../../numerics/index.js';
import type { Stream } from '../../random/index.js';
import { logGammaVariate } from '../../random/index.js';

/**
 * Logarithms (up to a common constant) of a draw from the symmetric Dirichlet distribution of
 * `size` parts: logarithms of Gamma(alpha, 1) variates. They stay finite for every alpha > 0, where
 * the variates themselves underflow to zero and their normalised row to NaN.
 */
export function logDirichlet(size: number, alpha: number, stream: Stream): Float64Array {
  return Float64Array.from({ length: size }, () => logGammaVariate(stream, alpha));
}

/** Writes exp(logs[i]) / sum over the parts for which `allowed`, zero for the others; at least one must be allowed. */
export function normalise(logs: Float64Array, allowed: (i: number) => boolean, into: Float64Array): void {
  let largest = -Infinity;
  for (let i = 0; i < logs.length; i++) if (allowed(i) && logs[i] > largest) largest = logs[i]!;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += into[i] = allowed(i) ? exp(logs[i] - largest) : 0;
  for (let i = 0; i < logs.length; i++) into[i] /= sum;
}
