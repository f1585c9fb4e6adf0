import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel, gammaOfExponential } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';
import { gaussianField, heldUniformField } from '../../src/channel/field.js';
import { besselJ0, lowerRegularizedGamma, marcumP1, upperRegularizedGamma } from '../../src/numerics/index.js';

const CARRIER_WAVELENGTH = 299_792_458 / 3.5e9;
const LINKS = 5000;

/** Many clients at one place: each is an independent realisation of fading and shadowing. */
function realisations(fading: Readonly<Record<string, unknown>>, condition = 'nlos', shadowing = 'none', clients = LINKS): Channel {
  return createChannel(
    channelSchema.parse({
      placement: { kind: 'ring', distance: '100 m' }, shadowing: { kind: shadowing }, pathLoss: { model: '3gpp-umi', condition },
      motion: { kind: 'static' }, fading: fading.kind === 'none' ? fading : { surroundingsSpeed: '3 km/h', ...fading },
    }),
    { seed: 11, clients },
  );
}

function powers(channel: Channel, timeS: number): number[] {
  return Array.from({ length: channel.clients }, (_, client) => channel.gain(client, 'uplink', timeS) / channel.largeScaleGain(client, timeS));
}

/** Kolmogorov-Smirnov distance of a sample from a distribution. */
function ksDistance(sample: number[], cdf: (x: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted.reduce((most, x, i) => Math.max(most, Math.abs(cdf(x) - i / sorted.length), Math.abs(cdf(x) - (i + 1) / sorted.length)), 0);
}

/** Critical distance at the 0.1 % level: tests with fixed seeds should not sit near it. */
const KS_LIMIT = 1.95 / Math.sqrt(LINKS);

function correlation(a: number[], b: number[]): number {
  const mean = (x: number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = a.reduce((s, v, i) => s + (v - ma) * (b[i] - mb), 0);
  const spread = (x: number[], m: number): number => x.reduce((s, v) => s + (v - m) * (v - m), 0);
  return covariance / Math.sqrt(spread(a, ma) * spread(b, mb));
}

describe('small-scale fading over 5,000 links', () => {
  for (const mode of ['continuous', 'block']) {
    it.each([0, 0.01, 10])(`is Rayleigh at %d s (${mode})`, (timeS) => {
      const sample = powers(realisations({ kind: 'rayleigh', mode }), timeS);
      expect(ksDistance(sample, (x) => 1 - Math.exp(-x))).toBeLessThan(KS_LIMIT);
      // P(< -20 dB) is 1 %; the standard error is 0.14 %.
      expect(Math.abs(sample.filter((x) => x < 0.01).length / LINKS - (1 - Math.exp(-0.01)))).toBeLessThan(0.005);
      expect(Math.abs(sample.reduce((a, b) => a + b, 0) / LINKS - 1)).toBeLessThan(0.05);
    });

    it.each([0, 0.01, 10])(`is Rician with the given K at %d s (${mode})`, (timeS) => {
      const k = 10 ** 0.6;
      const sample = powers(realisations({ kind: 'rician', kFactor: '6 dB', mode }, 'los'), timeS);
      expect(ksDistance(sample, (x) => marcumP1(Math.sqrt(2 * k), Math.sqrt(2 * (k + 1) * x)))).toBeLessThan(KS_LIMIT);
    });
  }

  it.each([0.6, 1.5, 4])('is Nakagami of shape %d', (shape) => {
    const gamma = (x: number): number => lowerRegularizedGamma(shape, shape * x);
    for (const mode of ['continuous', 'block']) expect(ksDistance(powers(realisations({ kind: 'nakagami', shape, mode }), 2), gamma)).toBeLessThan(KS_LIMIT);
    const map = gammaOfExponential(shape);
    for (const p of [1e-9, 1e-7, 2e-6, 1e-3, 0.3, 1, 5, 20]) {
      const expected = p < 1 ? 1 - Math.exp(-p) : Math.exp(-p);
      const actual = p < 1 ? lowerRegularizedGamma(shape, shape * map(p)) : upperRegularizedGamma(shape, shape * map(p));
      expect(Math.abs(actual / expected - 1)).toBeLessThan(2e-3);
    }
  });

  it('is Rayleigh where blocked under the Rician model', () => {
    expect(ksDistance(powers(realisations({ kind: 'rician', kFactor: '9 dB' }, 'nlos'), 0), (x) => 1 - Math.exp(-x))).toBeLessThan(KS_LIMIT);
  });

  it('draws K per link from the model: normal in dB with mean 9 and sigma 5 in the urban micro cell', () => {
    const channel = realisations({ kind: 'rician' }, 'los', 'none', 4000);
    const kDb = Array.from({ length: 4000 }, (_, client) => 10 * Math.log10(channel.fadingStatistics(client, 0).kFactor));
    const mean = kDb.reduce((a, b) => a + b, 0) / 4000;
    const sigma = Math.sqrt(kDb.reduce((a, b) => a + (b - mean) * (b - mean), 0) / 4000);
    expect(Math.abs(mean - 9)).toBeLessThan(0.3);
    expect(Math.abs(sigma - 5)).toBeLessThan(0.25);
  });

  it('has the autocorrelation of Clarke: the power correlates by J0(2 pi fd tau)^2', () => {
    const channel = realisations({ kind: 'rayleigh' });
    const dopplerHz = 3 / 3.6 / CARRIER_WAVELENGTH;
    expect(dopplerHz).toBeCloseTo(9.729, 2);
    const start = powers(channel, 5);
    for (const lagS of [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.09]) {
      // A sum of 32 waves has 1/32 less variance than its limit, and the power as much less correlation.
      const expected = (besselJ0(2 * Math.PI * dopplerHz * lagS) ** 2 - 1 / 32) / (1 - 1 / 32);
      // Standard error at most 0.03 for 5,000 links (the power is heavy-tailed).
      expect(Math.abs(correlation(start, powers(channel, 5 + lagS)) - expected)).toBeLessThan(0.06);
    }
  });

  it('crosses levels as often as the closed form says', () => {
    // Rate of upward crossings of the root mean square level: sqrt(2 pi) fd exp(-1).
    const channel = realisations({ kind: 'rayleigh' }, 'nlos', 'none', 40);
    const dopplerHz = 3 / 3.6 / CARRIER_WAVELENGTH;
    let crossings = 0;
    const durationS = 10;
    for (let client = 0; client < 40; client++) {
      let before = Infinity;
      const level = channel.largeScaleGain(client, 0);
      for (let timeS = 0; timeS < durationS; timeS += 0.002) {
        const gain = channel.gain(client, 'uplink', timeS);
        if (before < level && gain >= level) crossings++;
        before = gain;
      }
    }
    const expected = Math.sqrt(2 * Math.PI) * dopplerHz * Math.exp(-1);
    expect(Math.abs(crossings / (40 * durationS) / expected - 1)).toBeLessThan(0.06);
  });

  it('is independent in the two directions', () => {
    const channel = realisations({ kind: 'rayleigh' });
    const up = powers(channel, 1);
    const down = Array.from({ length: LINKS }, (_, client) => channel.gain(client, 'downlink', 1));
    expect(Math.abs(correlation(up, down))).toBeLessThan(0.05);
  });
});

describe('shadowing', () => {
  it('has unit variance and the correlation exp(-d / d_corr) on and between grid points', () => {
    const field = gaussianField(3, 'test', 10);
    const at = (pathM: number): number[] => Array.from({ length: LINKS }, (_, client) => field.at(client, pathM));
    const start = at(100);
    for (const pathM of [0, 3.1, 5, 100, 100.6]) {
      const sample = at(pathM);
      const mean = sample.reduce((a, b) => a + b, 0) / LINKS;
      const variance = sample.reduce((a, b) => a + b * b, 0) / LINKS - mean * mean;
      expect(Math.abs(mean)).toBeLessThan(0.05);
      // Standard error 0.02.
      expect(Math.abs(variance - 1)).toBeLessThan(0.07);
    }
    for (const lag of [1.25, 5, 10, 20]) expect(Math.abs(correlation(start, at(100 + lag)) - Math.exp(-lag / 10))).toBeLessThan(0.05);
    // Across the border of two blocks (320 m).
    expect(Math.abs(correlation(at(317.5), at(322.5)) - Math.exp(-0.5))).toBeLessThan(0.05);
  });

  it('has the sigma of the model in a cell', () => {
    const channel = realisations({ kind: 'none' }, 'nlos', 'correlated');
    const sample = Array.from({ length: LINKS }, (_, client) => channel.shadowingDb(client, 0));
    const sigma = Math.sqrt(sample.reduce((a, b) => a + b * b, 0) / LINKS);
    expect(Math.abs(sigma / 7.82 - 1)).toBeLessThan(0.03);
  });

  it('is drawn anew where the state of propagation flips', () => {
    const clear = realisations({ kind: 'none' }, 'los', 'correlated');
    const blocked = realisations({ kind: 'none' }, 'nlos', 'correlated');
    const of = (channel: Channel): number[] => Array.from({ length: LINKS }, (_, client) => channel.shadowingDb(client, 0));
    expect(Math.abs(correlation(of(clear), of(blocked)))).toBeLessThan(0.05);
  });
});

describe('line of sight', () => {
  it('is as probable as the model says', () => {
    const channel = createChannel(channelSchema.parse({ placement: { kind: 'ring', distance: '60 m' }, motion: { kind: 'static' } }), { seed: 4, clients: LINKS });
    const share = Array.from({ length: LINKS }, (_, client) => channel.isLineOfSight(client, 0)).filter(Boolean).length / LINKS;
    expect(Math.abs(share - (0.3 + Math.exp(-60 / 36) * 0.7))).toBeLessThan(0.02);
  });

  it('follows a held field that is uniform and correlates by exp(-d / d_corr)', () => {
    const field = heldUniformField(9, 'test', 50);
    const at = (pathM: number): number[] => Array.from({ length: LINKS }, (_, client) => field.at(client, pathM));
    expect(ksDistance(at(0), (x) => x)).toBeLessThan(KS_LIMIT);
    expect(ksDistance(at(2000), (x) => x)).toBeLessThan(KS_LIMIT);
    const start = at(1590);
    for (const lag of [6.25, 25, 50, 100]) expect(Math.abs(correlation(start, at(1590 + lag)) - Math.exp(-lag / 50))).toBeLessThan(0.05);
  });
});
