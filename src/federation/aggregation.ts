import { z } from 'zod';
import type { ClientId } from '../compression/contract.js';
import { defineTable, type Entry } from '../table.js';
import { stalenessDiscounts, stalenessSchema } from './staleness.js';

/** What one upload brings to the model of the server. */
export interface Contribution {
  readonly client: ClientId;
  /** The exchange it came from, counted over all clients. */
  readonly exchange: number;
  /** Aggregation weight. */
  readonly weight: number;
  /** The weights that the client started from. */
  readonly start: Float32Array;
  /** Change of the trainable part since then. */
  readonly change: Float32Array;
  /** Buffers as the client has them; empty where it sent none. */
  readonly buffers: Float32Array;
}

/** How uploads become versions of the model where there are no rounds. */
export interface AggregationRule {
  /** Uploads to a round of the tables. */
  readonly uploadsPerRound: number;
  /** Uploads to a version of the model: one, or those of a round. */
  readonly uploadsPerVersion: number;
  /** Aggregation weight of an upload by its staleness. */
  weight(this: void, staleness: number): number;
  /** Turns the weights into the next version, in place. */
  apply(this: void, weights: Float32Array, contributions: readonly Contribution[]): void;
}

interface Aggregation extends Entry {
  create(options: object): AggregationRule;
}

const fedbuffSchema = z.strictObject({
  kind: z.literal('fedbuff'),
  buffer: z.int().min(1).default(10).meta({ description: 'uploads that are collected (K) before the model changes; one round of the tables' }),
  serverRate: z.number().gt(0).default(1).meta({ description: 'factor on the mean of the buffer' }),
  staleness: stalenessSchema,
});
/**
 * FedBuff (Nguyen et al., Federated Learning with Buffered Asynchronous Aggregation, AISTATS 2022,
 * algorithm 1, without secure aggregation): `w += rate / K * sum of s(staleness) change` over a buffer
 * of K uploads, which count alike whatever the samples behind them. Buffers of the model (batch-norm statistics) move by the same weights towards the clients'.
 */
const fedbuff = {
  name: 'fedbuff',
  describe: 'FedBuff: the model takes a step whenever a buffer of K uploads is full',
  schema: fedbuffSchema,
  create({ buffer, serverRate, staleness }: z.output<typeof fedbuffSchema>): AggregationRule {
    const discount = stalenessDiscounts.find(staleness.kind).create(staleness);
    return {
      uploadsPerRound: buffer,
      uploadsPerVersion: buffer,
      weight: (stale) => discount(stale) / buffer,
      apply(weights, contributions) {
        // In the order of clients and not of arrival, as sums are everywhere.
        const ordered = [...contributions].sort((a, b) => a.client - b.client || a.exchange - b.exchange);
        const step = new Float64Array(weights.length);
        for (const { weight, change, buffers } of ordered) {
          for (let j = 0; j < change.length; j++) step[j] += serverRate * weight * change[j];
          for (let i = 0, j = change.length; i < buffers.length; i++, j++) step[j] += weight * (buffers[i] - weights[j]);
        }
        for (let j = 0; j < weights.length; j++) weights[j] += step[j];
      },
    };
  },
} satisfies Aggregation;

const fedasyncSchema = z.strictObject({
  kind: z.literal('fedasync'),
  alpha: z.number().gt(0).max(1).default(0.6).meta({ description: 'mixing weight of an update that is not stale' }),
  uploadsPerRound: z.int().min(1).default(1).meta({
    description: 'uploads to a round of the tables, each of them mixed in as it comes: more than one where rounds are to compare with those of other protocols',
  }),
  staleness: stalenessSchema,
});
/**
 * FedAsync (Xie, Koyejo, Gupta, Asynchronous Federated Optimization, arXiv 1903.03934, algorithm 1):
 * each upload is mixed in as it comes, `w = (1 - a) w + a x` with `a = alpha s(staleness)`, where x is
 * the client's model: what it started from and its change. Without the paper's proximal term, since
 * local training is the scenario's.
 */
const fedasync = {
  name: 'fedasync',
  describe: 'FedAsync: each upload is mixed into the model as it comes',
  schema: fedasyncSchema,
  create({ alpha, uploadsPerRound, staleness }: z.output<typeof fedasyncSchema>): AggregationRule {
    const discount = stalenessDiscounts.find(staleness.kind).create(staleness);
    return {
      uploadsPerRound,
      uploadsPerVersion: 1,
      weight: (stale) => alpha * discount(stale),
      apply(weights, contributions) {
        for (const { weight, start, change, buffers } of contributions) {
          for (let j = 0; j < change.length; j++) weights[j] += weight * (start[j] + change[j] - weights[j]);
          for (let i = 0, j = change.length; i < buffers.length; i++, j++) weights[j] += weight * (buffers[i] - weights[j]);
        }
      },
    };
  },
} satisfies Aggregation;

/** All rules of asynchronous aggregation. */
export const aggregations = defineTable<Aggregation>('aggregation', [fedbuff, fedasync]);

export const aggregationSchema = z
  .discriminatedUnion('kind', [fedbuff.schema, fedasync.schema])
  .prefault({ kind: 'fedbuff' })
  .meta({ description: 'How uploads become versions of the model' });
