import { describe, expect, it } from 'vitest';
import { erfc, exp, log, lowerRegularizedGamma, marcumP1, qFunction, regularizedBeta } from '../../src/numerics/index.js';
import {
  beta, dirichlet, exponential, gamma, logNormal, nakagamiPower, normal, rayleighPower, ricianPower, stream, type Stream,
} from '../../src/random/index.js';

const SAMPLES = 50_000;

/** Fixed keys, so nothing here is left to chance from run to run. */
function draw(name: string, sampler: (draws: Stream) => number): Float64Array {
  const draws = stream(11, `test-${name}`);
  return Float64Array.from({ length: SAMPLES }, () => sampler(draws));
}

/** Mean and variance within 4.5 standard errors of what they must be; the fourth moment is estimated from the sample. */
function expectMoments(values: Float64Array, mean: number, variance: number): void {
  const found = values.reduce((a, b) => a + b, 0) / SAMPLES;
  const second = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / SAMPLES;
  const fourth = values.reduce((sum, x) => sum + (x - mean) * (x - mean) * (x - mean) * (x - mean), 0) / SAMPLES;
  expect(Math.abs(found - mean)).toBeLessThan(4.5 * Math.sqrt(variance / SAMPLES));
  expect(Math.abs(second - variance)).toBeLessThan(4.5 * Math.sqrt((fourth - second * second) / SAMPLES));
}

/** Kolmogorov-Smirnov distance below its 0.1 % point, 1.95 / sqrt(n). */
function expectDistribution(values: Float64Array, cumulative: (x: number) => number): void {
  const sorted = values.toSorted();
  let distance = 0;
  sorted.forEach((x, i) => {
    const p = cumulative(x);
    distance = Math.max(distance, p - i / SAMPLES, (i + 1) / SAMPLES - p);
  });
  expect(distance).toBeLessThan(1.95 / Math.sqrt(SAMPLES));
}

const normalCumulative = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);

describe(`samplers, ${SAMPLES} draws each against moments and distribution function`, () => {
  it('normal', () => {
    const values = draw('normal', normal);
    expectMoments(values, 0, 1);
    expectDistribution(values, normalCumulative);
    const beyond = values.filter((x) => Math.abs(x) > 3).length;
    expect(Math.abs(beyond - SAMPLES * 2 * qFunction(3))).toBeLessThan(4.5 * Math.sqrt(SAMPLES * 2 * qFunction(3)));
  });

  it('exponential and Rayleigh power', () => {
    for (const values of [draw('exponential', exponential), draw('rayleigh', rayleighPower)]) {
      expectMoments(values, 1, 1);
      expectDistribution(values, (x) => 1 - exp(-x));
      expect(values.every((x) => x >= 0)).toBe(true);
    }
  });

  it('log-normal', () => {
    const values = draw('log-normal', (draws) => logNormal(draws, -0.5, 0.7));
    expectDistribution(values, (x) => normalCumulative((log(x) + 0.5) / 0.7));
    expectMoments(values, exp(-0.5 + 0.245), (exp(0.49) - 1) * exp(-1 + 0.49));
  });

  it.each([0.05, 0.3, 1, 2.5, 40])('gamma of shape %d', (shape) => {
    const values = draw(`gamma-${shape}`, (draws) => gamma(draws, shape));
    expectMoments(values, shape, shape);
    expectDistribution(values, (x) => lowerRegularizedGamma(shape, x));
  });

  it.each([[0.2, 0.4], [2, 3], [30, 5]])('beta(%d, %d)', (a, b) => {
    const values = draw(`beta-${a}-${b}`, (draws) => beta(draws, a, b));
    expectMoments(values, a / (a + b), (a * b) / ((a + b) * (a + b) * (a + b + 1)));
    expectDistribution(values, (x) => regularizedBeta(Math.min(Math.max(x, 0), 1), a, b));
  });

  it.each([0, 1, 10])('Rician power with K = %d', (kFactor) => {
    const values = draw(`rician-${kFactor}`, (draws) => ricianPower(draws, kFactor));
    expectMoments(values, 1, (1 + 2 * kFactor) / ((1 + kFactor) * (1 + kFactor)));
    expectDistribution(values, (x) => marcumP1(Math.sqrt(2 * kFactor), Math.sqrt(2 * (kFactor + 1) * x)));
  });

  it.each([0.5, 1, 4])('Nakagami power with m = %d', (m) => {
    const values = draw(`nakagami-${m}`, (draws) => nakagamiPower(draws, m));
    expectMoments(values, 1, 1 / m);
    expectDistribution(values, (x) => lowerRegularizedGamma(m, m * x));
  });
});

describe('frozen draws', () => {
  it('are the same wherever this runs', () => {
    const draws = stream(1, 'frozen');
    expect({
      normal: [normal(draws), normal(draws)],
      exponential: exponential(draws),
      logNormal: logNormal(draws, 0, 1),
      gamma: [gamma(draws, 0.3), gamma(draws, 7)],
      beta: beta(draws, 2, 3),
      dirichlet: [...dirichlet(draws, [0.1, 0.1, 0.1])],
      rician: ricianPower(draws, 4),
      nakagami: nakagamiPower(draws, 2),
    }).toMatchInlineSnapshot(`
      {
        "beta": 0.7341957035473176,
        "dirichlet": [
          0.8597572087857163,
          0.1401194694337565,
          0.0001233217805271018,
        ],
        "exponential": 3.1486682434576956,
        "gamma": [
          0.0005402731689017202,
          7.638890700058615,
        ],
        "logNormal": 1.6727951035741333,
        "nakagami": 0.9141058497495957,
        "normal": [
          -1.4980589785875975,
          -0.1067310464755719,
        ],
        "rician": 0.43788055348125937,
      }
    `);
  });
});

describe('dirichlet', () => {
  it('sums to one and has the right mean and variance in each place (20,000 rows, 4.5 standard errors)', () => {
    const concentrations = [0.3, 1, 2.7];
    const total = 4;
    const draws = stream(12, 'dirichlet');
    const rows = Array.from({ length: 20_000 }, () => dirichlet(draws, concentrations));
    for (const row of rows) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    concentrations.forEach((concentration, place) => {
      const mean = concentration / total;
      const variance = (mean * (1 - mean)) / (total + 1);
      const found = rows.reduce((sum, row) => sum + row[place], 0) / rows.length;
      expect(Math.abs(found - mean)).toBeLessThan(4.5 * Math.sqrt(variance / rows.length));
    });
  });

  it.each([1e-2, 1e-4, 1e-10, 1e-100, 1e-308, 5e-324])('never gives a row of zeros, however small the concentration (%d)', (concentration) => {
    const draws = stream(13, 'tiny', concentration);
    const places = new Float64Array(10);
    for (let i = 0; i < 2000; i++) {
      const row = dirichlet(draws, Array.from({ length: 10 }, () => concentration));
      expect(row.every((share) => share >= 0 && share <= 1)).toBe(true);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      places[row.indexOf(Math.max(...row))]++;
    }
    // each place is the largest in a tenth of the rows: 200 +- 5 standard errors
    for (const count of places) expect(Math.abs(count - 200)).toBeLessThan(5 * Math.sqrt(2000 * 0.09));
  });
});
