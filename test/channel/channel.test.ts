import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel, fadingModels, motionModels } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';
import { stream } from '../../src/random/index.js';

function channelOf(options: Record<string, unknown>, clients = 4, seed = 1): Channel {
  return createChannel(channelSchema.parse(options), { seed, clients });
}

const VARIANTS: [string, Record<string, unknown>][] = [
  ['pedestrians, continuous Rician', {}],
  ['Gauss-Markov, block Rayleigh', { motion: { kind: 'gauss-markov', speed: '30 km/h' }, fading: { kind: 'rayleigh', mode: 'block' } }],
  ['static with moving surroundings', { motion: { kind: 'static' }, fading: { kind: 'rayleigh', surroundingsSpeed: '3 km/h' } }],
  ['waypoints with pauses and mixed speeds', { motion: { kind: 'random-waypoint', speed: '50 km/h', speedSpread: 0.5, pause: '2 s' }, cell: { radius: '100 m' } }],
];

describe('the same world for everyone', () => {
  it.each(VARIANTS)('gains do not depend on the order of asking (%s)', (_name, options) => {
    const asks = Array.from({ length: 400 }, (_, i) => {
      const draws = stream(5, 'asks', i);
      return { client: Math.floor(draws.uniform() * 4), direction: draws.uniform() < 0.5 ? 'uplink' as const : 'downlink' as const, timeS: draws.uniform() * 2000 };
    });
    const answer = (channel: Channel, order: typeof asks): Map<(typeof asks)[number], string> =>
      new Map(order.map((ask) => {
        const { client, direction, timeS } = ask;
        const { xM, yM } = channel.position(client, timeS);
        return [ask, [channel.gain(client, direction, timeS), channel.largeScaleGain(client, timeS), xM, yM,
          channel.isLineOfSight(client, timeS), channel.speed(client, timeS)].join()];
      }));
    const inOrder = answer(channelOf(options), [...asks].sort((a, b) => a.timeS - b.timeS));
    const shuffled = answer(channelOf(options), asks);
    const backwards = answer(channelOf(options), [...asks].sort((a, b) => b.timeS - a.timeS));
    for (const ask of asks) {
      expect(shuffled.get(ask)).toBe(inOrder.get(ask));
      expect(backwards.get(ask)).toBe(inOrder.get(ask));
      const { client, direction, timeS } = ask;
      if (timeS < 20) expect(String(channelOf(options).gain(client, direction, timeS))).toBe(inOrder.get(ask)!.split(',')[0]);
    }
  });

  it('gains do not depend on the number of clients', () => {
    for (const timeS of [0, 1.5, 300]) expect(channelOf({}, 4).gain(2, 'uplink', timeS)).toBe(channelOf({}, 9).gain(2, 'uplink', timeS));
  });

  it('large-scale gain is reciprocal and small-scale fading is not', () => {
    const channel = channelOf({});
    expect(channel.gain(0, 'uplink', 3)).not.toBe(channel.gain(0, 'downlink', 3));
    const still = channelOf({ fading: { kind: 'none' } });
    expect(still.gain(0, 'uplink', 3)).toBe(still.gain(0, 'downlink', 3));
    expect(still.gain(0, 'uplink', 3)).toBe(still.largeScaleGain(0, 3));
  });

  it('a static link keeps one draw for ever', () => {
    for (const mode of ['continuous', 'block']) {
      const channel = channelOf({ motion: { kind: 'static' }, fading: { kind: 'rayleigh', mode } });
      const gain = channel.gain(1, 'uplink', 0);
      for (const timeS of [1e-3, 1, 1e6]) expect(channel.gain(1, 'uplink', timeS)).toBe(gain);
    }
  });

  it('block fading holds for the coherence time and then is drawn anew', () => {
    const channel = channelOf({ motion: { kind: 'static' }, fading: { kind: 'rayleigh', mode: 'block', coherenceTime: '20 ms' } });
    const at = (timeS: number): number => channel.gain(0, 'uplink', timeS);
    expect(at(0.0201)).toBe(at(0.0399));
    expect(at(0.0401)).not.toBe(at(0.0399));
    expect(at(0.0201)).toBe(at(0.021));
  });

  it('positions of 4 clients over ten days of simulated time take no more memory than over one', () => {
    const channel = channelOf({ motion: { kind: 'gauss-markov', step: '10 s' } });
    const walk = (fromS: number, toS: number): void => {
      for (let timeS = fromS; timeS < toS; timeS += 300) for (let client = 0; client < 4; client++) channel.gain(client, 'uplink', timeS);
    };
    walk(0, 86_400);
    const before = process.memoryUsage().heapUsed;
    walk(86_400, 864_000);
    // A leg is some 100 bytes: 10 days of legs kept would be 30 MB for four clients.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16e6);
  });
});

