import { EVALUATION_BATCH } from './evaluation.js';
import { FULL_BATCH_CHUNK } from './local-training.js';

/** The largest batch that training with this minibatch size, full-batch gradients and evaluation put through a network. */
export function batchMax(batchSize: number): number {
  return Math.max(batchSize, FULL_BATCH_CHUNK, EVALUATION_BATCH);
}
