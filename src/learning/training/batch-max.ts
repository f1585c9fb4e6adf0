/** Samples per chunk of a full-batch gradient: part of its definition, as the sum runs chunk by chunk. */
export const FULL_BATCH_CHUNK = 64;

/** Samples that go through the network at once in an evaluation. */
export const EVALUATION_BATCH = 50;

/** The largest batch that training with this minibatch size, full-batch gradients and evaluation put through a network. */
export function batchMax(batchSize: number): number {
  return Math.max(batchSize, FULL_BATCH_CHUNK, EVALUATION_BATCH);
}
