import { describe, expect, it } from 'vitest';
import type { SchemeClient, SchemeWorld } from '../../src/compression/contract.js';
import { bitReader } from '../../src/compression/bits.js';
import { FRAME_BYTES } from '../../src/compression/frame.js';
import { schemes } from '../../src/compression/schemes/table.js';
import { at } from './every-scheme.js';
import { clientOf, downlinkTo } from './round.js';
import { bell, layoutOf, prepared, roundOf, worldOf } from './world.js';

const EIGHT_BITS = [{ quantize: { bits: 8 } }, { entropy: 'rans' }];
const LAYOUT = layoutOf([600, 20, 380], 3);
/** Their downlink is their own. */
const OWN = ['fixed', 'fedaq', 'fedpm', 'resfed'];
const ABLE = schemes.names.filter((name) => !OWN.includes(name));

/** The message a client answers with where training comes to `update`. */
function answer(half: SchemeClient, world: SchemeWorld, down: Uint8Array, client: number, round: number, update: Float32Array): Uint8Array {
  const start = half.receive(down);
  const context = { round, client, weight: (client + 1) / 3, learningRate: 1 };
  const rule = half.localStep?.(context, start);
  const point = Float32Array.from(start);
  if (rule !== undefined) {
    rule.point(1, 1, point);
    rule.apply(1, 1, Float32Array.from({ length: world.layout.size }, (_, j) => -(update[j] ?? 0)), 1, point);
  } else {
    update.forEach((value, j) => (point[j] += value));
  }
  const message = half.upload(context, { weights: point, gradient: undefined, loss: 1, steps: 1, samples: 1 });
  if ('silent' in message) return message.signal!.bytes;
  return message.bytes;
}

describe('the common downlink', () => {
  it.each(ABLE)('of %s is what a chain makes of the model, and smaller', (name) => {
    const world = worldOf(LAYOUT, 'update', 2);
    const play = (downlink: unknown) => {
      const { scheme, options } = prepared(name, downlink === undefined ? {} : { downlink });
      const server = scheme.server(options, world);
      const { bytes } = downlinkTo(server.broadcast(roundOf(0, [0, 1])), 0);
      return { bytes, start: clientOf(scheme, options, world, 0).receive(bytes) };
    };
    const plain = play(undefined);
    // No steps are the bytes of before.
    if (name !== 'fedavg') expect(play([]).bytes).toEqual(plain.bytes);
    const coded = play(EIGHT_BITS);
    expect(coded.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect(plain.start).toEqual(world.initialWeights);
    const trained = world.initialWeights.subarray(0, LAYOUT.trainableSize);
    const step = (Math.max(...trained) - Math.min(...trained)) / 255;
    coded.start.forEach((value, j) => expect(Math.abs(value - world.initialWeights[j])).toBeLessThanOrEqual(j < LAYOUT.trainableSize ? step * 1.0001 : 0));
    expect(coded.start).not.toEqual(world.initialWeights);
  });

  it.each(OWN)('is not for %s, which says so', (name) => {
    const { success, error } = schemes.find(name).schema.safeParse({ downlink: EIGHT_BITS });
    expect(success).toBe(false);
    expect(error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['downlink'] }]);
  });

  it('refuses steps that leave parts of a model out', () => {
    for (const name of ABLE) expect(() => prepared(name, { downlink: [{ 'top-k': { ratio: '1 %' } }] })).toThrowError(/would leave parameters of the model out/);
  });

  // Schemes whose uplink loses next to nothing; 3 bits, so that a step of the quantizer is far larger than the update.
  it.each(['fedavg', 'laq', 'slaq', 'lag'])('%s keeps updates below the step of the quantizer, though it rounds to nearest', (name) => {
    const world = worldOf(LAYOUT, 'update', 2);
    const { scheme, options } = prepared(name, { downlink: [{ quantize: { bits: 3, rounding: 'nearest' } }] });
    const server = scheme.server(options, world);
    const halves = [0, 1].map((client) => clientOf(scheme, options, world, client));
    const update = bell(LAYOUT.trainableSize, 0.01, 'update');
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const broadcast = server.broadcast(roundOf(round, [0, 1]));
      for (const client of [0, 1]) {
        server.receive(client, answer(halves[client], world, downlinkTo(broadcast, client).bytes, client, round, update));
        halves[client].settled(round, 'accepted');
      }
      server.aggregate();
    }
    for (let j = 0; j < LAYOUT.trainableSize; j++) expect(Math.abs(server.weights[j] - world.initialWeights[j] - rounds * update[j])).toBeLessThan(0.01);
  });

  it.each(ABLE.map((name) => [name, schemes.find(name)] as const).filter(([, { exchanges }]) => exchanges !== undefined))('of %s is there without rounds too', (_name, scheme) => {
    const world = worldOf(LAYOUT, 'update', 2);
    const options = scheme.schema.parse({ downlink: EIGHT_BITS });
    if (scheme.exchanges!.obstacle(options) !== null) return;
    const codec = scheme.exchanges!.create(options, world);
    const exchange = { client: 1, number: 4 };
    const { bytes } = codec.downlink(exchange, 2, world.initialWeights);
    expect(bytes.length).toBeLessThan(LAYOUT.size * 1.3);
    const half = clientOf(scheme, options, world, 1);
    expect(half.receive(bytes)).toEqual(codec.start(bytes));
    expect(codec.start(bytes)).not.toEqual(world.initialWeights);
  });

  describe('with planned uploads', () => {
    const PLANNED = ['qsgd', 'eden', 'wyner-ziv', 'laq', 'slaq'];

    it.each(PLANNED)('of %s has the size that the plan is told', (name) => {
      for (const downlink of [[], [{ quantize: { bits: 5 } }], [{ rotate: { blockSize: 64 } }, { quantize: { bits: 8 } }], [{ sign: {} }], [{ float: { precision: 'float16' } }]]) {
        for (const layout of [LAYOUT, layoutOf([61, 3])]) {
          const world = worldOf(layout, 'update', 2);
          const { scheme, options } = prepared(name, { bits: 'planned', downlink, ...(name === 'slaq' ? { criterion: 'script' } : {}) });
          const planning = scheme.planning(options, layout, 2, 'update')!;
          const context = roundOf(0, [0, 1], Math.max(6, planning.bitsMin));
          expect(scheme.server(options, world).broadcast(context).shared!.bytes.length).toBe(planning.downlinkBytes(4));
        }
      }
    });

    it.each(PLANNED)('of %s must have a sure size', (name) => {
      expect(() => prepared(name, { bits: 'planned', downlink: EIGHT_BITS })).toThrowError(/a plan of the uplink must know the size of the downlink, which entropy codes/);
    });
  });
});

