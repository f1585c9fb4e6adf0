import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../../src/learning/datasets/index.js';
import { batchMax, evaluate, EVALUATION_BATCH, evaluateRange, FULL_BATCH_CHUNK } from '../../../src/learning/training/index.js';
import { softmaxNetwork } from './softmax-network.js';

const DATASET = loadDataset('synthetic-digits', { seed: 1, trainCount: 10, testCount: 230 });
const NETWORK = softmaxNetwork(784, 10);
const WEIGHTS = Float32Array.from({ length: NETWORK.layout.size }, (_, i) => Math.sin(i) / 50);

describe('evaluate', () => {
  it('gives log of the number of classes and chance for zero weights', () => {
    const { accuracy, loss } = evaluate(NETWORK, new Float32Array(NETWORK.layout.size), DATASET, 230);
    expect(loss).toBeCloseTo(Math.log(10), 9);
    expect(accuracy).toBe(0.1);
  });

  it('is the sum of its ranges, added in their order', () => {
    const parts = [[0, 100], [100, 200], [200, 230]].map(([start, end]) => evaluateRange(NETWORK, WEIGHTS, DATASET, start, end));
    const whole = evaluate(NETWORK, WEIGHTS, DATASET, 230);
    expect(parts.reduce((sum, { correct }) => sum + correct, 0) / 230).toBe(whole.accuracy);
    expect(parts.reduce((sum, { lossSum }) => sum + lossSum, 0) / 230).toBeCloseTo(whole.loss, 12);
  });

  it('uses only the first samples asked for', () => {
    const { correct } = evaluateRange(NETWORK, WEIGHTS, DATASET, 0, 60);
    expect(evaluate(NETWORK, WEIGHTS, DATASET, 60).accuracy).toBe(correct / 60);
  });
});

describe('batchMax', () => {
  it('covers minibatches, chunks of a full-batch gradient and evaluation', () => {
    expect(batchMax(1)).toBe(Math.max(FULL_BATCH_CHUNK, EVALUATION_BATCH));
    expect(batchMax(512)).toBe(512);
  });
});
