import { brent, log2, marcumP1, pow } from '../numerics/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import type { RadioOptions } from './schema.js';

/** Rates as spectral efficiencies in bit/s/Hz over linear signal-to-noise ratios. */
export interface RateModel {
  /** The highest efficiency that a ratio carries, without upper limit. */
  capacity(snr: number): number;
  /** The rate that is chosen where that ratio is expected. */
  choose(expectedSnr: number): number;
  /** Acknowledgements are sent at it. */
  readonly robustEfficiency: number;
  /** The ratio from which a robust transmission arrives. */
  readonly robustSnr: number;
}

/** Shannon's capacity with a gap, limited to the efficiencies that real codes offer. */
export function createRateModel({ gap, minEfficiency, maxEfficiency }: RadioOptions['rate']): RateModel {
  const perGap = 1 / ratioOfDecibels(gap);
  const capacity = (snr: number): number => log2(1 + snr * perGap);
  return {
    capacity,
    choose: (expectedSnr) => Math.min(maxEfficiency, Math.max(minEfficiency, capacity(expectedSnr))),
    robustEfficiency: minEfficiency,
    robustSnr: (pow(2, minEfficiency) - 1) / perGap,
  };
}

/** P(|h|^2 <= power) of a Rician link with unit mean power; `kFactor` 0 is Rayleigh, Infinity no fading. */
export function fadingPowerCdf(kFactor: number, power: number): number {
  if (power <= 0) return 0;
  if (kFactor === Infinity) return power >= 1 ? 1 : 0;
  return marcumP1(Math.sqrt(2 * kFactor), Math.sqrt(2 * (kFactor + 1) * power));
}

/** The power that a link falls below with that probability. */
export function fadingPowerQuantile(kFactor: number, probability: number): number {
  return kFactor === Infinity ? 1 : brent((power) => fadingPowerCdf(kFactor, power) - probability, 0, 64, 1e-12);
}
