import { z } from 'zod';
import { permutation, stream } from '../../random/index.js';
import type { Partition } from './contract.js';
import { cut } from './pieces.js';

/** Every client gets a random sample of the whole. */
export const iid: Partition = {
  name: 'iid',
  describe: 'a random share of all samples per client',
  schema: z.strictObject({ name: z.literal('iid') }),
  split: (_options, { labels, sizes, seed }) => cut(permutation(stream(seed, 'partition-iid'), labels.length), sizes),
};

/** Runs of consecutive samples in the order of the data set: for data sets whose order means something. */
export const contiguous: Partition = {
  name: 'contiguous',
  describe: 'consecutive samples in the order of the data set, client after client',
  schema: z.strictObject({ name: z.literal('contiguous') }),
  split: (_options, { labels, sizes }) => cut(Int32Array.from(labels, (_, i) => i), sizes),
};
