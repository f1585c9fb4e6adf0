import type { Channel } from '../channel/index.js';
import { brent, log1p } from '../numerics/index.js';
import { levelCrossingRate, powerCovariance } from './fading-crossings.js';
import type { ScatteredLink } from './fading-crossings.js';
import { fadingPowerCdf } from './fading-power.js';

/**
 * The small-scale fading of many links as it comes out, beside what closed forms say of it. Averages
 * run over independent links and over time, since one link alone has only so many waves; standard errors are those
 * between groups of links.
 *
 * Closed forms: outage of the Rician power by Marcum's Q, of the Nakagami power by the gamma
 * function; crossings by Rice's formula in the spectrum of Jakes (`fading-crossings.ts`; for a Rayleigh amplitude
 * sqrt(2 pi) fd r exp(-r^2) per second for the threshold r relative to the root mean square: Goldsmith, Wireless
 * Communications, 3.2.3), the direct wave with the Doppler shift that the link has at that moment: its own of
 * the way towards the base station, or that of the delay profile. Of Nakagami fading those at the Rayleigh threshold
 * of the same probability, since it is made of Rayleigh fading. The covariance of the power is
 * (2 K cos(2 pi f_direct t) J0(2 pi fd t) + J0^2) / (1 + K)^2 (for Rayleigh fading one half after
 * 0.1793 / fd); that of Nakagami fading has no such form.
 */

export interface FadingSampling {
  readonly durationS: number;
  readonly stepS: number;
  /** Power relative to the mean that fades fall below. */
  readonly threshold: number;
}

/** A figure of the fading; `closedForm` is null where there is none. */
export interface FadingMeasure {
  readonly quantity: string;
  readonly unit: string;
  readonly measured: number | null;
  readonly closedForm: number | null;
  /** Of what is measured; null where there are too few links to tell. */
  readonly standardError: number | null;
}

const LIGHT_SPEED = 299_792_458;
/** Lags that the correlation is looked for at, in steps. */
const MOST_LAGS = 4096;

/** How finely a channel's fading must be sampled: 64 points in a Doppler period over 10 of them, or 16 in a block over 32. */
export function usualSampling(channel: Channel, threshold: number): FadingSampling {
  let fastest = 0;
  for (let client = 0; client < channel.clients; client++) {
    const { mode, dopplerHz, coherenceTimeS } = channel.fadingStatistics(client, 0);
    fastest = Math.max(fastest, mode === 'continuous' ? dopplerHz : 1 / (4 * coherenceTimeS));
  }
  return fastest === 0 ? { durationS: 0, stepS: 1, threshold } : { durationS: 10 / fastest, stepS: 1 / (64 * fastest), threshold };
}

/** Fading powers of every client of the channel, in time: one row per client. */
export function sampleFading(channel: Channel, { durationS, stepS }: FadingSampling): Float64Array[] {
  const count = Math.floor(durationS / stepS + 1e-9) + 1;
  return Array.from({ length: channel.clients }, (_, client) =>
    Float64Array.from({ length: count }, (__, index) => channel.gain(client, 'uplink', index * stepS) / channel.largeScaleGain(client, index * stepS)));
}

/** Groups of links that are measured apart for the standard errors, of at least two links each. */
const GROUPS = 20;

export function fadingMeasures(channel: Channel, powers: readonly Float64Array[], sampling: FadingSampling): FadingMeasure[] {
  const measured = measuresOf(powers, sampling);
  const groups = powers.length < 2 * GROUPS ? [] : Array.from({ length: GROUPS }, (_, group) => measuresOf(powers.filter((__, link) => link % GROUPS === group), sampling));
  const expected = expectedMeasures(channel, sampling.threshold, sampling.durationS);
  const row = (quantity: string, unit: string, of: (measures: Measures) => number | null, closedForm: number | null): FadingMeasure => ({
    quantity, unit, measured: of(measured), closedForm, standardError: standardError(groups.map(of)),
  });
  return [
    row('mean power', '', ({ mean }) => mean, 1),
    row('standard deviation of the power', '', ({ deviation }) => deviation, expected.deviation),
    row('outage probability', '', ({ outage }) => outage, expected.outage),
    row('level crossings', '1/s', ({ crossingRate }) => crossingRate, expected.crossingRate),
    row('mean length of a fade', 's', ({ fadeS }) => fadeS, expected.crossingRate === 0 ? null : expected.outage / expected.crossingRate),
    row('coherence time (correlation of the power 1/2)', 's', ({ coherenceS }) => coherenceS, expected.coherenceS),
  ];
}

interface Measures {
  readonly mean: number;
  readonly deviation: number;
  readonly outage: number;
  readonly crossingRate: number | null;
  readonly fadeS: number | null;
  readonly coherenceS: number | null;
}

function measuresOf(powers: readonly Float64Array[], { threshold, stepS }: FadingSampling): Measures {
  const count = powers[0].length;
  const over = (of: (power: number) => number): number => powers.reduce((sum, row) => sum + row.reduce((part, power) => part + of(power), 0), 0) / (count * powers.length);
  const mean = over((power) => power);
  const outage = over((power) => (power < threshold ? 1 : 0));
  const observedS = powers.length * (count - 1) * stepS;
  const crossings = powers.reduce((sum, row) => sum + upwardCrossings(row, threshold), 0);
  const crossingRate = observedS === 0 ? null : crossings / observedS;
  return {
    mean,
    deviation: Math.sqrt(over((power) => (power - mean) * (power - mean))),
    outage,
    crossingRate,
    fadeS: crossingRate === null || crossingRate === 0 ? null : outage / crossingRate,
    coherenceS: halfCorrelationS(powers, mean, stepS),
  };
}

