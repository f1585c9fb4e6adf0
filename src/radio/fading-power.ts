import type { FadingStatistics } from '../channel/index.js';
import { brent, lowerRegularizedGamma, marcumP1 } from '../numerics/index.js';

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
