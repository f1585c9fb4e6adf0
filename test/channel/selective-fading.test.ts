import { describe, expect, it } from 'vitest';
import { DELAY_PROFILES, delayProfile } from '../../src/channel/delay-profile.js';
import type { DelayProfile, DelayProfileName } from '../../src/channel/delay-profile.js';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import type { Channel, ResourceGrid } from '../../src/channel/index.js';
import { besselJ0, marcumP1 } from '../../src/numerics/index.js';
import { normal, stream } from '../../src/random/index.js';

const LINKS = 2500;
const BLOCKS = 12;
/** Blocks of the test grid; wide, so that a few of them span the coherence bandwidth. */
const BLOCK_HZ = 360e3;
/** Critical distance of Kolmogorov and Smirnov at the 0.1 % level. */
const KS_LIMIT = 1.95 / Math.sqrt(LINKS);
/** 3 km/h at 3.5 GHz. */
const DOPPLER_HZ = 3 / 3.6 / (299_792_458 / 3.5e9);

function channelOf(fading: Record<string, unknown>, clients = LINKS, options: Record<string, unknown> = {}): Channel {
  return createChannel(
    channelSchema.parse({ shadowing: { kind: 'none' }, fading: { kind: 'tdl', delaySpread: '100 ns', ...fading }, ...options }),
    { seed: 7, clients },
  );
}

/** Channels of 2,500 links by their fading, made once. */
const made = new Map<string, Channel>();
function linksOf(fading: Record<string, unknown>): Channel {
  const key = JSON.stringify(fading);
  const channel = made.get(key) ?? channelOf(fading);
  made.set(key, channel);
  return channel;
}

function gridOf(channel: Channel, blocks = BLOCKS, blockHz = BLOCK_HZ): ResourceGrid {
  const grid = channel.resourceGrid('uplink', blockHz, blocks);
  if (grid === null) throw new Error('the fading is flat');
  return grid;
}

/** Gains of every link at a time: one row per link. */
function gainsAt(grid: ResourceGrid, timeS: number, links = LINKS): Float64Array[] {
  return Array.from({ length: links }, (_, client) => {
    const out = new Float64Array(grid.blocks);
    grid.resourceBlockGains(client, timeS, out);
    return out;
  });
}

const column = (rows: Float64Array[], block: number): number[] => rows.map((row) => row[block]);
const mean = (sample: number[]): number => sample.reduce((sum, value) => sum + value, 0) / sample.length;

function correlation(a: number[], b: number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const covariance = mean(a.map((value, i) => (value - ma) * (b[i] - mb)));
  return covariance / Math.sqrt(mean(a.map((value) => (value - ma) ** 2)) * mean(b.map((value) => (value - mb) ** 2)));
}

