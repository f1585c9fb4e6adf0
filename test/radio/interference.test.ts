import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';
import type { PacketRecord } from '../../src/radio/contract.js';
import { createInterference } from '../../src/radio/interference.js';
import type { Interference } from '../../src/radio/interference.js';
import { radioSchema } from '../../src/radio/index.js';
import { createLinkState, noisePowerW } from '../../src/radio/link.js';
import { createRateModel } from '../../src/radio/rate/index.js';
import { createCell, STILL } from './cell-fixture.js';

const PACKET_BITS = 12_344;

/** Loss of a blocked link of the urban micro cell at 3.5 GHz, heights 10 m and 1.5 m. */
const lossDb = (distanceM: number): number => 22.4 + 35.3 * Math.log10(Math.hypot(distanceM, 8.5)) + 21.3 * Math.log10(3.5);
const gainAt = (distanceM: number): number => 10 ** (-lossDb(distanceM) / 10);

interface World {
  readonly channel: Channel;
  readonly interference: Interference;
}

function world(interference: Record<string, unknown>, { clients = 1, channel: changes = {}, radio = {}, seed = 5 }: { clients?: number; channel?: Record<string, unknown>; radio?: Record<string, unknown>; seed?: number } = {}): World {
  const options = radioSchema.parse({ ...radio, interference });
  const channel = createChannel(channelSchema.parse({ ...STILL, ...changes }), { seed, clients });
  return { channel, interference: createInterference(options, channel, createRateModel(options.rate, PACKET_BITS))! };
}

const at = (...positions: readonly (readonly [number, number])[]): Record<string, unknown> => ({ placement: { kind: 'explicit', positions: positions.map(([x, y]) => [`${x} m`, `${y} m`]) } });

async function firstPacket(direction: 'uplink' | 'downlink', radio: Record<string, unknown>, channel: Record<string, unknown>): Promise<PacketRecord> {
  const cell = createCell({ clients: 1, channel: { ...STILL, ...channel }, radio });
  const records: PacketRecord[] = [];
  cell.radio.onPacket = (record) => records.push(record);
  cell.radio.openRound([0]);
  cell.radio[direction === 'uplink' ? 'uplink' : 'unicast'](0, 1500, () => undefined);
  await cell.kernel.run();
  return records[0];
}

