import { describe, expect, it } from 'vitest';
import type { SchemeClient } from '../../src/compression/contract.js';
import { quantizeInnovation } from '../../src/compression/quantizers/innovation.js';
import { clientOf, downlinkTo } from './round.js';
import { bell, layoutOf, prepared, worldOf } from './world.js';

describe("LAQ's quantizer", () => {
  it('gives the codes of the worked example', () => {
    const { radius, codes, quantized } = quantizeInnovation(Float32Array.of(0.5, -0.2, 0.1), new Float32Array(3), 2);
    expect(radius).toBe(0.5);
    expect([...codes]).toEqual([3, 1, 2]);
    [0.5, -1 / 6, 1 / 6].forEach((expected, j) => expect(quantized[j]).toBeCloseTo(expected, 6));
    const error = [0.5, -0.2, 0.1].reduce((sum, value, j) => sum + (value - quantized[j]) * (value - quantized[j]), 0);
    expect(error).toBeCloseTo(0.005556, 6);
  });

  it('errs by at most half a step, and by nothing where nothing changed', () => {
    const reference = bell(500, 1, 'reference');
    const vector = bell(500, 1, 'vector');
    for (const bits of [1, 4, 8, 16]) {
      const { radius, quantized } = quantizeInnovation(vector, reference, bits);
      const half = radius / ((1 << bits) - 1);
      vector.forEach((value, j) => expect(Math.abs(quantized[j] - value)).toBeLessThanOrEqual(half * 1.00001 + 1e-6));
    }
    expect(quantizeInnovation(reference, reference, 4).quantized).toEqual(reference);
  });
});

/** Least squares: client m pulls towards its own target; returns uploads and the final model. */
function descend(name: string, options: Record<string, unknown>, rounds: number): { readonly uploads: number; readonly weights: Float32Array; readonly bytes: number } {
  const layout = layoutOf([50]);
  const world = worldOf(layout, 'gradient', 5);
  const clients = [0, 1, 2, 3, 4];
  const targets = clients.map((client) => bell(50, 1, 'target', client));
  const { scheme, options: complete } = prepared(name, options);
  const server = scheme.server(complete, world);
  const halves: SchemeClient[] = clients.map((client) => clientOf(scheme, complete, world, client));
  let uploads = 0;
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const participants = clients.map((client) => ({ client, weight: 0.2 }));
    const broadcast = server.broadcast({ round, participants, plan: null, learningRate: 0.3 });
    for (const client of clients) {
      const start = halves[client].receive(downlinkTo(broadcast, client).bytes);
      const gradient = Float32Array.from(start, (value, j) => (0.3 + 0.2 * client) * (value - targets[client][j]));
      const answer = halves[client].upload({ round, client, weight: 0.2, learningRate: 0.3 }, { weights: undefined, gradient, loss: 0, steps: 1, samples: 1 });
      if ('silent' in answer) {
        if (answer.signal !== null) server.receive(client, answer.signal.bytes);
      } else {
        uploads++;
        bytes += answer.bytes.length;
        server.receive(client, answer.bytes);
      }
      halves[client].settled(round, 'accepted');
    }
    server.aggregate();
  }
  return { uploads, weights: Float32Array.from(server.weights), bytes };
}

const distance = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]) * (value - b[j]), 0));

describe('lazy aggregation', () => {
  const exact = descend('fedavg', {}, 60);

  it('is gradient descent when it never skips and sends singles', () => {
    const never = descend('lag', { maxSkips: 0 }, 60);
    expect(never.uploads).toBe(300);
    expect(distance(never.weights, exact.weights)).toBeLessThan(1e-5);
  });

  it('is quantized gradient descent when it never skips, and nearly exact at 16 bits', () => {
    const never = descend('laq', { maxSkips: 0, bits: 16 }, 60);
    expect(never.uploads).toBe(300);
    expect(distance(never.weights, exact.weights)).toBeLessThan(1e-4);
  });

  it.each(['laq', 'lag'])('reaches the optimum with far fewer uploads (%s)', (name) => {
    const lazy = descend(name, {}, 60);
    expect(lazy.uploads).toBeLessThan(200);
    expect(distance(lazy.weights, exact.weights)).toBeLessThan(0.02);
  });

  it('changes nothing but the bytes where silence is free', () => {
    const header = descend('laq', {}, 40);
    const none = descend('laq', { skipSignal: 'none' }, 40);
    expect(none.weights).toEqual(header.weights);
    // Frame, radius and 8 bits for each of 50 parameters.
    expect(header.bytes).toBe(header.uploads * (7 + 4 + 50));
  });

  it('refuses bit lengths that are known not to work', () => {
    const layout = layoutOf([5]);
    for (const [name, bits, input] of [['laq', 3, 'gradient'], ['laq', 5, 'update']] as const) {
      const { scheme, options } = prepared(name, { bits });
      expect(() => scheme.server(options, worldOf(layout, input))).toThrowError(expect.objectContaining({ code: 'TOO_FEW_BITS', exitCode: 2 }));
    }
    expect(() => prepared('slaq', { bits: 4 })).toThrowError(/at least 6/);
    expect(() => prepared('slaq', { bits: 3, criterion: 'script' })).not.toThrow();
  });
});
