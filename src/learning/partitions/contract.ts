import type { z } from 'zod';
import type { Entry } from '../../table.js';

/** What is to be split, and how much of it each client gets. */
export interface PartitionRequest {
  /** Class of each sample; sample indices are positions in here. */
  readonly labels: Uint8Array;
  readonly classes: number;
  /** Samples each client shall get; their sum is at most the number of samples. */
  readonly sizes: Int32Array;
  /** Whether the sizes are asked for by number, or merely share out all samples. */
  readonly sizesAreStated: boolean;
  readonly seed: number;
}

/**
 * An entry of the partition table. `schema` is an object with the entry's `name` and its options.
 * `split` returns the sample indices of each client: no sample twice, every client at least one; a
 * function of the request alone. The order within a client has no meaning (minibatches are drawn
 * by training).
 */
export interface Partition<Options = unknown> extends Entry<Options> {
  readonly schema: z.ZodType<Options> & z.ZodObject<{ name: z.ZodLiteral<string> }>;
  split(options: Options, request: PartitionRequest): Int32Array[];
}
