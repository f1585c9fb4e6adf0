import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import { penetrationLosses, wallLoss } from '../../src/channel/penetration.js';

describe('loss into buildings', () => {
  it('follows the material formulas of the standard', () => {
    const low = (f: number): number => 5 - 10 * Math.log10(0.3 * 10 ** (-(2 + 0.2 * f) / 10) + 0.7 * 10 ** (-(5 + 4 * f) / 10));
    const high = (f: number): number => 5 - 10 * Math.log10(0.7 * 10 ** (-(23 + 0.3 * f) / 10) + 0.3 * 10 ** (-(5 + 4 * f) / 10));
    for (const f of [0.7, 3.5, 28]) {
      expect(wallLoss('low', f).meanDb).toBeCloseTo(low(f), 9);
      expect(wallLoss('high', f).meanDb).toBeCloseTo(high(f), 9);
    }
    expect([wallLoss('low', 3.5).sigmaDb, wallLoss('high', 3.5).sigmaDb, wallLoss('simple', 3.5).meanDb, wallLoss('car', 3.5)])
      .toEqual([4.4, 6.5, 20, { meanDb: 9, sigmaDb: 5 }]);
  });

  // The formulas of TR 38.901, 7.4.3, worked out in Python.
  it.each([
    [0.7, 10.2367, 17.74658],
    [3.5, 12.6975, 26.84979],
    [5, 13.16532, 29.64405],
    [28, 17.82879, 37.94902],
  ])('is at %d GHz what the formulas come to elsewhere: %d dB and %d dB', (carrierGhz, lowDb, highDb) => {
    expect(wallLoss('low', carrierGhz).meanDb).toBeCloseTo(lowDb, 4);
    expect(wallLoss('high', carrierGhz).meanDb).toBeCloseTo(highDb, 4);
  });

  it.each([
    ['low', 0.2, 4.4], ['low', 0.8, 4.4], ['high', 0.5, 6.5], ['high', 1, 6.5],
  ] as const)('%s is met by a share of %d of 4,000 clients, with the spread of wall and depth', (kind, share, sigmaDb) => {
    const clients = 4000;
    const losses = penetrationLosses({ kind, share, depth: 25 }, 9, clients, 3.5e9);
    const indoors = losses.filter((loss) => loss !== null);
    // Binomial: at most 0.8 % of standard error.
    expect(Math.abs(indoors.length / clients - share)).toBeLessThan(share === 1 ? 1e-12 : 0.03);
    const mean = indoors.reduce((a, b) => a + b, 0) / indoors.length;
    const deviation = Math.sqrt(indoors.reduce((a, b) => a + (b - mean) * (b - mean), 0) / indoors.length);
    // The smaller of two uniform depths up to 25 m has the mean 25 / 3 m and the variance 25^2 / 18, at half a dB per metre.
    const expected = Math.sqrt(sigmaDb * sigmaDb + 625 / 18 / 4);
    const standardError = expected / Math.sqrt(indoors.length);
    expect(Math.abs(mean - (wallLoss(kind, 3.5).meanDb + 25 / 6))).toBeLessThan(4 * standardError);
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * indoors.length));
    // Who is indoors does not depend on how many there are.
    expect(penetrationLosses({ kind, share, depth: 25 }, 9, 50, 3.5e9)).toEqual(losses.slice(0, 50));
  });

  it('adds the wall, half a dB per metre and a draw per client, takes away the direct wave, and changes nobody outdoors', () => {
    const clients = 4000;
    const base = { placement: { kind: 'ring', distance: '60 m' }, motion: { kind: 'static' }, pathLoss: { model: '3gpp-umi', condition: 'los' } };
    const outdoors = createChannel(channelSchema.parse(base), { seed: 1, clients });
    const mixed = createChannel(channelSchema.parse({ ...base, penetration: { kind: 'low' } }), { seed: 1, clients });
    const extra: number[] = [];
    const indoorShadowing: number[] = [];
    for (let client = 0; client < clients; client++) {
      if (mixed.isLineOfSight(client, 0)) {
        expect(mixed.gain(client, 'uplink', 0)).toBe(outdoors.gain(client, 'uplink', 0));
      } else {
        extra.push(mixed.pathLossDb(client, 0) - outdoors.pathLossDb(client, 0));
        indoorShadowing.push(mixed.shadowingDb(client, 0));
      }
    }
    expect(Math.abs(extra.length / clients - 0.8)).toBeLessThan(0.03);
    // The smaller of two uniform depths up to 25 m is 25 / 3 m on average: 4.17 dB. Standard error 0.09 dB.
    const mean = extra.reduce((a, b) => a + b, 0) / extra.length;
    expect(Math.abs(mean - (wallLoss('low', 3.5).meanDb + 25 / 6))).toBeLessThan(0.4);
    const sigma = Math.sqrt(indoorShadowing.reduce((a, b) => a + b * b, 0) / indoorShadowing.length);
    expect(Math.abs(sigma - 7)).toBeLessThan(0.35);
  });
});
