import { inputError } from '../errors.js';
import { bisectLogarithm, cheapestUse, smallestBandwidthHz, type LinkUse, type OpenLink } from './link-energy.js';

/** Messages that are sent at the same time, each in a share of the bandwidth of its own. */
export interface SpectrumProblem {
  readonly links: readonly OpenLink[];
  /** Size of each message. */
  readonly bits: readonly number[];
  readonly bandwidthHz: number;
  readonly deadlineS: number;
}

export interface SpectrumPlan {
  /** By link: share, power, time and energy. */
  readonly uses: readonly LinkUse[];
  readonly energyJ: number;
  /** Energy that one more hertz would save. */
  readonly priceJPerHz: number;
}

/**
 * Powers, times and shares of the bandwidth of least energy for given bit lengths; a global optimum
 * to 1e-9 relative. Where the problem is convex:
 *
 * - At a fixed time t, the transmit energy c B t (2^(D/(B t)) - 1) is the perspective of the convex
 *   function 2^D - 1 and so jointly convex in bandwidth B and bits D; the power it takes is as well.
 * - With the time free it is not jointly convex in (B, t), which enter as a product.
 * - In the logarithms of B, t and D it is again: expanding 2^x shows sums of monomials with positive
 *   coefficients (B t)^(1 - k) D^k, a geometric program, circuit energy Pc t, total bandwidth, deadline
 *   and power limit included. So is the error 1 / (2^b - 1)^2 in ln b, so that the continuous problem
 *   with the bit lengths free is convex in logarithms too. Whole bit lengths are not part of it.
 *
 * The time is eliminated in closed form (`cheapestUse`), which leaves an energy per link that is
 * convex in ln B. The dual of the total bandwidth separates the links: at a price per hertz each
 * takes the bandwidth where its slope equals the price, by bisection, and the price is found by
 * bisection on the total, which falls with it.
 *
 * Errors: PLAN_SPECTRUM where even full power needs more bandwidth; PLAN_LINK for numbers that make no link.
 */
export function allocateSpectrum({ links, bits, bandwidthHz, deadlineS }: SpectrumProblem): SpectrumPlan {
  requireNumbers(links, bandwidthHz, deadlineS);
  const least = links.map((link, i) => smallestBandwidthHz(link, bits[i], deadlineS, bandwidthHz));
  const leastHz = least.reduce((sum, hertz) => sum + hertz, 0);
  if (leastHz > bandwidthHz) {
    throw inputError('PLAN_SPECTRUM', `a bandwidth of ${bandwidthHz} Hz does not carry the messages within ${deadlineS} s at full power`, {
      expected: leastHz < Infinity ? `at least ${leastHz} Hz` : 'a longer deadline, more power or shorter bit lengths',
    });
  }
  const sharesAt = (price: number): number[] => links.map((link, i) => shareAt(link, bits[i], price, least[i], bandwidthHz, deadlineS));
  const fits = (price: number): boolean => sharesAt(price).reduce((sum, hertz) => sum + hertz, 0) <= bandwidthHz;
  // At the steepest slope of any link at its smallest share, all have that.
  const steepest = links.reduce((most, link, i) => Math.max(most, -cheapestUse(link, bits[i], least[i], deadlineS)!.slopeJPerHz), 0);
  const priceJPerHz = bisectLogarithm(fits, steepest * 1e-15, steepest * 2);
  const shares = sharesAt(priceJPerHz);
  // Bisection leaves a sliver, which costs nothing to hand out.
  const scale = bandwidthHz / shares.reduce((sum, hertz) => sum + hertz, 0);
  const uses = links.map((link, i) => cheapestUse(link, bits[i], shares[i] * scale, deadlineS)!);
  return { uses, energyJ: uses.reduce((sum, { energyJ }) => sum + energyJ, 0), priceJPerHz };
}

/** The bandwidth that a link takes at a price per hertz. */
export function shareAt(link: OpenLink, bits: number, price: number, leastHz: number, mostHz: number, deadlineS: number): number {
  const enough = (hertz: number): boolean => -cheapestUse(link, bits, hertz, deadlineS)!.slopeJPerHz <= price;
  return enough(leastHz) ? leastHz : enough(mostHz) ? bisectLogarithm(enough, leastHz, mostHz) : mostHz;
}

export function requireNumbers(links: readonly OpenLink[], bandwidthHz: number, deadlineS: number): void {
  const isPositive = (value: number): boolean => value > 0 && value < Infinity;
  links.forEach((link, i) => {
    const { gain, noiseWPerHz, maxPowerW, amplifierEfficiency, circuitPowerW } = link;
    if ([gain, noiseWPerHz, maxPowerW, amplifierEfficiency].every(isPositive) && amplifierEfficiency <= 1 && circuitPowerW >= 0 && circuitPowerW < Infinity) return;
    throw inputError('PLAN_LINK', `link ${i} has a gain, noise or power that no link has`, {
      expected: 'positive finite numbers, an efficiency of at most 1 and a circuit power that is not negative',
    });
  });
  if (isPositive(bandwidthHz) && isPositive(deadlineS)) return;
  throw inputError('PLAN_LINK', `a bandwidth of ${bandwidthHz} Hz and a deadline of ${deadlineS} s are no limits`, { expected: 'positive finite numbers' });
}