describe('explicit interferers', () => {
  const station = { direction: 'downlink', x: '400 m', y: '0 m', power: '40 dBm', activity: 0.3 };
  const handset = { direction: 'uplink', x: '0 m', y: '-300 m', power: '20 dBm' };

  it('make the ratio that packets meet, and the rate, those of the signal to noise and interference', async () => {
    const interference = { kind: 'explicit', interferers: [station, handset] };
    const down = await firstPacket('downlink', { interference }, at([100, 0]));
    const sinr = (10 ** 0.3 * gainAt(100)) / (noisePowerW(10e6, 9) + 0.3 * 10 * gainAt(300));
    expect(down.snrDb).toBeCloseTo(10 * Math.log10(sinr), 9);
    // Knowledge of 5 ms ago with 1 dB back-off: nothing has changed since.
    expect(down.rateBitPerS).toBeCloseTo(10e6 * Math.log2(1 + sinr * 10 ** -0.1), 0);
    const up = await firstPacket('uplink', { interference, baseStation: { antennaGain: '8 dB' }, client: { antennaGain: '-2 dB' } }, at([100, 0]));
    const antennas = 10 ** 0.6;
    expect(up.snrDb).toBeCloseTo(10 * Math.log10((10 ** -0.7 * gainAt(100) * antennas) / (noisePowerW(10e6, 5) + 0.1 * gainAt(300) * antennas)), 9);
  });

  it('raise the noise over the margin that is there already, alike in a share of the band and in all of it', async () => {
    const interference = { kind: 'explicit', interferers: [station] };
    const { interference: plain } = world(interference, { channel: at([100, 0]) });
    const { interference: margin } = world(interference, { channel: at([100, 0]), radio: { downlink: { interferenceMargin: '3 dB' } } });
    expect((margin.rise('downlink', 0, 0) - 1) * 10 ** 0.3).toBeCloseTo(plain.rise('downlink', 0, 0) - 1, 9);
    expect(plain.rise('uplink', 0, 0)).toBe(1);
    const share = await firstPacket('downlink', { interference, downlink: { bandwidth: '1 MHz', power: '23 dBm' } }, at([100, 0]));
    // A tenth of the band with a tenth of the own power: the interferer's whole power is now in it.
    expect(share.snrDb).toBeCloseTo(10 * Math.log10((10 ** -0.7 * gainAt(100)) / (noisePowerW(1e6, 9) + 0.3 * 10 * gainAt(300))), 9);
  });

  it('count block by block and in the effective ratio, and in rates chosen from statistics', () => {
    for (const fading of [{ kind: 'tdl', delaySpread: '300 ns', surroundingsSpeed: '3 km/h' }, { kind: 'rayleigh', surroundingsSpeed: '3 km/h' }]) {
      for (const csi of [{ kind: 'delayed' }, { kind: 'statistical' }]) {
        const options = radioSchema.parse({ csi, rate: { kind: 'nr' }, interference: { kind: 'explicit', interferers: [station] } });
        const channel = createChannel(channelSchema.parse({ ...STILL, ...at([100, 0]), fading }), { seed: 5, clients: 1 });
        const rate = createRateModel(options.rate, PACKET_BITS);
        const interference = createInterference(options, channel, rate)!;
        const noisy = createLinkState(options, channel, rate, interference);
        const quiet = createLinkState(options, channel, rate, null);
        const band = { direction: 'downlink' as const, bandwidthHz: 52 * 180e3, share: 1, snrPerGain: 1e11, transmitterW: 1, receiverW: 1 };
        const weaker = { ...band, snrPerGain: band.snrPerGain / interference.rise('downlink', 0, 0) };
        expect(noisy.expectedSnr(band, 0, 1, 1)).toBeCloseTo(quiet.expectedSnr(weaker, 0, 1, 1), 9);
        expect(noisy.answerSnr(band, 0, 1)).toBeCloseTo(quiet.answerSnr(weaker, 0, 1), 9);
        const [heard, expected] = [noisy.reception(band, 0), quiet.reception(weaker, 0)];
        for (const timeS of [1, 1.01]) for (const reception of [heard, expected]) reception.add(timeS, 4);
        expect(heard.combinedSnr).toBeCloseTo(expected.combinedSnr, 9);
      }
    }
  });

  it('have shadowing and states of propagation of their own, the same in whatever order they are asked for', () => {
    const clients = 1500;
    const interferers = [station, { ...station, x: '-400 m' }];
    const cell = { ...at(...Array.from({ length: clients }, (): [number, number] => [0, 150])), shadowing: { kind: 'correlated' }, pathLoss: { model: '3gpp-umi' } };
    const places = [{ xM: 400, yM: 0 }, { xM: -400, yM: 0 }];
    const { channel, interference } = world({ kind: 'explicit', interferers }, { clients, channel: cell });
    const gains = channel.surroundings.stationGains(places);
    const rows = Array.from({ length: clients }, (_, client) => [...gains(client, 0)].map((gain) => -10 * Math.log10(gain)));
    const distanceM = Math.hypot(400, 150);
    const blocked = rows.map((row) => row.map((loss) => loss - lossDb(distanceM)));
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const correlation = (a: readonly number[], b: readonly number[]): number => {
      const [ma, mb] = [mean(a), mean(b)];
      return mean(a.map((v, i) => (v - ma) * (b[i] - mb))) / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
    };
    // P(line of sight) at 427 m is 4.2 %: nearly all are blocked, with a sigma of 7.82 dB. Standard errors 0.2 dB and 0.026.
    const sigma = Math.sqrt(mean(blocked.map(([first]) => first * first)));
    expect(Math.abs(sigma - 8.6)).toBeLessThan(0.8);
    expect(Math.abs(correlation(rows.map(([first]) => first), rows.map(([, second]) => second)))).toBeLessThan(0.09);
    const own = Array.from({ length: clients }, (_, client) => channel.shadowingDb(client, 0));
    expect(Math.abs(correlation(rows.map(([first]) => first), own))).toBeLessThan(0.09);
    const again = world({ kind: 'explicit', interferers }, { clients, channel: cell }).interference;
    for (const client of [1200, 3, 1499, 3, 0]) expect(again.rise('downlink', client, 0)).toBe(interference.rise('downlink', client, 0));
  });

  it('reach a client that moves by where it is, and one indoors through its wall', () => {
    const walk = { ...at([100, 0]), motion: { kind: 'random-waypoint', speed: '50 km/h' } };
    const { channel, interference } = world({ kind: 'explicit', interferers: [{ ...station, activity: 1 }] }, { channel: walk });
    const times = [12, 0, 30, 5, 12.01];
    const rises = times.map((timeS) => interference.rise('downlink', 0, timeS));
    times.forEach((timeS, i) => {
      const { xM, yM } = channel.position(0, timeS);
      expect(rises[i]).toBeCloseTo(1 + (10 * gainAt(Math.hypot(xM - 400, yM))) / noisePowerW(10e6, 9), 6);
    });
    expect(new Set(rises).size).toBe(5);
    const indoors = world({ kind: 'explicit', interferers: [station] }, { channel: { ...at([100, 0]), penetration: { kind: 'high', share: 1 } } });
    const outdoors = world({ kind: 'explicit', interferers: [station] }, { channel: at([100, 0]) });
    const wallDb = indoors.channel.pathLossDb(0, 0) - outdoors.channel.pathLossDb(0, 0);
    const ratio = (outdoors.interference.rise('downlink', 0, 0) - 1) / (indoors.interference.rise('downlink', 0, 0) - 1);
    expect(10 * Math.log10(ratio)).toBeCloseTo(wallDb, 6);
  });

  it.each([
    [{ ...handset, y: '0 m' }, 'an interferer 0 m from the base station is outside what the path loss model "3gpp-umi" is stated for'],
    [{ ...handset, y: '6 km' }, 'an interferer 6000 m from the base station is outside'],
    [{ ...station, x: '6 km' }, 'an interfering station 6000 m from the base station is outside'],
  ])('are refused where the model does not reach: %j', (interferer, message) => {
    expect(() => world({ kind: 'explicit', interferers: [interferer] })).toThrow(expect.objectContaining({ code: 'CHANNEL_INTERFERER_OUT_OF_RANGE', message: expect.stringContaining(message) }));
  });

  it.each([
    [{ kind: 'explicit', interferers: [] }],
    [{ kind: 'explicit', interferers: [{ ...station, power: '0 W' }] }],
    [{ kind: 'explicit', interferers: [{ ...station, activity: 1.5 }] }],
    [{ kind: 'explicit', interferers: [{ direction: 'uplink', x: '1 m', y: '1 m' }] }],
    [{ kind: 'neighbours', distance: '500 m', load: 0.5 }],
    [{ kind: 'neighbours', distance: '500 m', clients: 1 }],
    [{ kind: 'neighbours', distance: '500 m', load: 0.5, clients: 0 }],
  ])('refuse %j', (interference) => {
    expect(radioSchema.safeParse({ interference }).success).toBe(false);
  });
});

