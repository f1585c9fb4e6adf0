import type { Dataset } from '../datasets/index.js';
import { gather, normalisationTable } from '../datasets/index.js';
import type { Network } from '../engine.js';
import { EVALUATION_BATCH } from './batch-max.js';
import { workspaceOf } from './workspace.js';

export interface Evaluation {
  /** Share of right answers. */
  readonly accuracy: number;
  /** Mean loss. */
  readonly loss: number;
}

/**
 * Sum of losses and number of right answers over the test samples `start .. end - 1`. Workers that
 * share an evaluation take fixed ranges, and the sums are added in the order of the ranges.
 */
export function evaluateRange(network: Network, weights: Float32Array, dataset: Dataset, start: number, end: number): { lossSum: number; correct: number } {
  const table = normalisationTable(dataset.normalisation);
  const workspace = workspaceOf(network);
  workspace.weights.set(weights);
  let lossSum = 0;
  let correct = 0;
  for (let first = start; first < end; first += EVALUATION_BATCH) {
    const count = Math.min(EVALUATION_BATCH, end - first);
    const { inputs, labels } = workspace.batch(count);
    gather(dataset.test, null, first, count, table, inputs, labels);
    const batch = network.evaluate(workspace.weights, { count, inputs, labels });
    lossSum += batch.lossSum;
    correct += batch.correct;
  }
  return { lossSum, correct };
}

/** Accuracy and mean loss on the first `count` test samples. */
export function evaluate(network: Network, weights: Float32Array, dataset: Dataset, count: number): Evaluation {
  const { lossSum, correct } = evaluateRange(network, weights, dataset, 0, count);
  return { accuracy: correct / count, loss: lossSum / count };
}
