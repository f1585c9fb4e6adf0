import { z } from 'zod';
import { defineTable } from '../../table.js';
import { classesPerClient } from './classes.js';
import type { Partition } from './contract.js';
import { dirichlet } from './dirichlet.js';
import { contiguous, iid } from './iid.js';
import { shards } from './shards.js';
import type { Sizes } from './sizes.js';
import { clientSizes } from './sizes.js';

/** How the training samples are dealt to the clients. */
export const partitions = defineTable<Partition>('partition', [iid, dirichlet, shards, classesPerClient, contiguous]);

const [firstSchema, ...furtherSchemas] = partitions.entries.map(({ schema, describe }) => schema.meta({ description: describe }));

/** `{ name, ...options of that partition }`. */
export const partitionSchema: z.ZodType<PartitionChoice> = z.discriminatedUnion('name', [firstSchema, ...furtherSchemas]);

export interface PartitionChoice {
  readonly name: string;
}

export interface ClientDataRequest {
  /** Class of each training sample. */
  readonly labels: Uint8Array;
  readonly classes: number;
  readonly clients: number;
  /** Mean samples per client; null shares out all samples. */
  readonly samplesPerClient: number | null;
  readonly sizes: Sizes;
  readonly partition: PartitionChoice;
  readonly seed: number;
}

/**
 * The training samples of each client, by index. A function of the request alone: nothing else of
 * a study changes it. Throws TOO_FEW_SAMPLES, PARTITION_CLASSES or PARTITION_EXHAUSTED.
 */
export function splitAmongClients({ labels, classes, clients, samplesPerClient, sizes, partition, seed }: ClientDataRequest): Int32Array[] {
  const clientSizesRequest = { clients, samplesPerClient, available: labels.length, sizes, seed };
  return partitions.find(partition.name).split(partition, {
    labels,
    classes,
    sizes: clientSizes(clientSizesRequest),
    sizesAreStated: samplesPerClient !== null,
    seed,
  });
}
