import { labelCounts } from '../datasets/index.js';
import { shuffle, stream } from '../../random/index.js';

/** The samples of each class in a keyed random order, taken from the front. */
export interface ClassPools {
  /** Samples of that class not taken yet. */
  left(label: number): number;
  /** Takes `count` samples of a class (no more than are left) into `into` from `offset`. */
  take(label: number, count: number, into: Int32Array, offset: number): void;
}

export function classPools(labels: Uint8Array, classes: number, seed: number): ClassPools {
  const counts = labelCounts(labels, classes);
  const pools = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  labels.forEach((label, sample) => {
    pools[label][counts[label]++] = sample;
  });
  pools.forEach((pool, label) => shuffle(stream(seed, 'partition-class', label), pool));
  const taken = new Int32Array(classes);
  return {
    left: (label) => pools[label].length - taken[label],
    take(label, count, into, offset) {
      const from = taken[label];
      into.set(pools[label].subarray(from, from + count), offset);
      taken[label] = from + count;
    },
  };
}