/** Of the mean of independent values; null where there are none, or one of them is missing. */
function standardError(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  if (present.length < 2 || present.length < values.length) return null;
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const squares = present.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return Math.sqrt(squares / (present.length - 1) / present.length);
}

interface Expected {
  readonly deviation: number;
  readonly outage: number;
  readonly crossingRate: number;
  readonly coherenceS: number | null;
}

/** Times within the observation at which the state of each link is looked up. */
const LOOKS = 16;
/** Periods of the fastest link in which the correlation is looked for, and the parts of one that it is looked at in. */
const MOST_PERIODS = 4;
const PARTS_PER_PERIOD = 256;

/** Closed forms for the mixture of what the links are over the time of observation. */
function expectedMeasures(channel: Channel, threshold: number, durationS: number): Expected {
  let outage = 0;
  let secondMoment = 0;
  let crossings = 0;
  let count = 0;
  /** Links whose power has a covariance in closed form, one for each look. */
  const scattered: ScatteredLink[] = [];
  const blockLengths = new Set<number>();
  const known = new Map<string, number>();
  for (let client = 0; client < channel.clients; client++) {
    for (let look = 0; look < LOOKS; look++) {
      const timeS = (durationS * (look + 0.5)) / LOOKS;
      const statistics = channel.fadingStatistics(client, timeS);
      const { kFactor, nakagamiShape, mode, coherenceTimeS, dopplerHz, delayProfile } = statistics;
      const key = `${kFactor} ${nakagamiShape}`;
      const below = known.get(key) ?? fadingPowerCdf(statistics, threshold);
      known.set(key, below);
      count++;
      outage += below;
      secondMoment += secondMomentOf(kFactor, nakagamiShape);
      if (mode === 'block') {
        crossings += (below * (1 - below)) / coherenceTimeS;
        blockLengths.add(coherenceTimeS);
        continue;
      }
      const directDopplerHz = delayProfile === null ? (channel.radialSpeed(client, timeS) * channel.carrierHz) / LIGHT_SPEED : delayProfile.directDoppler * dopplerHz;
      const link = { kFactor, dopplerHz, directDopplerHz };
      if (nakagamiShape === 1) scattered.push(link);
      crossings += nakagamiShape === 1 ? levelCrossingRate(link, threshold) : shapedCrossings(below, dopplerHz);
    }
  }
  const [blockS] = blockLengths;
  return {
    deviation: Math.sqrt(Math.max(0, secondMoment / count - 1)),
    outage: outage / count,
    crossingRate: crossings / count,
    coherenceS: scattered.length === count ? halfCovarianceS(scattered) : blockLengths.size === 1 && scattered.length === 0 && Number.isFinite(blockS) ? blockS / 2 : null,
  };
}

/** The first time after which the covariance of the power, over all these links, is half its variance; null where it is not within some periods. */
function halfCovarianceS(links: readonly ScatteredLink[]): number | null {
  const fastestHz = links.reduce((most, { dopplerHz }) => Math.max(most, dopplerHz), 0);
  if (fastestHz === 0) return null;
  const covariance = (lagS: number): number => links.reduce((sum, link) => sum + powerCovariance(link, lagS), 0);
  const half = 0.5 * covariance(0);
  if (half === 0) return null;
  const excess = (lagS: number): number => covariance(lagS) - half;
  const stepS = 1 / (PARTS_PER_PERIOD * fastestHz);
  for (let step = 1; step <= MOST_PERIODS * PARTS_PER_PERIOD; step++) {
    if (excess(step * stepS) <= 0) return brent(excess, (step - 1) * stepS, step * stepS, 1e-9 * stepS);
  }
  return null;
}

/** Mean square of the fading power. */
function secondMomentOf(kFactor: number, nakagamiShape: number): number {
  if (kFactor === Infinity) return 1;
  if (nakagamiShape !== 1) return 1 + 1 / nakagamiShape;
  return 1 + (1 + 2 * kFactor) / ((1 + kFactor) * (1 + kFactor));
}

/** Crossings of a shaped Rayleigh amplitude: those of the level that the unshaped one is below with that probability. */
function shapedCrossings(below: number, dopplerHz: number): number {
  if (below <= 0 || below >= 1) return 0;
  return levelCrossingRate({ kFactor: 0, dopplerHz, directDopplerHz: 0 }, -log1p(-below));
}

function upwardCrossings(powers: Float64Array, threshold: number): number {
  let crossings = 0;
  for (let i = 1; i < powers.length; i++) if (powers[i - 1] < threshold && powers[i] >= threshold) crossings++;
  return crossings;
}

/** The first lag at which the correlation over all links falls to one half, between steps by a straight line; null where it does not. */
function halfCorrelationS(powers: readonly Float64Array[], mean: number, stepS: number): number | null {
  const count = powers[0].length;
  const covariance = (lag: number): number => {
    let sum = 0;
    for (const row of powers) for (let i = lag; i < count; i++) sum += (row[i] - mean) * (row[i - lag] - mean);
    return sum / (powers.length * (count - lag));
  };
  const variance = covariance(0);
  if (!(variance > 1e-12)) return null;
  let before = 1;
  for (let lag = 1; lag < Math.min(count / 2, MOST_LAGS); lag++) {
    const now = covariance(lag) / variance;
    if (now <= 0.5) return (lag - 1 + (before - 0.5) / (before - now)) * stepS;
    before = now;
  }
  return null;
}
