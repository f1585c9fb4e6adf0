import { brent, exp, log, log1p, logGamma, lowerRegularizedGamma, pow, upperRegularizedGamma } from '../numerics/index.js';

/** Range of the exponential variable that is tabulated; below it the lower tail's power law is used. */
const LOWEST = 1e-12;
const HIGHEST = 60;
const POINTS = 4096;

const tables = new Map<number, (power: number) => number>();

/**
 * The map that takes an exponential variable of mean 1 (Rayleigh power) to a gamma variable of
 * shape m and mean 1 (Nakagami power) with the same probability below it: tabulated over the
 * logarithm and interpolated, so that probabilities in both tails are right to 0.2 %. Below 1e-12 it is the power law of the
 * lower tail; above 60, which no link meets, the exponential tail.
 */
export function gammaOfExponential(shape: number): (power: number) => number {
  if (shape === 1) return (power) => power;
  let map = tables.get(shape);
  if (map === undefined) {
    map = tabulate(shape);
    tables.set(shape, map);
  }
  return map;
}

function tabulate(shape: number): (power: number) => number {
  const first = log(LOWEST);
  const step = (log(HIGHEST) - first) / (POINTS - 1);
  const logs = Float64Array.from({ length: POINTS }, (_, i) => log(quantile(shape, exp(first + i * step))));
  return (power) => {
    const place = (log(power) - first) / step;
    if (!(place >= 0)) return power <= 0 ? 0 : lowerTail(shape, power);
    const index = Math.min(POINTS - 2, Math.floor(place));
    return exp(logs[index] + (place - index) * (logs[index + 1] - logs[index]));
  };
}

/** The gamma power that is reached with probability 1 - exp(-power), from whichever tail is the smaller. */
function quantile(shape: number, power: number): number {
  const upper = exp(-power);
  const below = -log(upper) < 0.7;
  const excess = (logValue: number): number => {
    const x = shape * exp(logValue);
    return below ? log(lowerRegularizedGamma(shape, x)) - log1p(-upper) : log(upperRegularizedGamma(shape, x)) + power;
  };
  return exp(brent(excess, log(lowerTail(shape, Math.min(power, 1))) - 1, log(40 + (60 + power) / Math.min(1, shape)), 1e-12));
}

/** P(X <= x) ~ (m x)^m / Gamma(m + 1) for small x, set equal to the exponential's `power`. */
function lowerTail(shape: number, power: number): number {
  return pow(power * exp(logGamma(shape + 1)), 1 / shape) / shape;
}
