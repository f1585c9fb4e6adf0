import type { LocalOutcome } from '../learning/contract.js';
import type { SchemeWorld } from './contract.js';
import { subtract } from './elementwise.js';

/** What a client has to send: the trainable part of its update since `start`, or of its gradient. */
export function trainedDifference({ input, layout }: SchemeWorld, start: Float32Array, outcome: Pick<LocalOutcome, 'weights' | 'gradient'>): Float32Array {
  const size = layout.trainableSize;
  if (input === 'gradient') {
    if (outcome.gradient === undefined) throw new Error('the local outcome holds no gradient');
    return outcome.gradient.slice(0, size);
  }
  if (outcome.weights === undefined) throw new Error('the local outcome holds no weights');
  const difference = new Float32Array(size);
  subtract(difference, outcome.weights, start);
  return difference;
}
