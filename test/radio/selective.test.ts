import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';
import { createLinkState } from '../../src/radio/link.js';
import type { Band, LinkState } from '../../src/radio/link.js';
import { radioSchema } from '../../src/radio/index.js';
import { createRateModel, rateSchema } from '../../src/radio/rate/index.js';
import type { RateModel } from '../../src/radio/rate/index.js';
import { effectiveSnr } from '../../src/radio/rate/effective-ratio.js';
import { nrSchemes } from '../../src/radio/rate/nr.js';
import { blockRange } from '../../src/radio/selective-link.js';
import { stream } from '../../src/random/index.js';
import { createCell, RING } from './cell-fixture.js';

const PACKET_BITS = 12_344;
const ratio = (db: number): number => 10 ** (db / 10);
const decibels = (value: number): number => 10 * Math.log10(value);

function rateOf(options: Record<string, unknown>): RateModel {
  return createRateModel(rateSchema.parse(options), PACKET_BITS);
}

/** Rayleigh-like ratios of blocks around a mean. */
function drawnBlocks(count: number, meanDb: number, id: number): Float64Array {
  const draws = stream(3, 'test-blocks', id);
  return Float64Array.from({ length: count }, () => -Math.log(1 - draws.uniform()) * ratio(meanDb));
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the effective ratio of resource blocks', () => {
  it('has the reference betas of Tables 1 and 2', () => {
    const one = nrSchemes('1').schemes.map(({ beta }) => beta);
    expect([one[0], one[9], one[10], one[16], one[17], one[28]]).toEqual([1.6, 1.82, 3.97, 6.5, 9.95, 34.28]);
    const two = nrSchemes('2').schemes.map(({ beta }) => beta);
    expect([two[0], two[4], two[5], two[19], two[20], two[27]]).toEqual([1.6, 1.79, 4.27, 29.94, 56.48, 132.54]);
    expect(nrSchemes('3').schemes[0].beta).toBe(1.6);
    for (const table of ['1', '2', '3'] as const) nrSchemes(table).schemes.reduce((before, { beta }) => { expect(beta).toBeGreaterThanOrEqual(before); return beta; }, 0);
  });

  it('is that of any block where all are equal, and at most the mean elsewhere', () => {
    for (const scheme of nrSchemes('2').schemes) {
      for (const db of [-10, 0, 15, 40]) expect(effectiveSnr(scheme, new Float64Array(52).fill(ratio(db)), 52) / ratio(db)).toBeCloseTo(1, 12);
      for (let id = 0; id < 20; id++) {
        const blocks = drawnBlocks(52, 2 * id - 10, id);
        const effective = effectiveSnr(scheme, blocks, 52);
        expect(effective).toBeLessThan(mean(blocks));
        expect(effective).toBeGreaterThan(Math.min(...blocks));
      }
    }
  });

  it('is -beta ln of the mean of exp(-ratio / beta), also where the exponentials alone would vanish', () => {
    const scheme = { beta: 1.6 };
    expect(effectiveSnr(scheme, Float64Array.of(1, 2, 4), 3)).toBeCloseTo(-1.6 * Math.log((Math.exp(-1 / 1.6) + Math.exp(-2 / 1.6) + Math.exp(-4 / 1.6)) / 3), 10);
    // The least of many large ratios decides: 5000 + 1.6 ln 2.
    expect(effectiveSnr(scheme, Float64Array.of(5000, 9000), 2)).toBeCloseTo(5000 + 1.6 * Math.log(2), 9);
    // Only the blocks that count are looked at.
    expect(effectiveSnr(scheme, Float64Array.of(3, 3, 1e-9), 2)).toBeCloseTo(3, 12);
  });

  it('is the flat ratio of the mean capacity where codes reach capacity', () => {
    for (const [kind, gap] of [['shannon', 1], ['shannon', ratio(3)], ['finite-blocklength', 1]] as const) {
      const rate = rateOf(kind === 'shannon' ? { kind, gap: `${decibels(gap)} dB` } : { kind });
      const blocks = drawnBlocks(21, 12, 5);
      const capacity = blocks.reduce((sum, snr) => sum + Math.log2(1 + snr / gap), 0) / 21;
      expect(Math.log2(1 + rate.equivalentSnr(blocks, 21) / gap)).toBeCloseTo(capacity, 9);
      expect(rate.effectiveSnr(0, blocks, 21)).toBe(rate.equivalentSnr(blocks, 21));
      // 200 dB in every block must not overflow.
      expect(decibels(rate.equivalentSnr(new Float64Array(52).fill(1e20), 52))).toBeCloseTo(200, 6);
    }
  });

  it.each(['quantized', 'exact'])('leads to the highest scheme that its own effective ratio carries (%s)', (indicator) => {
    const rate = rateOf({ kind: 'nr', table: '2', indicator });
    let steps = 0;
    for (let id = 0; id < 200; id++) {
      const blocks = drawnBlocks(52, (id % 40) - 8, id);
      const chosen = rate.choose(rate.equivalentSnr(blocks, 52), PACKET_BITS);
      if (chosen > 0) expect(rate.errorProbability(chosen, PACKET_BITS, rate.effectiveSnr(chosen, blocks, 52))).toBeLessThanOrEqual(0.1 + 1e-4);
      const flat = rate.choose(mean(blocks), PACKET_BITS);
      expect(chosen).toBeLessThanOrEqual(flat);
      if (chosen < flat) steps++;
      const equal = new Float64Array(52).fill(ratio((id % 40) - 8));
      expect(rate.choose(rate.equivalentSnr(equal, 52), PACKET_BITS)).toBe(rate.choose(equal[0] * (1 + 1e-9), PACKET_BITS));
    }
    expect(steps).toBeGreaterThan(100);
  });
});

