import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';

const WAVELENGTH_M = 299_792_458 / 3.5e9;

const channelOf = (options: Record<string, unknown>, clients = 1): Channel =>
  createChannel(channelSchema.parse({ pathLoss: { model: '3gpp-umi', condition: 'nlos' }, shadowing: { kind: 'none' }, ...options }), { seed: 6, clients });

/** Along x at 2 m/s, at rest for 10 s, then at 20 m/s. */
function traced(options: Record<string, unknown>): Channel {
  const file = join(mkdtempSync(join(tmpdir(), 'wfl-movement-')), 'walk.csv');
  writeFileSync(file, 't,x,y\n0,50,0\n10,70,0\n20,70,0\n25,170,0\n');
  return channelOf({ motion: { kind: 'trace', file }, ...options });
}

const blockedLossDb = (distanceM: number): number => 22.4 + 35.3 * Math.log10(Math.hypot(distanceM, 8.5)) + 21.3 * Math.log10(3.5);

describe('a client that moves', () => {
  it.each([
    ['along a trace', traced({ fading: { kind: 'none' } })],
    ['between waypoints', channelOf({ fading: { kind: 'none' }, motion: { kind: 'random-waypoint', speed: '50 km/h' } })],
    ['with a drifting velocity', channelOf({ fading: { kind: 'none' }, motion: { kind: 'gauss-markov', speed: '50 km/h' } })],
  ])('%s has the gain of the place where it is', (_name, channel) => {
    const gains = new Set<number>();
    for (let timeS = 0; timeS < 25; timeS += 0.7) {
      const { xM, yM } = channel.position(0, timeS);
      const distanceM = Math.max(10, Math.hypot(xM, yM));
      expect(-10 * Math.log10(channel.gain(0, 'uplink', timeS))).toBeCloseTo(blockedLossDb(distanceM), 6);
      gains.add(channel.gain(0, 'uplink', timeS));
    }
    expect(gains.size).toBeGreaterThan(15);
  });

  it('has the Doppler shift of its speed: fading that goes by the way walked, and rests with the client', () => {
    const channel = traced({ fading: { kind: 'rayleigh' } });
    const dopplerAt = (timeS: number): number => channel.fadingStatistics(0, timeS).dopplerHz;
    expect(dopplerAt(3)).toBeCloseTo(2 / WAVELENGTH_M, 9);
    expect(dopplerAt(15)).toBe(0);
    expect(dopplerAt(22)).toBeCloseTo(20 / WAVELENGTH_M, 9);
    const powerAt = (timeS: number): number => channel.gain(0, 'uplink', timeS) / channel.largeScaleGain(0, timeS);
    expect(powerAt(12)).toBe(powerAt(18.3));
    /** Crossings of the mean power per second: sqrt(2 pi) times the Doppler shift over e. */
    const crossings = (fromS: number, toS: number): number => {
      let count = 0;
      const stepS = (toS - fromS) / 4000;
      for (let i = 1; i <= 4000; i++) if (powerAt(fromS + (i - 1) * stepS) < 1 && powerAt(fromS + i * stepS) >= 1) count++;
      return count / (toS - fromS);
    };
    const expected = (speed: number): number => (Math.sqrt(2 * Math.PI) / Math.E) * (speed / WAVELENGTH_M);
    // Over 233 wavelengths each some 215 crossings, correlated along the way: standard error about 8 %.
    const slow = crossings(0, 10);
    const fast = crossings(20, 25);
    expect(Math.abs(slow / expected(2) - 1)).toBeLessThan(0.3);
    expect(Math.abs(fast / expected(20) - 1)).toBeLessThan(0.3);
  });

  it.each(['rayleigh', 'nakagami', 'tdl'])('meets the same %s fading in half the time at twice the speed', (kind) => {
    const at = (speed: string): Channel => channelOf({ fading: { kind }, motion: { kind: 'random-waypoint', speed } }, 3);
    const walking = at('5 km/h');
    const running = at('10 km/h');
    for (const client of [0, 1, 2]) {
      for (const timeS of [0, 0.013, 1.7, 20, 111]) {
        expect(running.gain(client, 'uplink', timeS / 2) / walking.gain(client, 'uplink', timeS)).toBeCloseTo(1, 6);
      }
    }
  });
});
