import { z } from 'zod';
import { inputError } from '../../errors.js';
import { permutation, stream } from '../../random/index.js';
import { classPools, type ClassPools } from './class-pools.js';
import type { Partition, PartitionRequest } from './contract.js';
import { append } from './pieces.js';
import { shares } from './sizes.js';

const schema = z.strictObject({
  name: z.literal('classes'),
  classesPerClient: z.int().min(1).max(256).default(2),
  assignment: z
    .enum(['rotating', 'least-used', 'random'])
    .default('least-used')
    .describe('rotating: classes i, i + 1, .. of client i (ResFed); least-used: the classes least given out so far (FedMRN); random'),
});
export type ClassesOptions = z.output<typeof schema>;

/**
 * Every client knows a few classes only. Without stated sizes each class is cut evenly among its
 * owners, so that all samples of owned classes are given out; with stated sizes a client takes its
 * size evenly from its classes, and more of one where another runs out.
 */
export const classesPerClient: Partition<ClassesOptions> = {
  name: 'classes',
  describe: 'a fixed number of classes per client (the recipes of ResFed and FedMRN)',
  schema,
  split(options, request) {
    if (options.classesPerClient > request.classes) {
      throw inputError('PARTITION_CLASSES', `${options.classesPerClient} classes per client are asked for and the data set has ${request.classes}`, {
        expected: `a number from 1 to ${request.classes}`,
      });
    }
    const owned = ownedClasses(options, request);
    const pools = classPools(request.labels, request.classes, request.seed);
    return request.sizesAreStated ? takeStated(owned, pools, request.sizes) : cutAll(owned, pools, request);
  },
};

/** The classes of each client, ascending. */
function ownedClasses({ classesPerClient: c, assignment }: ClassesOptions, { classes, sizes, seed }: PartitionRequest): number[][] {
  const used = new Int32Array(classes);
  return Array.from(sizes, (_, client) => {
    let own: number[];
    if (assignment === 'rotating') own = Array.from({ length: c }, (_, j) => (client + j) % classes);
    else {
      const order = Array.from(permutation(stream(seed, 'partition-owned-classes', client), classes));
      if (assignment === 'least-used') order.sort((a, b) => used[a] - used[b]);
      own = order.slice(0, c);
    }
    for (const label of own) used[label]++;
    return own.sort((a, b) => a - b);
  });
}

/** Each class cut among its owners in proportion to their sizes. */
function cutAll(owned: readonly number[][], pools: ClassPools, { classes, sizes }: PartitionRequest): Int32Array[] {
  const ofClient: number[][] = owned.map(() => []);
  for (let label = 0; label < classes; label++) {
    const owners = owned.flatMap((own, client) => (own.includes(label) ? [client] : []));
    if (owners.length === 0) continue;
    const parts = shares(pools.left(label), Float64Array.from(owners, (client) => sizes[client]));
    owners.forEach((client, i) => append(ofClient[client], taken(pools, label, parts[i])));
  }
  const empty = ofClient.findIndex((samples) => samples.length === 0);
  if (empty >= 0) throw exhausted(empty, owned[empty], 1);
  return ofClient.map((samples) => Int32Array.from(samples));
}

/** Every client short of samples asks its classes that are not empty for even parts, until all have their size. */
function takeStated(owned: readonly number[][], pools: ClassPools, sizes: Int32Array): Int32Array[] {
  const ofClient: number[][] = owned.map(() => []);
  for (let short = true; short; ) {
    short = false;
    for (let client = 0; client < owned.length; client++) {
      const missing = sizes[client] - ofClient[client].length;
      if (missing === 0) continue;
      const open = owned[client].filter((label) => pools.left(label) > 0);
      if (open.length === 0) throw exhausted(client, owned[client], missing);
      const parts = shares(missing, new Float64Array(open.length).fill(1));
      open.forEach((label, i) => append(ofClient[client], taken(pools, label, Math.min(parts[i], pools.left(label)))));
      short = true;
    }
  }
  return ofClient.map((samples) => Int32Array.from(samples));
}

function taken(pools: ClassPools, label: number, count: number): Int32Array {
  const samples = new Int32Array(count);
  pools.take(label, count, samples, 0);
  return samples;
}

function exhausted(client: number, own: readonly number[], missing: number): Error {
  return inputError('PARTITION_EXHAUSTED', `classes ${own.join(', ')} have too few samples: client ${client} lacks ${missing}`, {
    expected: 'fewer samples per client, more classes per client, or fewer clients',
  });
}
