import { describe, expect, it } from 'vitest';
import type { Batch, Network } from '../../../src/learning/engine.js';
import { createEngine, selectEngine } from '../../../src/learning/engines/index.js';
import type { Shape } from '../../../src/learning/layers/shapes.js';
import type { Model } from '../../../src/learning/model.js';
import { initialWeights } from '../../../src/learning/model.js';
import { modelNamed, modelOfLayers } from '../../../src/learning/models/index.js';
import { createTensorflow } from '../../../src/learning/tensorflow/index.js';
import { normal, stream } from '../../../src/random/index.js';

function randomBatch(model: Model, count: number): Batch {
  const draws = stream(1, 'oracle-inputs');
  const size = model.input.reduce((a, b) => a * b, 1);
  return {
    count,
    inputs: Float32Array.from({ length: count * size }, () => normal(draws)),
    labels: Int32Array.from({ length: count }, (_, i) => (i * 7) % model.classes),
  };
}

/** Weights with biases that are not zero, so that their gradients are tested too. */
function randomWeights(model: Model): Float32Array {
  const draws = stream(2, 'oracle-weights');
  return initialWeights(model, 3).map((value) => value + 0.02 * normal(draws));
}

function results(network: Network, weights: Float32Array, batch: Batch) {
  const gradient = new Float32Array(network.layout.size);
  const loss = network.gradient(weights, batch, gradient);
  return { loss, gradient, ...network.evaluate(weights, batch) };
}

/** Largest difference over all elements, relative to the largest element. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  let difference = 0;
  a.forEach((value, j) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - b[j]));
  });
  return difference / largest;
}

const image: Shape = [28, 28, 1];
const MODELS: readonly Model[] = [
  modelNamed('logistic', image, 10),
  modelNamed('mlp', image, 10),
  modelNamed('lenet5', image, 10),
  modelOfLayers([
    { layer: 'conv2d', filters: 4, kernel: [3, 5], stride: [2, 1], padding: 1, bias: false },
    { layer: 'tanh' },
    { layer: 'avgPool', size: [2, 3], stride: [1, 2] },
    { layer: 'flatten' },
    { layer: 'dense', units: 7, bias: false },
  ], [11, 12, 3], 7),
  modelOfLayers([{ layer: 'flatten' }, { layer: 'dense', units: 5 }], [6], 5, 'meanSquaredError'),
];

describe('TensorFlow.js as the oracle of the kernels', async () => {
  const tensorflow = createTensorflow({ engine: 'tensorflow', backend: 'wasm', notice: null });
  const portable = createEngine(await selectEngine('portable'));

  it.each(MODELS.map((model, i) => ({ model, title: `${model.name} ${i}` })))('gives the same loss, gradient and evaluation within 1e-5: $title', ({ model }) => {
    const batch = randomBatch(model, 13);
    const weights = randomWeights(model);
    const expected = results(tensorflow.load(model, 16), weights, batch);
    const computed = results(portable.load(model, 16), weights, batch);
    expect(Math.abs(computed.loss - expected.loss)).toBeLessThan(1e-5 * expected.loss);
    expect(relativeDifference(expected.gradient, computed.gradient)).toBeLessThan(1e-5);
    expect(computed.correct).toBe(expected.correct);
    expect(Math.abs(computed.lossSum - expected.lossSum)).toBeLessThan(1e-5 * expected.lossSum);
  });

  it('has no model whose gradient is trivially zero', () => {
    for (const model of MODELS) {
      const { gradient } = results(tensorflow.load(model, 16), randomWeights(model), randomBatch(model, 5));
      expect(gradient.filter((value) => value === 0).length).toBeLessThan(gradient.length / 2);
    }
  });
});
