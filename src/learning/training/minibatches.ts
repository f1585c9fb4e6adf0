import { shuffle, type Stream } from '../../random/index.js';

/** The minibatches of one client in one round, as positions in a shuffled copy of its sample indices. */
export interface Minibatches {
  readonly steps: number;
  /** Moves on to the next minibatch; call it `steps` times. */
  next(): { readonly order: Int32Array; readonly start: number; readonly count: number };
}

/**
 * Shuffles the samples anew for each epoch; the last batch of an epoch may be smaller and is kept.
 * With `localSteps` the batches run on over the end of an epoch. The order is a function of the
 * stream alone, so that it is the same for every scheme.
 */
export function minibatches(
  indices: Int32Array,
  { batchSize, localEpochs, localSteps }: { readonly batchSize: number; readonly localEpochs: number; readonly localSteps: number | null },
  stream: Stream,
): Minibatches {
  const order = indices.slice();
  const perEpoch = Math.ceil(indices.length / batchSize);
  let position = perEpoch;
  return {
    steps: localSteps ?? localEpochs * perEpoch,
    next() {
      if (position === perEpoch) {
        shuffle(stream, order);
        position = 0;
      }
      const start = position * batchSize;
      position++;
      return { order, start, count: Math.min(batchSize, order.length - start) };
    },
  };
}