describe('what both ends know beside a coarse downlink', () => {
  const COARSE = [{ quantize: { bits: 3 } }];

  it('is, with side information model, the model as it was sent: no class is wrong and the mean of the updates is what moves it', () => {
    const world = worldOf(LAYOUT, 'update', 2);
    const { scheme, options } = prepared('wyner-ziv', { sideInformation: 'model', bits: 8, check: true, downlink: COARSE });
    const server = scheme.server(options, world);
    const halves = [0, 1].map((client) => clientOf(scheme, options, world, client));
    const updates = [0, 1].map((client) => bell(LAYOUT.trainableSize, 0.01, 'update', client));
    for (let round = 0; round < 3; round++) {
      const before = Float32Array.from(server.weights);
      const broadcast = server.broadcast(roundOf(round, [0, 1]));
      for (const client of [0, 1]) server.receive(client, answer(halves[client], world, downlinkTo(broadcast, client).bytes, client, round, updates[client]));
      server.aggregate();
      expect(at(server.state(), 'failures', 0) ?? at(server.state(), 'failures', 1)).toBeUndefined();
      for (let j = 0; j < LAYOUT.trainableSize; j++) {
        const mean = (updates[0][j] + 2 * updates[1][j]) / 3;
        // Six deviations of 0.01 in 127 steps, rotated.
        expect(Math.abs(server.weights[j] - before[j] - mean)).toBeLessThan(0.005);
      }
    }
  });

  it('is, with side information aggregate, what the server hints: rounded models do not tell it', () => {
    const world = worldOf(LAYOUT, 'update', 2);
    const kept = (downlink: unknown) => {
      const { scheme, options } = prepared('wyner-ziv', { sideInformation: 'aggregate', downlink });
      const half = clientOf(scheme, options, world, 0);
      answer(half, world, downlinkTo(scheme.server(options, world).broadcast(roundOf(0, [0, 1])), 0).bytes, 0, 0, bell(LAYOUT.trainableSize, 0.01, 'update'));
      return half.state();
    };
    expect(kept([{ float: { precision: 'float32' } }])).toMatchObject({ seenIn: 0 });
    expect(kept(COARSE)).toEqual({});
  });

  it('leaves the bar of lazy schemes to the progress of the exact model', () => {
    const world = worldOf(layoutOf([1000]), 'update', 2);
    const bars = [[], COARSE].map((downlink) => {
      const { scheme, options } = prepared('lag', { downlink });
      const server = scheme.server(options, world);
      const halves = [0, 1].map((client) => clientOf(scheme, options, world, client));
      const broadcast = server.broadcast(roundOf(0, [0, 1]));
      for (const client of [0, 1]) server.receive(client, answer(halves[client], world, downlinkTo(broadcast, client).bytes, client, 0, bell(1000, 0.01, 'update', client)));
      server.aggregate();
      const { bytes } = server.broadcast(roundOf(1, [0, 1])).shared!;
      // Frame without check, u16 count, u16 client and u16 round of two, then the bar.
      return bitReader(bytes.subarray(FRAME_BYTES - 4 + 2 + 2 * 4), 'test').readFloat();
    });
    expect(bars[0]).toBeGreaterThan(0);
    expect(Math.abs(bars[1] / bars[0] - 1)).toBeLessThan(1e-3);
  });
});
