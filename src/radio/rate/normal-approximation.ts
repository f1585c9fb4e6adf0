import { log2, qFunction } from '../../numerics/index.js';

/**
 * Normal approximation of the best code of finite length on the complex channel with white noise
 * (Polyanskiy, Poor, Verdu, IEEE Trans. Inf. Theory 56, 2010, eq. 296): with C = log2(1 + snr) and
 * V = snr (snr + 2) / (1 + snr)^2 log2(e)^2, n uses carry n C - sqrt(n V) Q^-1(e) + log2(n) / 2 bits.
 */

export function capacity(snr: number): number {
  return log2(1 + snr);
}

/** Channel dispersion V in bit^2 per use. */
export function dispersion(snr: number): number {
  return ((snr * (snr + 2)) / ((1 + snr) * (1 + snr))) * Math.LOG2E * Math.LOG2E;
}

/** Bits that `uses` channel uses carry, `quantile` being Q^-1 of the error probability. */
export function bitsCarried(uses: number, snr: number, quantile: number): number {
  return uses * capacity(snr) - Math.sqrt(uses * dispersion(snr)) * quantile + 0.5 * log2(uses);
}

/** Probability that a block of that many bits over that many uses is lost. */
export function blockErrorProbability(bits: number, uses: number, snr: number): number {
  if (!(snr > 0)) return 1;
  return qFunction((uses * capacity(snr) - bits + 0.5 * log2(uses)) / Math.sqrt(uses * dispersion(snr)));
}

/** The fewest channel uses that carry that many bits. */
export function usesNeeded(bits: number, snr: number, quantile: number): number {
  const c = capacity(snr);
  const spread = Math.sqrt(dispersion(snr)) * quantile;
  const solve = (k: number): number => {
    const root = (spread + Math.sqrt(spread * spread + 4 * c * Math.max(k, 0))) / (2 * c);
    return root * root;
  };
  // The logarithm changes little with the length: three rounds settle it to better than 1e-9.
  let uses = solve(bits);
  for (let i = 0; i < 3; i++) uses = solve(bits - 0.5 * log2(uses));
  return uses;
}
