import { exp, log, log1p, normalQuantile } from '../numerics/index.js';
import type { Stream } from './stream.js';

/** Standard normal by inversion of 54 bits: one value per call, nothing kept between calls. */
export function normal(stream: Stream): number {
  const upper = stream.uint32();
  const lower = stream.uint32();
  const tail = (upper * 2_097_152 + (lower >>> 11) + 0.5) / 18_014_398_509_481_984; // in (0, 1/2]
  const magnitude = -normalQuantile(tail);
  return (lower & 1) === 0 ? magnitude : -magnitude;
}

/** Exponential with mean 1. */
export function exponential(stream: Stream): number {
  return -log1p(-stream.uniform());
}

/** exp(N(mu, sigma^2)): mu and sigma are those of the logarithm. */
export function logNormal(stream: Stream, mu: number, sigma: number): number {
  return exp(mu + sigma * normal(stream));
}

/** ln of a gamma variable with scale 1, finite for every shape > 0 however small. */
export function logGammaVariate(stream: Stream, shape: number): number {
  if (shape < 1) return logGammaVariate(stream, shape + 1) + log1p(-stream.uniform()) / shape;
  // Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000)
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(stream);
    const base = 1 + c * x;
    if (base <= 0) continue;
    const v = base * base * base;
    const u = 1 - stream.uniform();
    if (log(u) < 0.5 * x * x + d - d * v + d * log(v)) return log(d * v);
  }
}

/** Gamma with the given shape (> 0) and scale 1; mean and variance equal the shape. */
export function gamma(stream: Stream, shape: number): number {
  return exp(logGammaVariate(stream, shape));
}

/** Beta(a, b) on [0, 1]. */
export function beta(stream: Stream, a: number, b: number): number {
  return dirichlet(stream, [a, b])[0];
}

/**
 * One draw of a Dirichlet distribution, summing to 1. Worked on logarithms, so that concentrations
 * as small as 1e-300 give a row with its mass in one place, never a row of zeros.
 */
export function dirichlet(stream: Stream, concentrations: readonly number[]): Float64Array {
  const logs = Float64Array.from(concentrations, (shape) => logGammaVariate(stream, shape));
  const largest = logs.reduce((a, b) => (a > b ? a : b), -Infinity);
  if (largest === -Infinity) {
    // Every logarithm underflowed: in the limit all the mass is in one place, drawn by concentration.
    let total = 0;
    for (const shape of concentrations) total += shape / concentrations[0];
    let point = stream.uniform() * total;
    const chosen = concentrations.findIndex((shape) => (point -= shape / concentrations[0]) < 0);
    return Float64Array.from(concentrations, (_, i) => (i === Math.max(chosen, 0) ? 1 : 0));
  }
  const row = logs.map((value) => exp(value - largest));
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => value / sum);
}

/** Power gain of a Rayleigh fading channel with mean 1. */
export function rayleighPower(stream: Stream): number {
  return exponential(stream);
}

/** Power gain with mean 1 of a Rician channel; kFactor is the linear ratio of direct to scattered power. */
export function ricianPower(stream: Stream, kFactor: number): number {
  const spread = Math.sqrt(0.5 / (kFactor + 1));
  const real = Math.sqrt(kFactor / (kFactor + 1)) + spread * normal(stream);
  const imaginary = spread * normal(stream);
  return real * real + imaginary * imaginary;
}

/** Power gain with mean 1 of a Nakagami-m channel, m >= 0.5. */
export function nakagamiPower(stream: Stream, m: number): number {
  return gamma(stream, m) / m;
}
