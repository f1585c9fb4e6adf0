import { describe, expect, it } from 'vitest';
import { loadDataset } from '../../../src/learning/datasets/index.js';
import { createEngine, selectEngine } from '../../../src/learning/engines/index.js';
import { initialWeights } from '../../../src/learning/model.js';
import { modelNamed } from '../../../src/learning/models/index.js';
import { batchMax, evaluate, localTraining } from '../../../src/learning/training/index.js';
import { stream } from '../../../src/random/index.js';

const DATASET = loadDataset('synthetic-digits', { seed: 1, trainCount: 3000, testCount: 1000 });

/** Test accuracy after centralised training on 3,000 images. */
async function centralAccuracy(modelName: string, localEpochs: number, learningRate: number): Promise<number> {
  const model = modelNamed(modelName, [28, 28, 1], 10);
  const network = createEngine(await selectEngine('auto')).load(model, batchMax(10));
  const { weights } = localTraining({
    network, dataset: DATASET, indices: Int32Array.from({ length: 3000 }, (_, i) => i), start: initialWeights(model, 1),
    options: { input: 'update', gradient: 'full-batch', localEpochs, localSteps: null, batchSize: 10, learningRate, momentum: 0, weightDecay: 0, proximal: 0 },
    stream: stream(1, 'minibatches'), client: 0, round: 0,
  });
  return evaluate(network, weights!, DATASET, 1000).accuracy;
}

describe('difficulty of synthetic-digits (3,000 training images, seed 1)', () => {
  it('leaves a linear model clearly below a small convolutional network', async () => {
    const logistic = await centralAccuracy('logistic', 8, 0.01);
    const lenet = await centralAccuracy('lenet5', 8, 0.03);
    expect(logistic).toBeGreaterThan(0.5);
    expect(logistic).toBeLessThan(0.72);
    expect(lenet).toBeGreaterThan(0.92);
  });
});