function ksDistance(sample: number[], cdf: (x: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted.reduce((most, x, i) => Math.max(most, Math.abs(cdf(x) - i / sorted.length), Math.abs(cdf(x) - (i + 1) / sorted.length)), 0);
}

/** Fourier transform of the scattered part of a profile, as a complex number. */
function scatteredTransform({ delaysS, powers }: DelayProfile, frequencyHz: number): [number, number] {
  let re = 0;
  let im = 0;
  delaysS.forEach((delayS, tap) => {
    re += powers[tap] * Math.cos(2 * Math.PI * frequencyHz * delayS);
    im -= powers[tap] * Math.sin(2 * Math.PI * frequencyHz * delayS);
  });
  return [re, im];
}

/** Correlation of the powers of two frequencies that far apart: |S|^2 + 2 P Re S over its value at 0, S being the transform of the scattered part. */
function powerCorrelation(profile: DelayProfile, frequencyHz: number): number {
  const at = (hz: number): number => {
    const [re, im] = scatteredTransform(profile, hz);
    return re * re + im * im + 2 * profile.directPower * re;
  };
  return at(frequencyHz) / at(0);
}

describe('delay profiles', () => {
  it.each(DELAY_PROFILES)('%s has unit power, and the delay spread it is scaled to', (name) => {
    const { delaysS, powers, directPower } = delayProfile(name, 50e-9);
    expect(powers.reduce((sum, power) => sum + power, directPower)).toBeCloseTo(1, 12);
    expect(delaysS.length).toBe(powers.length);
    const first = delaysS.reduce((sum, delay, tap) => sum + powers[tap] * delay, 0);
    const second = delaysS.reduce((sum, delay, tap) => sum + powers[tap] * delay * delay, 0);
    // The tables give delays to four digits and powers to a tenth of a decibel.
    expect(Math.abs(Math.sqrt(second - first * first) / 50e-9 - 1)).toBeLessThan(0.007);
  });

  it('have the number of taps and the K factor of the first one as the standard states', () => {
    expect(DELAY_PROFILES.map((name) => delayProfile(name, 1).powers.length)).toEqual([23, 23, 24, 13, 14]);
    const firstK = (name: DelayProfileName): number => {
      const { directPower, powers } = delayProfile(name, 1);
      return 10 * Math.log10(directPower / powers[0]);
    };
    expect(firstK('D')).toBeCloseTo(13.3, 6);
    expect(firstK('E')).toBeCloseTo(22, 6);
    expect(delayProfile('A', 1).directPower).toBe(0);
  });

  it('take the median delay spread of the propagation model by the state of the link', () => {
    const spreadOf = (model: string, condition: string, carrier: string, more: Record<string, unknown> = {}): number => {
      const options = { carrier, pathLoss: { model, condition }, fading: { kind: 'tdl' }, ...more };
      const channel = createChannel(channelSchema.parse(options), { seed: 1, clients: 1 });
      return channel.fadingStatistics(0, 0).delayProfile!.delaySpreadS * 1e9;
    };
    const umi = (constant: number): number => 10 ** (constant - 0.24 * Math.log10(4.5)) * 1e9;
    expect(spreadOf('3gpp-umi', 'los', '3.5 GHz')).toBeCloseTo(umi(-7.14), 6);
    expect(spreadOf('3gpp-umi', 'nlos', '3.5 GHz')).toBeCloseTo(umi(-6.83), 6);
    expect(spreadOf('3gpp-umi', 'nlos', '3.5 GHz', { penetration: { kind: 'low', share: 1 } })).toBeCloseTo(10 ** -6.62 * 1e9, 6);
    // Below 6 GHz the urban macro cell takes the value at 6 GHz: 363 ns where blocked.
    const macro = { cell: { baseHeight: '25 m' } };
    expect(spreadOf('3gpp-uma', 'nlos', '3.5 GHz', macro)).toBeCloseTo(10 ** (-6.28 - 0.204 * Math.log10(6)) * 1e9, 6);
    expect(spreadOf('3gpp-uma', 'nlos', '3.5 GHz', macro)).toBe(spreadOf('3gpp-uma', 'nlos', '6 GHz', macro));
    expect(() => spreadOf('free-space', 'los', '3.5 GHz', { pathLoss: { model: 'free-space' } })).toThrow(expect.objectContaining({ code: 'CHANNEL_DELAY_SPREAD', exitCode: 2 }));
  });
});

describe('drawn delay spreads', () => {
  const MANY = 1500;
  const drawn = (model: string, condition: string, carrier: string, more: Record<string, unknown> = {}) =>
    createChannel(channelSchema.parse({ carrier, pathLoss: { model, condition }, fading: { kind: 'tdl', delaySpread: 'drawn' }, motion: { kind: 'static' }, shadowing: { kind: 'none' }, ...more }), { seed: 3, clients: MANY });

  // Mean and standard deviation of the base 10 logarithm in 3GPP TR 38.901 Table 7.5-6.
  it.each([
    ['3gpp-umi', 'los', '28 GHz', -7.14 - 0.24 * Math.log10(29), 0.38, {}],
    ['3gpp-umi', 'nlos', '3.5 GHz', -6.83 - 0.24 * Math.log10(4.5), 0.28 + 0.16 * Math.log10(4.5), {}],
    ['3gpp-umi', 'nlos', '3.5 GHz', -6.62, 0.32, { penetration: { kind: 'low', share: 1 } }],
    ['3gpp-uma', 'los', '10 GHz', -6.955 - 0.0963, 0.66, { cell: { baseHeight: '25 m' } }],
    ['3gpp-uma', 'nlos', '3.5 GHz', -6.28 - 0.204 * Math.log10(6), 0.39, { cell: { baseHeight: '25 m' } }],
    ['3gpp-rma', 'los', '700 MHz', -7.49, 0.55, { cell: { baseHeight: '35 m' } }],
    ['3gpp-rma', 'nlos', '700 MHz', -7.43, 0.48, { cell: { baseHeight: '35 m' } }],
    ['3gpp-inh', 'nlos', '3.5 GHz', -7.173 - 0.28 * Math.log10(7), 0.055 + 0.1 * Math.log10(7), { cell: { baseHeight: '3 m', clientHeight: '1 m', radius: '50 m', minDistance: '1 m' } }],
  ])('are log-normal over 1,500 links of %s, %s at %s', (model, condition, carrier, mean, sigma, more) => {
    const channel = drawn(model, condition, carrier, more);
    const logs = Array.from({ length: MANY }, (_, client) => Math.log10(channel.fadingStatistics(client, 0).delayProfile!.delaySpreadS));
    const measured = logs.reduce((a, b) => a + b, 0) / MANY;
    const deviation = Math.sqrt(logs.reduce((a, b) => a + (b - measured) ** 2, 0) / MANY);
    // What averages are told is rounded to fifths of a decade, which adds a variance of 0.2^2 / 12. Four standard errors.
    const expected = Math.sqrt(sigma * sigma + 0.04 / 12);
    expect(Math.abs(measured - mean)).toBeLessThan((4 * expected) / Math.sqrt(MANY));
    expect(Math.abs(deviation / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * MANY));
  });

  it('are what the gains of a link have, one for each state, whenever they are asked for', () => {
    const channel = drawn('3gpp-umi', 'nlos', '3.5 GHz');
    const grid = channel.resourceGrid('uplink', 180e3, 52)!;
    for (const client of [7, 1400, 12]) {
      const spreadS = 10 ** (-6.83 - 0.24 * Math.log10(4.5) + (0.28 + 0.16 * Math.log10(4.5)) * normal(stream(3, 'delay-spread', client, 1)));
      const fixed = createChannel(channelSchema.parse({
        pathLoss: { model: '3gpp-umi', condition: 'nlos' }, motion: { kind: 'static' }, shadowing: { kind: 'none' }, fading: { kind: 'tdl', delaySpread: `${spreadS * 1e9} ns` },
      }), { seed: 3, clients: MANY }).resourceGrid('uplink', 180e3, 52)!;
      const gains = new Float64Array(52);
      const expected = new Float64Array(52);
      grid.resourceBlockGains(client, 0.3, gains);
      fixed.resourceBlockGains(client, 0.3, expected);
      gains.forEach((gain, block) => expect(gain).toBeCloseTo(expected[block], 9));
    }
    const [clear, blocked] = ['los', 'nlos'].map((condition) => drawn('3gpp-umi', condition, '3.5 GHz'));
    const spreadOf = (of: Channel, client: number): number => of.fadingStatistics(client, 0).delayProfile!.delaySpreadS;
    const ratios = Array.from({ length: 40 }, (_, client) => Math.log10(spreadOf(blocked, client) / spreadOf(clear, client)).toFixed(1));
    expect(new Set(ratios).size).toBeGreaterThan(4);
  });

  it('need a model that states them, or a time', () => {
    expect(() => drawn('free-space', 'los', '3.5 GHz', { pathLoss: { model: 'free-space' } })).toThrow(expect.objectContaining({ code: 'CHANNEL_DELAY_SPREAD' }));
    expect(channelSchema.safeParse({ fading: { kind: 'tdl', delaySpread: 'drwan' } }).success).toBe(false);
  });
});

describe('gains of resource blocks over 2,500 links', () => {
  for (const mode of ['continuous', 'block']) {
    it.each([0, 0.01, 10])(`are those of a Rayleigh link in each block without line of sight at %d s (${mode})`, (timeS) => {
      const rows = gainsAt(gridOf(linksOf({ profile: 'A', mode })), timeS);
      for (const block of [0, 7]) {
        const sample = column(rows, block);
        expect(ksDistance(sample, (x) => 1 - Math.exp(-x))).toBeLessThan(KS_LIMIT);
        expect(Math.abs(mean(sample) - 1)).toBeLessThan(0.06);
      }
    });

    it(`are Rician in each block where the profile has a direct wave (${mode})`, () => {
      const { directPower } = delayProfile('D', 100e-9);
      const k = directPower / (1 - directPower);
      for (const timeS of [0, 10]) {
        const sample = column(gainsAt(gridOf(linksOf({ profile: 'D', mode })), timeS), 3);
        expect(ksDistance(sample, (x) => marcumP1(Math.sqrt(2 * k), Math.sqrt(2 * (k + 1) * x)))).toBeLessThan(KS_LIMIT);
      }
    });
  }

  it.each(DELAY_PROFILES)('correlate over frequency by the Fourier transform of profile %s', (name) => {
    const profile = delayProfile(name, 100e-9);
    const rows = gainsAt(gridOf(linksOf({ profile: name, mode: 'continuous' })), 1);
    const start = column(rows, 0);
    for (const apart of [1, 2, 4, 7, 11]) {
      // Standard error at most 0.035 for 2,500 links (the power is heavy-tailed).
      expect(Math.abs(correlation(start, column(rows, apart)) - powerCorrelation(profile, apart * BLOCK_HZ)), `${apart} blocks`).toBeLessThan(0.085);
    }
  });

  it('correlate over time by J0(2 pi fd tau)^2 in each block', () => {
    const grid = gridOf(linksOf({ profile: 'B', mode: 'continuous' }));
    const start = gainsAt(grid, 5);
    for (const lagS of [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.09]) {
      const expected = besselJ0(2 * Math.PI * DOPPLER_HZ * lagS) ** 2;
      const later = gainsAt(grid, 5 + lagS);
      const measured = mean([0, 4, 7, 11].map((block) => correlation(column(start, block), column(later, block))));
      // Standard error some 0.02: the blocks are partly alike. Eight waves to a tap leave 0.015.
      expect(Math.abs(measured - expected), `${lagS} s`).toBeLessThan(0.06);
    }
  });

  it('cross levels as often as the closed form sqrt(2 pi) fd rho exp(-rho^2) says', () => {
    const grid = gridOf(channelOf({ profile: 'A' }, 50), 1);
    const out = new Float64Array(1);
    const durationS = 10;
    for (const rho of [0.5, 1]) {
      let crossings = 0;
      for (let client = 0; client < 50; client++) {
        let before = Infinity;
        for (let timeS = 0; timeS < durationS; timeS += 0.0015) {
          grid.resourceBlockGains(client, timeS, out);
          if (before < rho * rho && out[0] >= rho * rho) crossings++;
          before = out[0];
        }
      }
      const expected = Math.sqrt(2 * Math.PI) * DOPPLER_HZ * rho * Math.exp(-rho * rho);
      // Some 4,700 crossings each, in bursts.
      expect(Math.abs(crossings / (50 * durationS) / expected - 1), `at ${rho}`).toBeLessThan(0.06);
    }
  });

  it('fade less over a whole band than in one block', () => {
    const rows = gainsAt(gridOf(linksOf({ profile: 'A', mode: 'continuous' }), 26, 720e3), 3);
    const shallow = rows.filter((row) => row.reduce((sum, gain) => sum + gain, 0) / 26 < 0.1).length / LINKS;
    const deep = column(rows, 0).filter((gain) => gain < 0.1).length / LINKS;
    expect(deep).toBeGreaterThan(0.07);
    expect(shallow).toBeLessThan(0.001);
  });

  it('are independent in the two directions', () => {
    const channel = linksOf({ profile: 'A', mode: 'continuous' });
    const down = channel.resourceGrid('downlink', BLOCK_HZ, BLOCKS)!;
    expect(Math.abs(correlation(column(gainsAt(gridOf(channel), 1), 0), column(gainsAt(down, 1), 0)))).toBeLessThan(0.06);
  });
});

describe('a grid of resource blocks', () => {
  const VARIANTS: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['continuous, changing line of sight', { profile: 'A', lineOfSightProfile: 'D' }, { motion: { kind: 'random-waypoint', speed: '50 km/h' } }],
    ['in blocks', { profile: 'C', mode: 'block' }, {}],
    ['static with moving surroundings', { profile: 'E', surroundingsSpeed: '3 km/h' }, { motion: { kind: 'static' } }],
  ];

  it.each(VARIANTS)('has the same gains in whatever order and part they are asked (%s)', (_name, fading, options) => {
    const asks = Array.from({ length: 300 }, (_, i) => {
      const draws = stream(5, 'asks', i);
      const first = Math.floor(draws.uniform() * 8);
      return { client: Math.floor(draws.uniform() * 3), timeS: draws.uniform() * 500, first, count: 1 + Math.floor(draws.uniform() * (BLOCKS - first)) };
    });
    const answers = (order: typeof asks, wholeFirst: boolean): Map<(typeof asks)[number], string> => {
      const grid = gridOf(channelOf(fading, 3, options));
      const out = new Float64Array(BLOCKS);
      return new Map(order.map((ask) => {
        if (wholeFirst) grid.resourceBlockGains(ask.client, ask.timeS, out);
        const part = wholeFirst ? out.subarray(ask.first, ask.first + ask.count) : out.subarray(0, ask.count);
        if (!wholeFirst) grid.resourceBlockGains(ask.client, ask.timeS, out, ask.first, ask.count);
        return [ask, part.join()];
      }));
    };
    const inOrder = answers([...asks].sort((a, b) => a.timeS - b.timeS), false);
    const shuffled = answers(asks, true);
    const backwards = answers([...asks].sort((a, b) => b.timeS - a.timeS), false);
    for (const ask of asks) {
      expect(shuffled.get(ask)).toBe(inOrder.get(ask));
      expect(backwards.get(ask)).toBe(inOrder.get(ask));
    }
  });

  it('is absent where fading is flat', () => {
    const channel = createChannel(channelSchema.parse({}), { seed: 1, clients: 1 });
    expect(channel.resourceGrid('uplink', 180e3, 52)).toBeNull();
    expect(channel.fadingStatistics(0, 0).delayProfile).toBeNull();
  });

  it('of a static link keeps its one draw for ever', () => {
    for (const mode of ['continuous', 'block']) {
      const grid = gridOf(channelOf({ profile: 'A', mode }, 1, { motion: { kind: 'static' } }));
      const gains = gainsAt(grid, 0, 1)[0].join();
      for (const timeS of [1e-3, 1, 1e6]) expect(gainsAt(grid, timeS, 1)[0].join()).toBe(gains);
    }
  });

  it('changes as fast as the client moves', () => {
    const driving = gridOf(channelOf({ profile: 'A' }, 1000, { motion: { kind: 'random-waypoint', speed: '30 km/h' } }));
    const walking = gridOf(channelOf({ profile: 'A' }, 1000));
    const after = (grid: ResourceGrid, lagS: number): number => correlation(column(gainsAt(grid, 2, 1000), 0), column(gainsAt(grid, 2 + lagS, 1000), 0));
    // The first zero of J0 comes at 0.3827 wavelengths: 39.3 ms at 3 km/h, 3.93 ms at 30 km/h.
    expect(after(walking, 0.00393)).toBeGreaterThan(0.9);
    expect(Math.abs(after(driving, 0.00393))).toBeLessThan(0.1);
    expect(Math.abs(after(walking, 0.0393))).toBeLessThan(0.1);
  });

  it('takes no more memory over a hundred times the simulated time', () => {
    const grid = gridOf(channelOf({ profile: 'A' }, 4), 52, 180e3);
    const out = new Float64Array(52);
    const walk = (fromS: number, toS: number): void => {
      for (let timeS = fromS; timeS < toS; timeS += 0.05) for (let client = 0; client < 4; client++) grid.resourceBlockGains(client, timeS, out);
    };
    walk(0, 1);
    const before = process.memoryUsage().arrayBuffers;
    walk(1, 100);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });
});