const TDL = { ...RING, fading: { kind: 'tdl', profile: 'A', delaySpread: '300 ns', surroundingsSpeed: '3 km/h' } };

function linksOf(radio: Record<string, unknown>, clients = 400): { links: LinkState; rate: RateModel; channel: Channel; gain: number } {
  const options = radioSchema.parse(radio);
  const rate = createRateModel(options.rate, PACKET_BITS);
  const channel = createChannel(channelSchema.parse(TDL), { seed: 2, clients });
  return { links: createLinkState(options, channel, rate, null), rate, channel, gain: channel.largeScaleGain(0, 0) };
}

/** The uplink of 52 resource blocks, or some of them, at a mean ratio. */
function bandOf(meanDb: number, gain: number, bandwidthHz = 52 * 180e3): Band {
  return { direction: 'uplink', bandwidthHz, share: 1, snrPerGain: ratio(meanDb) / gain, transmitterW: 1, receiverW: 1 };
}

describe('links over frequency-selective fading', () => {
  it('lie on whole resource blocks within the band, as many as their width takes', () => {
    const grid = { blocks: 52, blockHz: 180e3 };
    for (const width of [1, 5, 26, 52]) {
      for (let client = 0; client < 60; client++) {
        const { first, count } = blockRange(bandOf(0, 1, width * 180e3), grid, client);
        expect(count).toBe(width);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first + count).toBeLessThanOrEqual(52);
      }
    }
    expect(blockRange(bandOf(0, 1, 40e3), grid, 3).count).toBe(1);
  });

  it('meet the mean ratio on average, with fewer deep fades in wider shares', () => {
    const { links, gain } = linksOf({});
    const depth = (bandwidthHz: number): number => {
      const band = bandOf(20, gain, bandwidthHz);
      let deep = 0;
      for (let client = 0; client < 400; client++) {
        const reception = links.reception(band, client);
        reception.begin();
        reception.add(0.5, 0);
        if (reception.attemptSnr < ratio(12)) deep++;
      }
      return deep / 400;
    };
    // 8 dB below the mean: 14.7 % of Rayleigh links; standard error 1.8 %.
    expect(Math.abs(depth(180e3) - 0.147)).toBeLessThan(0.06);
    expect(depth(52 * 180e3)).toBeLessThan(0.03);
  });

  it('add up the ratios of combined attempts block by block', () => {
    const { links, rate, channel, gain } = linksOf({ rate: { kind: 'nr', table: '1' } });
    const band = bandOf(6, gain);
    const grid = channel.resourceGrid('uplink', 180e3, 52)!;
    const format = 12;
    for (let client = 0; client < 20; client++) {
      const blocksAt = (timeS: number): Float64Array => {
        const blocks = new Float64Array(52);
        grid.resourceBlockGains(client, timeS, blocks);
        return blocks.map((power) => power * ratio(6));
      };
      const [one, two] = [blocksAt(1), blocksAt(1.2)];
      const reception = links.reception(band, client);
      reception.begin();
      reception.add(1, format);
      expect(reception.combinedSnr / rate.effectiveSnr(format, one, 52)).toBeCloseTo(1, 9);
      reception.add(1.2, format);
      expect(reception.attemptSnr / rate.effectiveSnr(format, two, 52)).toBeCloseTo(1, 9);
      expect(reception.combinedSnr / rate.effectiveSnr(format, one.map((snr, i) => snr + two[i]), 52)).toBeCloseTo(1, 9);
      reception.begin();
      reception.add(1.2, format);
      expect(reception.combinedSnr).toBe(reception.attemptSnr);
    }
  });

  it('expect what they knew a moment ago, with the margins and the correction of the outer loop on every block', () => {
    const now = linksOf({ csi: { kind: 'perfect' } });
    const before = linksOf({ csi: { kind: 'delayed', delay: '5 ms', backOff: '0 dB' } });
    const band = bandOf(15, now.gain);
    for (const client of [0, 3]) expect(before.links.expectedSnr(band, client, 1.005, 1)).toBeCloseTo(now.links.expectedSnr(band, client, 1, 1), 6);
    const reception = now.links.reception(band, 0);
    reception.begin();
    reception.add(1, 0);
    expect(now.links.expectedSnr(band, 0, 1, 1)).toBeCloseTo(reception.attemptSnr, 9);
    expect(now.links.expectedSnr(band, 0, 1, 1, 0.5)).toBeLessThan(0.8 * reception.attemptSnr);
    expect(now.links.expectedSnr(band, 0, 1, 2)).toBeLessThan(0.8 * reception.attemptSnr);
  });

  it('fail as often as statistical knowledge accepts', () => {
    const outage = 0.1;
    for (const width of [1, 10, 52]) {
      const { links, gain } = linksOf({ csi: { kind: 'statistical', outage }, packet: { repetitionBackOff: '0 dB' } }, 1500);
      const band = bandOf(10, gain, width * 180e3);
      let below = 0;
      for (let client = 0; client < 1500; client++) {
        const reception = links.reception(band, client);
        reception.begin();
        reception.add(2, 0);
        if (reception.attemptSnr < links.expectedSnr(band, client, 2, 1)) below++;
      }
      // Standard error 0.8 %, and a few thousand histories behind the table.
      expect(Math.abs(below / 1500 - outage), `${width} blocks`).toBeLessThan(0.03);
    }
  });
});

