import { z } from 'zod';
import { permutation, stream } from '../../random/index.js';
import { classPools } from './class-pools.js';
import type { Partition, PartitionRequest } from './contract.js';
import { logDirichlet, normalise } from './dirichlet-draw.js';
import { append } from './pieces.js';

const schema = z.strictObject({
  name: z.literal('dirichlet'),
  alpha: z.number().min(1e-4).max(1e6).default(0.5).describe('concentration: small is skewed, large is IID'),
  draw: z
    .enum(['per-client', 'per-class'])
    .default('per-client')
    .describe('per-client keeps the stated sizes; per-class is the recipe of FedMRN and others, whose sizes are drawn'),
  minimumSamples: z.int().min(1).default(10).describe('samples every client has at least (per-class)'),
});
export type DirichletOptions = z.output<typeof schema>;

/** Label skew by the Dirichlet distribution. */
export const dirichlet: Partition<DirichletOptions> = {
  name: 'dirichlet',
  describe: 'label skew by a Dirichlet distribution with concentration alpha',
  schema,
  split: (options, request) => (options.draw === 'per-client' ? perClient(options, request) : perClass(options, request)),
};

/**
 * Each client draws its own mixture of classes from Dirichlet(alpha) and takes exactly its size
 * from it without replacement (Hsu, Qi and Brown, "Measuring the effects of non-identical data
 * distribution", 2019). Clients take turns sample by sample, so that the distortion by classes that
 * run out falls on all alike and not on the last; a mixture is renormalised over the classes that
 * are left.
 */
function perClient({ alpha }: DirichletOptions, { labels, classes, sizes, seed }: PartitionRequest): Int32Array[] {
  const pools = classPools(labels, classes, seed);
  const left = (label: number): boolean => pools.left(label) > 0;
  const clients = Array.from(sizes, (size, client) => {
    const draws = stream(seed, 'partition-dirichlet', client);
    const logs = logDirichlet(classes, alpha, draws);
    const mixture = new Float64Array(classes);
    normalise(logs, left, mixture);
    return { draws, logs, mixture, samples: new Int32Array(size) };
  });
  const rounds = sizes.reduce((a, b) => Math.max(a, b), 0);
  for (let turn = 0; turn < rounds; turn++) {
    for (const { draws, mixture, samples } of clients) {
      if (turn >= samples.length) continue;
      const label = choose(mixture, draws.uniform());
      pools.take(label, 1, samples, turn);
      if (!left(label)) for (const other of clients) renormalise(other, left);
    }
  }
  return clients.map(({ samples }) => samples);
}

/** Spreads a mixture over the classes that are left, if there are any. */
function renormalise({ logs, mixture }: { readonly logs: Float64Array; readonly mixture: Float64Array }, left: (label: number) => boolean): void {
  if (logs.some((_, label) => left(label))) normalise(logs, left, mixture);
}

/** The part in which `u` of [0, 1) falls; never one of probability zero. */
function choose(probabilities: Float64Array, u: number): number {
  let chosen = -1;
  let cumulated = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] === 0) continue;
    chosen = i;
    cumulated += probabilities[i];
    if (u < cumulated) return chosen;
  }
  return chosen;
}

/** Draws of the whole split before the smallest clients are filled up from the largest. */
const ATTEMPTS = 100;

/**
 * The recipe of FedMRN's and many others' scripts: class by class the samples are cut among the
 * clients by a draw from Dirichlet(alpha), clients that already hold their share of the whole
 * getting nothing; drawn anew until every client has the minimum. Where that does not come about
 * (small alpha, many clients), samples of the largest clients fill up the smallest, so that it always ends.
 */
function perClass({ alpha, minimumSamples }: DirichletOptions, { labels, classes, sizes, seed }: PartitionRequest): Int32Array[] {
  const clients = sizes.length;
  const total = sizes.reduce((a, b) => a + b, 0);
  const minimum = Math.min(minimumSamples, Math.floor(total / clients));
  const order = permutation(stream(seed, 'partition-subset'), labels.length).subarray(0, total);
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (const sample of order) byClass[labels[sample]].push(sample);
  let split: number[][] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    split = Array.from({ length: clients }, () => []);
    const draws = stream(seed, 'partition-dirichlet-class', attempt);
    const proportions = new Float64Array(clients);
    for (const samples of byClass) {
      const logs = logDirichlet(clients, alpha, draws);
      const open = split.map((own) => own.length < total / clients);
      if (samples.length === 0 || !open.includes(true)) continue;
      normalise(logs, (client) => open[client], proportions);
      deal(samples, proportions, split);
    }
    if (split.every((own) => own.length >= minimum)) break;
  }
  fillUp(split, minimum);
  return split.map((own) => Int32Array.from(own));
}

/** Cuts `samples` at the cumulated proportions; the last client with a share takes the rest. */
function deal(samples: readonly number[], proportions: Float64Array, split: number[][]): void {
  const last = proportions.findLastIndex((share) => share > 0);
  let cumulated = 0;
  let start = 0;
  for (let client = 0; client <= last; client++) {
    cumulated += proportions[client];
    const end = client === last ? samples.length : Math.min(samples.length, Math.floor(cumulated * samples.length));
    append(split[client], samples.slice(start, Math.max(start, end)));
    start = Math.max(start, end);
  }
}

/** Moves single samples from the largest client to those below the minimum. */
function fillUp(split: readonly number[][], minimum: number): void {
  for (const own of split) {
    while (own.length < minimum) {
      const largest = split.reduce((a, b) => (b.length > a.length ? b : a));
      own.push(largest.pop()!);
    }
  }
}
