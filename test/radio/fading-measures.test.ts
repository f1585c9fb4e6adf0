import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import { besselI0 } from '../../src/numerics/index.js';
import { levelCrossingRate, powerCovariance } from '../../src/radio/fading-crossings.js';
import { fadingPowerCdf } from '../../src/radio/fading-power.js';
import { fadingMeasures, sampleFading, usualSampling } from '../../src/radio/fading-measures.js';
import type { FadingMeasure } from '../../src/radio/fading-measures.js';

describe('level crossings in closed form', () => {
  it('of Rayleigh fading are sqrt(2 pi) fd r exp(-r^2)', () => {
    for (const power of [0.01, 0.1, 1, 3]) {
      const expected = Math.sqrt(2 * Math.PI * power) * 9.7 * Math.exp(-power);
      expect(levelCrossingRate({ kFactor: 0, dopplerHz: 9.7, directDopplerHz: 0 }, power)).toBeCloseTo(expected, 10);
      expect(levelCrossingRate({ kFactor: 0, dopplerHz: 9.7, directDopplerHz: 5 }, power)).toBeCloseTo(expected, 10);
    }
  });

  it.each([0.1, 1, 8, 60, 200])('of a direct wave of K = %d that stands still are the textbook form with I0, which the integral tends to', (kFactor) => {
    for (const power of [0.05, 0.5, 0.9, 1, 1.3]) {
      const r = Math.sqrt(power);
      const argument = 2 * r * Math.sqrt(kFactor * (kFactor + 1));
      const expected = Math.sqrt(2 * Math.PI * (kFactor + 1)) * 20 * r * Math.exp(-kFactor - (kFactor + 1) * power) * besselI0(argument);
      expect(levelCrossingRate({ kFactor, dopplerHz: 20, directDopplerHz: 0 }, power) / expected).toBeCloseTo(1, 9);
      expect(levelCrossingRate({ kFactor, dopplerHz: 20, directDopplerHz: 1e-5 }, power) / expected).toBeCloseTo(1, 7);
    }
  });

  it('do not depend on the direction in which the direct wave turns, and are those of the printed integral', () => {
    // Rice's formula with sinh and cosh over a quarter of the circle, summed in another way.
    const [kFactor, dopplerHz, directDopplerHz, power] = [4, 10, 7, 0.4];
    const [r, rho, variance] = [Math.sqrt(power), Math.sqrt(kFactor / (kFactor + 1)), 1 / (2 * (kFactor + 1))];
    const beta = 2 * (Math.PI * dopplerHz) ** 2 * variance;
    const normalCdf = (x: number): number => {
      // By the trapezoidal rule from -12 on.
      const steps = 20_000;
      const h = (x + 12) / steps;
      let sum = 0;
      for (let i = 0; i <= steps; i++) sum += (i === 0 || i === steps ? 0.5 : 1) * Math.exp(-0.5 * (-12 + i * h) ** 2);
      return (sum * h) / Math.sqrt(2 * Math.PI);
    };
    let sum = 0;
    const parts = 64;
    for (let i = 0; i < parts; i++) {
      const theta = (2 * Math.PI * (i + 0.5)) / parts;
      const mean = 2 * Math.PI * directDopplerHz * rho * Math.sin(theta);
      const density = (r / (2 * Math.PI * variance)) * Math.exp(-(power + rho * rho - 2 * r * rho * Math.cos(theta)) / (2 * variance));
      sum += (density * (Math.sqrt(beta / (2 * Math.PI)) * Math.exp((-mean * mean) / (2 * beta)) + mean * normalCdf(mean / Math.sqrt(beta))) * 2 * Math.PI) / parts;
    }
    expect(levelCrossingRate({ kFactor, dopplerHz, directDopplerHz }, power) / sum).toBeCloseTo(1, 6);
    expect(levelCrossingRate({ kFactor, dopplerHz, directDopplerHz: -directDopplerHz }, power) / sum).toBeCloseTo(1, 6);
  });

  it('have the variance of the distribution at no distance in time', () => {
    for (const kFactor of [0, 1, 10]) expect(powerCovariance({ kFactor, dopplerHz: 9, directDopplerHz: 4 }, 0)).toBeCloseTo((1 + 2 * kFactor) / (1 + kFactor) ** 2, 12);
  });
});

describe('measured beside them', () => {
  /** So many links at 30 km/h, over ten Doppler periods. */
  function measures(fading: Record<string, unknown>, condition: 'los' | 'nlos', links = 100): Map<string, FadingMeasure> {
    const channel = createChannel(channelSchema.parse({
      pathLoss: { model: '3gpp-umi', condition }, shadowing: { kind: 'none' }, motion: { kind: 'random-waypoint', speed: '30 km/h' }, fading,
    }), { seed: 8, clients: links });
    const sampling = usualSampling(channel, 0.3);
    return new Map(fadingMeasures(channel, sampleFading(channel, sampling), sampling).map((measure) => [measure.quantity, measure]));
  }

  it.each([
    ['a given K, with the Doppler shift of the way towards the base station', { kind: 'rician', kFactor: '6 dB' }, 'los'],
    ['K drawn for each link', { kind: 'rician' }, 'los'],
    ['the line-of-sight part of a tapped delay line, at 0.7 of the largest shift', { kind: 'tdl', profile: 'D', delaySpread: '50 ns' }, 'los'],
    ['no direct wave', { kind: 'rayleigh' }, 'nlos'],
  ] as const)('agree within four standard errors over 100 links for %s', (_name, fading, condition) => {
    const rows = measures(fading, condition);
    for (const quantity of ['mean power', 'outage probability', 'level crossings', 'mean length of a fade', 'coherence time (correlation of the power 1/2)']) {
      const { measured, closedForm, standardError } = rows.get(quantity)!;
      expect(closedForm, quantity).not.toBeNull();
      // Ten periods and 32 waves leave a correlation of one or two per cent over.
      expect(Math.abs(measured! - closedForm!), quantity).toBeLessThan(4 * standardError! + 0.02 * closedForm!);
    }
  });

  it('differ from a direct wave that stands still, by more than the standard error', () => {
    const rows = measures({ kind: 'rician', kFactor: '6 dB' }, 'los');
    const { measured, standardError } = rows.get('level crossings')!;
    const still = levelCrossingRate({ kFactor: 10 ** 0.6, dopplerHz: (30 / 3.6) * (3.5e9 / 299_792_458), directDopplerHz: 0 }, 0.3);
    expect(Math.abs(measured! - still)).toBeGreaterThan(4 * standardError!);
  });

  it('have standard errors that groups of links show', () => {
    const rows = measures({ kind: 'rayleigh' }, 'nlos', 100);
    const { measured, closedForm, standardError } = rows.get('outage probability')!;
    expect(closedForm).toBeCloseTo(fadingPowerCdf({ kFactor: 0, nakagamiShape: 1 }, 0.3), 12);
    expect(Math.abs(measured! - closedForm!)).toBeLessThan(3 * standardError!);
    // Ten periods have some twenty independent fades: between the error of as many samples as links and of twenty times as many.
    const ofLinks = Math.sqrt((closedForm! * (1 - closedForm!)) / 100);
    expect(standardError!).toBeLessThan(ofLinks);
    expect(standardError!).toBeGreaterThan(ofLinks / 8);
  });

  it('has no standard error where there are too few links', () => {
    expect(measures({ kind: 'rayleigh' }, 'nlos', 10).get('outage probability')!.standardError).toBeNull();
  });
});