describe('a cell over frequency-selective fading', () => {
  it.each(['shannon', 'nr', 'finite-blocklength'])('is priced as the ledger charges on average (%s)', async (kind) => {
    const actual = { seconds: 0, transmitJ: 0 };
    let messages = 0;
    let price = { seconds: 0, transmitJ: 0 };
    const bytes = 30_000;
    for (let seed = 1; seed <= 25; seed++) {
      const cell = createCell({ clients: 5, seed, channel: TDL, radio: { rate: { kind } } });
      cell.radio.openRound([0, 1, 2, 3, 4]);
      await cell.kernel.runUntil(1);
      const quote = cell.radio.quote('uplink', 0, bytes);
      price = { seconds: quote.secondsPerBit * 8 * bytes + quote.secondsPerMessage, transmitJ: quote.transmitterJPerBit * 8 * bytes + quote.transmitterJPerMessage };
      for (let client = 0; client < 5; client++) {
        cell.radio.uplink(client, bytes, ({ startS, endS, transmitJ }) => {
          messages++;
          actual.seconds += endS - startS;
          actual.transmitJ += transmitJ;
        });
      }
      await cell.kernel.run();
    }
    // 125 messages of 20 packets; the outer loop of 5G NR is not yet where it ends up.
    expect(Math.abs(price.seconds / (actual.seconds / messages) - 1)).toBeLessThan(0.15);
    expect(Math.abs(price.transmitJ / (actual.transmitJ / messages) - 1)).toBeLessThan(0.15);
  });

  it('gives broadcasts of the whole band that hardly fail', async () => {
    const cell = createCell({ clients: 6, channel: TDL, radio: { rate: { kind: 'nr' } } });
    cell.radio.openRound([0, 1, 2, 3, 4, 5]);
    let delivered = 0;
    cell.radio.broadcast([0, 1, 2, 3, 4, 5], 60_000, (delivery) => { if (delivery.delivered) delivered++; }, () => undefined);
    await cell.kernel.run();
    expect(delivered).toBe(6);
  });
});
