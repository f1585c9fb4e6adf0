import { z } from 'zod';
import { permutation, stream } from '../../random/index.js';
import type { Partition } from './contract.js';
import { shares } from './sizes.js';
import { append, cut } from './pieces.js';

const schema = z.strictObject({
  name: z.literal('shards'),
  shardsPerClient: z.int().min(1).max(1000).default(2).describe('runs of samples sorted by label that each client gets'),
});
export type ShardsOptions = z.output<typeof schema>;

/**
 * Sorted by label and cut into shards, each client getting some at random (McMahan et al.,
 * "Communication-efficient learning of deep networks", 2017). A client's shards are its size cut
 * evenly, so that any sizes are kept.
 */
export const shards: Partition<ShardsOptions> = {
  name: 'shards',
  describe: 'samples sorted by label and cut into shards, a few random shards per client',
  schema,
  split({ shardsPerClient }, { labels, sizes, seed }) {
    const total = sizes.reduce((a, b) => a + b, 0);
    const drawn = permutation(stream(seed, 'partition-subset'), labels.length).subarray(0, total);
    const sorted = Int32Array.from(drawn).sort((a, b) => labels[a] - labels[b] || a - b);
    const shardSizes = Array.from(sizes, (size) => shares(size, new Float64Array(shardsPerClient).fill(1)));
    const shardCount = sizes.length * shardsPerClient;
    const order = permutation(stream(seed, 'partition-shards'), shardCount);
    const pieces = cut(sorted, Array.from(order, (shard) => shardSizes[Math.floor(shard / shardsPerClient)][shard % shardsPerClient]));
    const ofClient: number[][] = Array.from(sizes, () => []);
    order.forEach((shard, place) => append(ofClient[Math.floor(shard / shardsPerClient)], pieces[place]));
    return ofClient.map((samples) => Int32Array.from(samples));
  },
};
