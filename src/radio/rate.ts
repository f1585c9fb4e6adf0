import type { FadingStatistics } from '../channel/index.js';
import { brent, log2, lowerRegularizedGamma, marcumP1, pow } from '../numerics/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import type { RadioOptions } from './schema.js';

/**
 * How fast a packet goes at a signal-to-noise ratio. A rate is named by the ratio it needs: a
 * transmission arrives where the ratio at its start is at least that.
 */
export interface RateModel {
  /** The ratio that the chosen rate needs where that ratio is expected: the same, within the limits of the rates. */
  requiredSnr(expectedSnr: number): number;
  /** Spectral efficiency in bit/s/Hz of the rate that needs this ratio. */
  efficiency(requiredSnr: number): number;
  /** Acknowledgements are sent at the lowest rate. */
  readonly robustEfficiency: number;
  readonly robustSnr: number;
}

/** Shannon's capacity with a gap, limited to the efficiencies that real codes offer. */
export function createRateModel({ gap, minEfficiency, maxEfficiency }: RadioOptions['rate']): RateModel {
  const gapRatio = ratioOfDecibels(gap);
  const perGap = 1 / gapRatio;
  const snrOf = (efficiency: number): number => (pow(2, efficiency) - 1) * gapRatio;
  const robustSnr = snrOf(minEfficiency);
  const highestSnr = snrOf(maxEfficiency);
  return {
    requiredSnr: (expectedSnr) => Math.min(highestSnr, Math.max(robustSnr, expectedSnr)),
    efficiency: (requiredSnr) => Math.min(maxEfficiency, Math.max(minEfficiency, log2(1 + requiredSnr * perGap))),
    robustEfficiency: minEfficiency,
    robustSnr,
  };
}

/** What the distribution of the fading power of a link depends on. */
export type FadingShape = Pick<FadingStatistics, 'kFactor' | 'nakagamiShape'>;

/** P(|h|^2 <= power) of a link with unit mean power. */
export function fadingPowerCdf({ kFactor, nakagamiShape }: FadingShape, power: number): number {
  if (power <= 0) return 0;
  if (kFactor === Infinity) return power >= 1 ? 1 : 0;
  if (nakagamiShape !== 1) return lowerRegularizedGamma(nakagamiShape, nakagamiShape * power);
  return marcumP1(Math.sqrt(2 * kFactor), Math.sqrt(2 * (kFactor + 1) * power));
}

/** The power that a link falls below with that probability. */
export function fadingPowerQuantile(shape: FadingShape, probability: number): number {
  return shape.kFactor === Infinity ? 1 : brent((power) => fadingPowerCdf(shape, power) - probability, 0, 64, 1e-12);
}
