import { describe, expect, it } from 'vitest';
import type { SchemeState, ServerOptimizer } from '../../src/compression/contract.js';
import { serverStep } from '../../src/compression/server-optimizer.js';
import { CASES } from './cases.js';
import { clientOf, downlinkTo, trainedFrom } from './round.js';
import { bell, layoutOf, prepared, roundOf, worldOf } from './world.js';

const MOMENTUM: ServerOptimizer = { kind: 'momentum', rate: 0.7, momentum: 0.8 };
const ADAM: ServerOptimizer = { kind: 'adam', rate: 0.05, beta1: 0.9, beta2: 0.99, tau: 0.001 };
const LAYOUT = layoutOf([61, 5, 90], 4);

describe('the server step', () => {
  it('is the update itself without an optimiser, and keeps nothing', () => {
    const update = Float64Array.of(1, -2, 3);
    for (const options of [undefined, { kind: 'none' } as const]) {
      const step = serverStep(options, 3, undefined);
      expect(step.apply(update)).toBe(update);
      expect(step.state()).toEqual({});
    }
  });

  it('follows FedAdam over three updates', () => {
    const step = serverStep(ADAM, 1, undefined);
    let first = 0;
    let second = 0.001 * 0.001;
    for (const update of [0.3, -0.1, 0.02]) {
      first = 0.9 * first + 0.1 * update;
      second = 0.99 * second + 0.01 * update * update;
      expect(step.apply(Float64Array.of(update))[0]).toBeCloseTo((0.05 * first) / (Math.sqrt(second) + 0.001), 12);
    }
  });

  it('goes on from its state', () => {
    for (const options of [MOMENTUM, ADAM]) {
      const whole = serverStep(options, 2, undefined);
      const before = serverStep(options, 2, undefined);
      whole.apply(Float64Array.of(1, 2));
      before.apply(Float64Array.of(1, 2));
      const after = serverStep(options, 2, structuredClone((before.state() as { optimizer: SchemeState }).optimizer));
      expect(after.apply(Float64Array.of(-1, 4))).toEqual(whole.apply(Float64Array.of(-1, 4)));
    }
  });
});

describe('schemes with a server optimiser', () => {
  it('follow the closed form of momentum on a quadratic (FedAvgM, 60 rounds, 2 clients)', () => {
    // One step of each client is -0.1 (w - target), so w obeys a linear recursion of second order in the mean target.
    const layout = layoutOf([8]);
    const world = { ...worldOf(layout, 'update', 2), serverOptimizer: MOMENTUM };
    const { scheme, options } = prepared('fedavg');
    const server = scheme.server(options, world);
    const targets = [0, 1].map((client) => bell(8, 1, 'target', client));
    for (let round = 0; round < 60; round++) {
      const participants = [0, 1].map((client) => ({ client, weight: 0.5 }));
      const { bytes } = server.broadcast({ round, participants, plan: null, learningRate: 0.1 }).shared!;
      for (const client of [0, 1]) {
        const half = clientOf(scheme, options, world, client);
        const start = half.receive(bytes);
        const weights = start.map((value, j) => value - 0.1 * (value - targets[client][j]));
        const answer = half.upload({ round, client, weight: 0.5, learningRate: 0.1 }, { weights, gradient: undefined, loss: 0, steps: 1, samples: 1 });
        if (!('silent' in answer)) server.receive(client, answer.bytes);
      }
      server.aggregate();
    }
    // e(k+1) = e(k) + 0.7 v(k+1), v(k+1) = 0.8 v(k) - 0.1 e(k): e(k+1) = (1.8 - 0.07) e(k) - 0.8 e(k-1), with roots of modulus sqrt(0.8).
    const radius = Math.sqrt(0.8);
    const angle = Math.acos(1.73 / 2 / radius);
    const at = (k: number): number => radius ** k * (Math.cos(k * angle) + ((0.93 / radius - Math.cos(angle)) / Math.sin(angle)) * Math.sin(k * angle));
    server.weights.forEach((value, j) => {
      const optimum = (targets[0][j] + targets[1][j]) / 2;
      expect(value - optimum).toBeCloseTo(at(60) * (world.initialWeights[j] - optimum), 5);
    });
  });

  const able = CASES.filter(({ name }) => prepared(name).scheme.refuses?.serverOptimizer === undefined);
  it.each(able.map(({ name, options, input }) => [`${name} ${JSON.stringify(options)}`, name, options, input ?? 'update'] as const))('%s moves its model by it, from its state too', (_, name, given, input) => {
    const { scheme, options } = prepared(name, given);
    if (!scheme.inputs.includes(input)) return;
    const play = (serverOptimizer: ServerOptimizer | undefined, interrupted: boolean) => {
      const world = { ...worldOf(LAYOUT, input), ...(serverOptimizer === undefined ? {} : { serverOptimizer }) };
      let server = scheme.server(options, world);
      const halves = [0, 1, 2].map((client) => clientOf(scheme, options, world, client));
      const models: Float32Array[] = [];
      for (let round = 0; round < 3; round++) {
        if (interrupted) server = scheme.server(options, world, structuredClone(server.state()));
        const broadcast = server.broadcast(roundOf(round, [0, 1, 2], 5));
        for (const client of [0, 1, 2]) {
          const answer = trainedFrom(halves[client], world, downlinkTo(broadcast, client).bytes, client, round);
          if (!('silent' in answer)) server.receive(client, answer.bytes);
          else if (answer.signal !== null) server.receive(client, answer.signal.bytes);
          halves[client].settled(round, 'accepted');
        }
        server.aggregate();
        models.push(Float32Array.from(server.weights));
      }
      return models;
    };
    const plain = play(undefined, false);
    expect(play({ kind: 'none' }, false)).toEqual(plain);
    // Rate 1 without momentum is no optimiser at all, but for rounding. Beside an optimiser two models do not
    // tell the last aggregate, so clients that code against it take hints instead, and send other indices;
    // MOMENTUM moves the model by twice the limit.
    const toldByModels = 'sideInformation' in given && given.sideInformation === 'aggregate';
    const limit = toldByModels ? 0.02 : 1e-4;
    const unmoved = play({ kind: 'momentum', rate: 1, momentum: 0 }, false);
    expect(Math.max(...unmoved.flatMap((model, round) => Array.from(model, (value, j) => Math.abs(value - plain[round][j]))))).toBeLessThan(limit);
    const moved = play(MOMENTUM, false);
    expect(moved).not.toEqual(plain);
    expect(play(MOMENTUM, true)).toEqual(moved);
    const adaptive = play(ADAM, false);
    expect(adaptive).not.toEqual(plain);
    expect(play(ADAM, true)).toEqual(adaptive);
  });
});