describe('geometry', () => {
  it('places clients uniformly over the cell, on a ring, or as given', () => {
    const radii = Array.from({ length: 2000 }, (_, seed) => channelOf({}, 1, seed).distanceM(0, 0));
    expect(Math.min(...radii)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...radii)).toBeLessThanOrEqual(250);
    // Half of the area lies within sqrt((250^2 + 10^2) / 2) m; the standard error is 0.011.
    expect(Math.abs(radii.filter((r) => r < Math.sqrt((250 * 250 + 100) / 2)).length / 2000 - 0.5)).toBeLessThan(0.04);
    const ring = channelOf({ placement: { kind: 'ring', distance: '80 m' } });
    for (let client = 0; client < 4; client++) expect(ring.distanceM(client, 0)).toBeCloseTo(80, 9);
    const given = channelOf({ placement: { kind: 'explicit', positions: [['30 m', '-40 m']] } }, 1);
    expect(given.position(0, 0)).toEqual({ xM: 30, yM: -40 });
    expect(() => channelOf({ placement: { kind: 'explicit', positions: [['30 m', '0 m']] } }, 2)).toThrow(expect.objectContaining({ code: 'CHANNEL_PLACEMENT_COUNT' }));
  });

  it.each(['random-waypoint', 'gauss-markov'])('%s keeps the speed it is given and stays in the cell', (kind) => {
    let pathS = 0;
    const clients = 40;
    const channel = channelOf({ motion: { kind, speed: '36 km/h' }, cell: { radius: '200 m' } }, clients);
    let samples = 0;
    for (let client = 0; client < clients; client++) {
      for (let timeS = 0; timeS < 400; timeS += 1) {
        pathS += channel.speed(client, timeS);
        samples++;
        expect(channel.distanceM(client, timeS)).toBeLessThan(kind === 'gauss-markov' ? 240 : 200 + 1e-9);
      }
    }
    // Gauss-Markov: some 40 * 400 / 40 independent samples of a Rayleigh speed, standard error 0.26 m/s.
    expect(Math.abs(pathS / samples - 10)).toBeLessThan(kind === 'gauss-markov' ? 1 : 1e-9);
  });

  it('moves continuously', () => {
    for (const kind of ['random-waypoint', 'gauss-markov']) {
      const channel = channelOf({ motion: { kind, speed: '36 km/h' } });
      for (let timeS = 0; timeS < 200; timeS += 0.37) {
        const a = channel.position(0, timeS);
        const b = channel.position(0, timeS + 0.01);
        expect(Math.hypot(b.xM - a.xM, b.yM - a.yM)).toBeLessThan(0.01 * 60);
      }
    }
  });

  it('holds the distance at the smallest the model is stated for, and counts it', () => {
    const channel = channelOf({ placement: { kind: 'explicit', positions: [['1 m', '0 m']] }, motion: { kind: 'static' }, shadowing: { kind: 'none' } }, 1);
    const atLimit = channelOf({ placement: { kind: 'explicit', positions: [['10 m', '0 m']] }, motion: { kind: 'static' }, shadowing: { kind: 'none' } }, 1);
    expect(channel.largeScaleGain(0, 0)).toBe(atLimit.largeScaleGain(0, 0));
    expect(channel.heldDistances).toBe(1);
    expect(atLimit.heldDistances).toBe(0);
  });

  it('refuses a cell that is larger or smaller than the model is stated for', () => {
    expect(() => channelOf({ cell: { radius: '6 km' } })).toThrow(expect.objectContaining({ code: 'CHANNEL_CELL_OUT_OF_RANGE', exitCode: 2 }));
    expect(() => channelOf({ cell: { minDistance: '5 m' } })).toThrow(expect.objectContaining({ code: 'CHANNEL_CELL_OUT_OF_RANGE' }));
    expect(channelSchema.safeParse({ cell: { radius: '5 m' } }).success).toBe(false);
  });
});

describe('channel options', () => {
  it('are a pedestrian urban micro cell when empty', () => {
    expect(channelSchema.parse({})).toMatchObject({
      carrier: 3.5e9,
      cell: { radius: 250, minDistance: 10, baseHeight: 10, clientHeight: 1.5 },
      placement: { kind: 'uniform' },
      pathLoss: { model: '3gpp-umi', condition: 'probabilistic' },
      shadowing: { kind: 'correlated' },
      fading: { kind: 'rician', mode: 'continuous' },
      motion: { kind: 'random-waypoint', speed: 3 / 3.6 },
    });
    expect(createChannel(channelSchema.parse({}), { seed: 1, clients: 1 }).gain(0, 'uplink', 0)).toBeGreaterThan(0);
  });

  it.each([
    [{ carrier: 3.5 }], [{ carrier: '3.5' }], [{ carrier: '-1 GHz' }], [{ pathLoss: { model: 'umi' } }], [{ fading: { kind: 'rayleigh', kFactor: '3 dB' } }],
    [{ motion: { kind: 'random-waypoint', speed: '0 km/h' } }], [{ shadowing: { kind: 'correlated', sigma: '-3 dB' } }], [{ unknown: 1 }],
  ])('refuse %j', (options) => {
    expect(channelSchema.safeParse(options).success).toBe(false);
  });

  it('offer every model by name', () => {
    expect(fadingModels.names).toEqual(expect.arrayContaining(['none', 'rayleigh', 'rician']));
    expect(motionModels.names).toEqual(expect.arrayContaining(['static', 'random-waypoint', 'gauss-markov']));
    expect(() => motionModels.find('statik')).toThrow('did you mean "static"');
  });
});