describe('neighbouring cells', () => {
  const ring = { kind: 'neighbours', distance: '500 m', load: '50 %', clients: 4 };

  it('stand in a ring: a client sees the same at every sixth of a turn, and more the nearer it is to one of them', () => {
    const place = (distanceM: number, degrees: number): [number, number] => [distanceM * Math.cos((degrees * Math.PI) / 180), distanceM * Math.sin((degrees * Math.PI) / 180)];
    const turns = [0, 60, 120, 180, 240, 300];
    const { interference } = world(ring, { clients: 8, channel: at(...turns.map((degrees) => place(150, degrees)), place(150, 30), place(10, 0)) });
    const rises = Array.from({ length: 8 }, (_, client) => interference.rise('downlink', client, 0));
    for (const rise of rises.slice(0, 6)) expect(rise / rises[0]).toBeCloseTo(1, 9);
    const by = [0, 1, 2, 3, 4, 5].map((site) => Math.hypot(150 - 500 * Math.cos((site * Math.PI) / 3), 500 * Math.sin((site * Math.PI) / 3)));
    const expected = 1 + (0.5 * 10 ** 0.3 * by.reduce((sum, distanceM) => sum + gainAt(distanceM), 0)) / noisePowerW(10e6, 9);
    expect(rises[0]).toBeCloseTo(expected, 9);
    expect(rises[6]).toBeLessThan(rises[0]);
    expect(rises[7]).toBeLessThan(rises[6]);
  });

  it('have clients around their sites, whose power adds up at the base station', () => {
    const { channel, interference } = world(ring);
    const sites = [0, 1, 2, 3, 4, 5].map((site) => ({ xM: 500 * Math.cos((site * Math.PI) / 3), yM: 500 * Math.sin((site * Math.PI) / 3) }));
    const clients = channel.surroundings.neighbours(sites, 4, 250);
    expect(clients).toHaveLength(24);
    for (const { xM, yM, site, gain, ownGain } of clients) {
      const ownM = Math.hypot(xM - sites[site].xM, yM - sites[site].yM);
      expect(ownM).toBeLessThanOrEqual(250);
      expect(gain / gainAt(Math.hypot(xM, yM))).toBeCloseTo(1, 9);
      expect(ownGain / gainAt(Math.max(10, ownM))).toBeCloseTo(1, 9);
    }
    const arrivesW = clients.reduce((sum, { gain }) => sum + 0.5 * 10 ** -0.7 * gain, 0);
    expect(interference.rise('uplink', 0, 0)).toBeCloseTo(1 + arrivesW / noisePowerW(10e6, 5), 9);
    // With power control each makes up for the loss to its own site, in a quarter of the band.
    const target = 10 ** -14;
    const controlled = world(ring, { radio: { uplink: { powerControl: { kind: 'open-loop', target: '-110 dBm' } } } }).interference;
    const controlledW = clients.reduce((sum, { gain, ownGain }) => sum + 0.5 * Math.min(10 ** -0.7, (target / ownGain) * (2.5e6 / 180e3)) * gain, 0);
    expect(controlled.rise('uplink', 0, 0)).toBeCloseTo(1 + controlledW / noisePowerW(10e6, 5), 9);
  });

  it('are on in the share of the slots that their load says, each by itself, for all receivers alike', () => {
    const slots = 20_000;
    const bursts = { ...ring, count: 1, load: 0.3, clients: 1, slot: '10 ms' };
    const { interference } = world(bursts, { clients: 2, channel: at([100, 0], [50, 0]) });
    const full = world({ ...ring, count: 1, load: 1, clients: 1 }, { clients: 2, channel: at([100, 0], [50, 0]) }).interference;
    const isOn = (direction: 'uplink' | 'downlink', client: number, slot: number): boolean => interference.rise(direction, client, (slot + 0.37) * 0.01) > 1;
    let on = 0;
    let both = 0;
    let pairs = 0;
    let before = false;
    for (let slot = 0; slot < slots; slot++) {
      const down = isOn('downlink', 0, slot);
      expect(isOn('downlink', 1, slot)).toBe(down);
      if (down) on++;
      if (down && isOn('uplink', 0, slot)) both++;
      if (down && before) pairs++;
      before = down;
    }
    // Binomial with n = 20,000: the standard errors are 0.0032 and 0.002.
    expect(Math.abs(on / slots - 0.3)).toBeLessThan(0.012);
    expect(Math.abs(both / slots - 0.09)).toBeLessThan(0.008);
    expect(Math.abs(pairs / slots - 0.09)).toBeLessThan(0.008);
    expect(interference.meanRise('downlink', 0, 0)).toBeCloseTo(1 + 0.3 * (full.rise('downlink', 0, 0) - 1), 12);
    const again = world(bursts, { clients: 2, channel: at([100, 0], [50, 0]) }).interference;
    for (const slot of [700, 3, 19_999, 4, 3, 700]) expect(again.rise('downlink', 0, slot * 0.01 + 0.003)).toBe(interference.rise('downlink', 0, slot * 0.01 + 0.003));
  });

  it('are in the price as they are in the ledger, always on or in bursts', async () => {
    for (const [slot, tolerance] of [[null, 1e-9], ['4 ms', 0.03]] as const) {
      const cell = createCell({ clients: 4, channel: { ...STILL, placement: { kind: 'ring', distance: '180 m' } }, radio: { interference: { ...ring, slot } } });
      cell.radio.openRound([0, 1, 2, 3]);
      const bytes = 2_250_000;
      const prices = [0, 1, 2, 3].map((client) => cell.radio.quote('uplink', client, bytes));
      const spent: number[] = [];
      for (const client of [0, 1, 2, 3]) cell.radio.uplink(client, bytes, ({ transmitJ }) => (spent[client] = transmitJ));
      await cell.kernel.run();
      // 1,500 whole packets of each client over some 1,100 slots: a standard error of 1 %.
      const priced = prices.map(({ transmitterJPerBit }) => transmitterJPerBit * 8 * bytes);
      const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
      expect(Math.abs(total(priced) / total(spent) - 1)).toBeLessThan(tolerance);
    }
  });

  it('move a client out of a multicast by its ratio over interference', () => {
    // Client 0 is nearer to the base station, and beside an interferer.
    const interferer = { direction: 'downlink', x: '110 m', y: '0 m', power: '33 dBm' };
    const channel = { ...STILL, ...at([100, 0], [-120, 0]) };
    const priceOf = (interference: Record<string, unknown>): number => {
      const cell = createCell({ clients: 2, channel, radio: { interference, downlink: { mode: 'multicast', multicast: { leaveOut: 0.5, others: 'none' } } } });
      cell.radio.openRound([0, 1]);
      return cell.radio.quote('downlink', null).transmitterJPerBit;
    };
    const alone = createCell({ clients: 2, channel, radio: { interference: { kind: 'explicit', interferers: [interferer] } } });
    alone.radio.openRound([1]);
    expect(priceOf({ kind: 'explicit', interferers: [interferer] })).toBeCloseTo(alone.radio.quote('downlink', null).transmitterJPerBit, 15);
    expect(priceOf({ kind: 'none' })).toBeLessThan(priceOf({ kind: 'explicit', interferers: [interferer] }));
  });
});

describe('without interferers', () => {
  it('nothing is asked for and nothing changes', () => {
    const options = radioSchema.parse({});
    const channel = createChannel(channelSchema.parse({}), { seed: 1, clients: 1 });
    expect(options.interference).toEqual({ kind: 'none' });
    expect(createInterference(options, channel, createRateModel(options.rate, PACKET_BITS))).toBeNull();
  });
});
