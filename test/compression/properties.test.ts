import { describe, expect, it } from 'vitest';
import type { Message, RoundContext, SchemeClient, SchemeServer, SchemeWorld } from '../../src/compression/contract.js';
import { at, EVERY_CASE, EVERY_SCHEME, labelOf, sameBits, sharedState, type SchemeCase } from './every-scheme.js';
import { clientOf, downlinkTo } from './round.js';
import { layoutOf, partsTotal, prepared, roundOf, worldOf } from './world.js';

const BITS = 5;

/** A layout of `size` trainable parameters: a weight, a bias, a weight; batch-norm statistics where there is something to normalise. */
function split(size: number): ReturnType<typeof layoutOf> {
  if (size < 3) return layoutOf(size === 0 ? [] : [size]);
  const bias = Math.ceil(size / 10);
  const last = Math.floor(size / 3);
  return layoutOf([size - bias - last, bias, last], 2);
}

/** Cheap numbers without pattern, roughly -1 .. 1. */
function rough(size: number, key: number): Float32Array {
  const values = new Float32Array(size);
  let word = (key + 1) * 0x9e3779b1;
  for (let j = 0; j < size; j++) {
    word = Math.imul(word ^ (word >>> 15), 0x85ebca6b) + 0x27d4eb2f;
    values[j] = (word | 0) / 0x80000000;
  }
  return values;
}

/** A world whose initial weights are cheap to make. */
const cheapWorld = (size: number, input: 'update' | 'gradient'): SchemeWorld => {
  const layout = split(size);
  return { ...worldOf(layoutOf([1]), input, 3), layout, initialWeights: rough(layout.size, 99).map((value) => 0.3 * value) };
};

/** What the client comes to: the given vector as its update (through the step rule where there is one), or as its gradient. */
function upload(half: SchemeClient, world: SchemeWorld, context: RoundContext, client: number, down: Uint8Array, vector: Float32Array): Message | null {
  const { layout } = world;
  const start = half.receive(down);
  const round = { round: context.round, client, weight: context.participants.find((one) => one.client === client)!.weight, learningRate: context.learningRate };
  const rule = half.localStep?.(round, start);
  const point = Float32Array.from(start);
  const padded = new Float32Array(layout.size);
  padded.set(vector);
  if (rule !== undefined) {
    rule.point(1, 1, point);
    rule.apply(1, 1, padded.map((value) => -value), 1, point);
  } else {
    for (let j = 0; j < vector.length; j++) point[j] = start[j] + vector[j];
  }
  const outcome = world.input === 'gradient' ? { weights: undefined, gradient: padded } : { weights: point, gradient: undefined };
  // What the same minibatch leads to elsewhere, for schemes that ask.
  const elsewhere = half.comparisonPoint?.() ?? null;
  const comparison = elsewhere === null ? {} : { comparison: world.input === 'gradient' ? outcome : { weights: elsewhere.map((value, j) => value + 0.5 * padded[j]), gradient: undefined } };
  const answer = half.upload(round, { ...outcome, ...comparison, loss: 1, steps: 1, samples: 1 });
  return 'silent' in answer ? answer.signal : answer;
}

/**
 * Rounds with all clients given: what the server decodes is a function of its saved state and the
 * bytes, an upload is one of the client's saved state, and both ends hold the same once the client
 * has heard the server again.
 */
function exchange({ name, options: given }: SchemeCase, world: SchemeWorld, vectorOf: (round: number, client: number) => Float32Array, clients: readonly number[] = [0, 2], rounds = 2): void {
  const { scheme, options } = prepared(name, given);
  const server = scheme.server(options, world);
  const halves = new Map(clients.map((client) => [client, clientOf(scheme, options, world, client)]));
  for (let round = 0; round < rounds; round++) {
    const context = roundOf(round, clients, BITS);
    const again: SchemeServer = scheme.server(options, world, structuredClone(server.state()));
    const broadcast = server.broadcast(context);
    expect(sameBits(downlinkTo(again.broadcast(context), clients[0]).bytes, downlinkTo(broadcast, clients[0]).bytes)).toBe(true);
    for (const client of clients) {
      const half = halves.get(client)!;
      const saved = structuredClone(half.state());
      const down = downlinkTo(broadcast, client);
      const message = upload(half, world, context, client, down.bytes, vectorOf(round, client));
      const repeated = upload(clientOf(scheme, options, world, client, saved), world, context, client, down.bytes, vectorOf(round, client));
      expect(sameBits(repeated?.bytes, message?.bytes)).toBe(true);
      expect(partsTotal(down)).toBe(down.bytes.length * 8);
      if (message !== null) {
        expect(partsTotal(message)).toBe(message.bytes.length * 8);
        server.receive(client, message.bytes);
        again.receive(client, message.bytes);
      }
      half.settled(round, 'accepted');
    }
    server.aggregate();
    again.aggregate();
    expect(server.weights.every((value) => Number.isFinite(value))).toBe(true);
    const state = server.state();
    expect(sameBits(again.state(), state)).toBe(true);
    if (sharedState(name, halves.get(clients[0])!.state(), state, clients[0], world.layout.trainableSize) === null) continue;
    const next = scheme.server(options, world, structuredClone(state)).broadcast(roundOf(round + 1, clients, BITS));
    for (const client of clients) {
      const probe = clientOf(scheme, options, world, client, structuredClone(halves.get(client)!.state()));
      probe.receive(downlinkTo(next, client).bytes);
      const shared = sharedState(name, probe.state(), state, client, world.layout.trainableSize)!;
      expect(sameBits(shared[0], shared[1])).toBe(true);
    }
  }
}

