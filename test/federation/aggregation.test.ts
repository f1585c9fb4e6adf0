import { describe, expect, it } from 'vitest';
import { aggregations, aggregationSchema, type AggregationRule, type Contribution } from '../../src/federation/aggregation.js';
import { stalenessDiscounts, stalenessSchema } from '../../src/federation/staleness.js';

function discount(options: object): (staleness: number) => number {
  const parsed = stalenessSchema.parse(options);
  return stalenessDiscounts.find(parsed.kind).create(parsed);
}

function ruleOf(options: object): AggregationRule {
  const parsed = aggregationSchema.parse(options);
  return aggregations.find(parsed.kind).create(parsed);
}

describe('the discount for staleness', () => {
  it('is 1 for an update that is not stale, whatever the function', () => {
    for (const kind of stalenessDiscounts.names) expect(discount({ kind })(0)).toBe(1);
  });

  it('follows the functions of the paper', () => {
    expect([0, 3, 8, 99].map(discount({ kind: 'polynomial' }))).toEqual([1, 1 / 2, 1 / 3, 1 / 10]);
    expect(discount({ kind: 'polynomial', exponent: 2 })(3)).toBe(1 / 16);
    expect([0, 4, 5, 6].map(discount({ kind: 'hinge' }))).toEqual([1, 1, 1 / 11, 1 / 21]);
    expect([0, 1, 50].map(discount({ kind: 'constant' }))).toEqual([1, 1, 1]);
  });
});

const contribution = (client: number, weight: number, change: number[], buffers: number[] = [], start: number[] = [0, 0]): Contribution => ({
  client, exchange: client, weight, change: Float32Array.from(change), buffers: Float32Array.from(buffers), start: Float32Array.from(start),
});

describe('FedBuff', () => {
  it('adds the mean of the buffer, each update discounted, times the rate of the server', () => {
    const { apply, weight } = ruleOf({ kind: 'fedbuff', buffer: 2, serverRate: 0.5 });
    const weights = Float32Array.of(1, 2);
    apply(weights, [contribution(0, weight(0), [4, 8]), contribution(1, weight(3), [8, -8])]);
    expect([...weights]).toEqual([1 + 0.5 * (4 / 2 + 8 / 4), 2 + 0.5 * (8 / 2 - 8 / 4)]);
  });

  it('does not depend on the order of arrival', () => {
    const { apply } = ruleOf({ kind: 'fedbuff', buffer: 3 });
    const all = [contribution(0, 0.3, [1e8, 1]), contribution(1, 0.3, [-1e8, 1e-8]), contribution(2, 0.3, [0.1, 1])];
    const [one, other] = [Float32Array.of(0.1, 0.2), Float32Array.of(0.1, 0.2)];
    apply(one, all);
    apply(other, [all[2], all[0], all[1]]);
    expect([...one]).toEqual([...other]);
  });

  it('moves the buffers of the model towards those of the clients, and never beyond', () => {
    const { apply, weight } = ruleOf({ kind: 'fedbuff', buffer: 2, serverRate: 3 });
    const weights = Float32Array.of(0, 8);
    apply(weights, [contribution(0, weight(0), [0], [4]), contribution(1, weight(0), [0], [0])]);
    expect(weights[1]).toBe(2);
  });

  it('makes a version and a round of each buffer', () => {
    const { uploadsPerRound, uploadsPerVersion } = ruleOf({ kind: 'fedbuff', buffer: 7 });
    expect([uploadsPerRound, uploadsPerVersion]).toEqual([7, 7]);
  });
});

describe('FedAsync', () => {
  it('mixes the model of the client into that of the server', () => {
    const { apply, weight } = ruleOf({ kind: 'fedasync', alpha: 0.5 });
    const weights = Float32Array.of(1, 2);
    apply(weights, [contribution(0, weight(3), [1], [10], [4, 0])]);
    // x = 4 + 1 with 0.5 / sqrt(1 + 3), and the buffer alike.
    expect([...weights]).toEqual([0.75 * 1 + 0.25 * 5, 0.75 * 2 + 0.25 * 10]);
  });

  it('makes a version of each upload and a round of as many as asked for', () => {
    const { uploadsPerRound, uploadsPerVersion } = ruleOf({ kind: 'fedasync', uploadsPerRound: 5 });
    expect([uploadsPerRound, uploadsPerVersion]).toEqual([5, 1]);
    expect(ruleOf({ kind: 'fedasync' }).uploadsPerRound).toBe(1);
  });
});