const SIZES = [0, 1, 2, 3, 7, 64, 1000];

describe.each(EVERY_CASE.map((one) => [labelOf(one), one] as const))('%s', (_label, one) => {
  const { scheme } = prepared(one.name, one.options);
  const inputs = one.input === undefined ? scheme.inputs : [one.input];

  it.each(inputs)('decodes what was encoded at every size, input %s', (input) => {
    for (const size of SIZES) exchange(one, cheapWorld(size, input), (round, client) => rough(size, 10 * round + client).map((value) => 0.01 * value));
  });

  it.each([
    ['zeros', () => 0],
    ['a constant', () => 0.5],
    ['denormals', (j: number) => (j - 150) * 1.4e-45],
    ['one huge outlier', (j: number) => (j === 41 ? -1e30 : 1e-3 * (j - 100))],
    ['very large numbers', (j: number) => (j % 2 === 0 ? 1e34 : -1e34)],
  ] as const)('survives %s', (_what, value) => {
    for (const input of inputs) {
      const size = 300;
      const world = cheapWorld(size, input);
      exchange(one, world, () => Float32Array.from({ length: size }, (_, j) => value(j)));
      // A model that is itself like that.
      exchange(one, { ...world, initialWeights: Float32Array.from({ length: world.layout.size }, (_, j) => (Math.abs(value(j)) > 1e20 ? 1 : value(j))) }, (round, client) => rough(size, round + client));
    }
  });

  it.each([Number.NaN, Infinity, -Infinity])('refuses %d with an error code', (wrong) => {
    for (const input of inputs) {
      {
        const size = 64;
        const world = cheapWorld(size, input);
        const vector = rough(size, 1);
        vector[size - 1] = wrong;
        expect(() => exchange(one, world, () => vector)).toThrowError(expect.objectContaining({ code: 'NOT_FINITE', exitCode: 1 }));
      }
    }
  });
});

describe('models of real size', () => {
  it.each(EVERY_CASE.map((one) => [labelOf(one), one] as const))('%s passes LeNet-5', (_label, one) => {
    const size = 61_706;
    exchange(one, cheapWorld(size, one.input ?? 'update'), (round, client) => rough(size, 10 * round + client), [1]);
  });

  it.each(EVERY_SCHEME.map((one) => [one.name, one] as const))('%s passes a million parameters', (name, one) => {
    const size = 1_000_000;
    const world = cheapWorld(size, 'update');
    const { scheme, options } = prepared(name, one.options);
    const server = scheme.server(options, world);
    const context = roundOf(0, [1], BITS);
    const message = upload(clientOf(scheme, options, world, 1), world, context, 1, downlinkTo(server.broadcast(context), 1).bytes, rough(size, 3));
    server.receive(1, message!.bytes);
    server.aggregate();
    expect(server.weights.every((value) => Number.isFinite(value))).toBe(true);
    expect(sameBits(server.weights, world.initialWeights)).toBe(false);
  });
});

describe('error feedback', () => {
  it.each(EVERY_CASE.filter(({ input }) => input !== 'gradient').map((one) => [labelOf(one), one] as const))('%s keeps exactly what the receiver did not get', (_label, { name, options: given }) => {
    const { scheme, options } = prepared(name, given);
    const size = 500;
    const world = cheapWorld(size, 'update');
    const half = clientOf(scheme, options, world, 0);
    // Schemes with error feedback, and no others, keep one vector of the size of the model.
    const initial = at(half.state(), 'value');
    if (!(initial instanceof Float32Array) || initial.length !== size || name === 'wyner-ziv') return;
    const server = scheme.server(options, world);
    for (let round = 0; round < 4; round++) {
      const memory = Float32Array.from(at(half.state(), 'value') as Float32Array);
      const context = roundOf(round, [0], BITS);
      const down = downlinkTo(server.broadcast(context), 0).bytes;
      const base = Float32Array.from(clientOf(scheme, options, world, 0, structuredClone(half.state())).receive(down));
      // Where the downlink loses something, the server goes on from what it has and not from what it sent.
      const isVariantA = name === 'chain' && !('variant' in given && given.variant === 'B');
      const from = isVariantA ? base : Float32Array.from(server.weights);
      const vector = rough(size, round);
      const message = upload(half, world, context, 0, down, vector);
      server.receive(0, message!.bytes);
      half.settled(round, 'accepted');
      server.aggregate();
      const kept = at(half.state(), 'value') as Float32Array;
      for (let j = 0; j < size; j++) {
        const received = server.weights[j] - from[j];
        const wanted = Math.fround(base[j] + vector[j]) - base[j] + memory[j];
        expect(Math.abs(received + kept[j] - wanted)).toBeLessThan(1e-5);
      }
    }
  });
});
