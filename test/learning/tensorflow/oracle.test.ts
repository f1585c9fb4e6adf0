import { describe, expect, it } from 'vitest';
import type { Batch, Network } from '../../../src/learning/engine.js';
import { createEngine, selectEngine } from '../../../src/learning/engines/index.js';
import type { LayerInput } from '../../../src/learning/layers/schema.js';
import type { Shape } from '../../../src/learning/layers/shapes.js';
import type { Model } from '../../../src/learning/model.js';
import { initialWeights } from '../../../src/learning/model.js';
import { modelNamed, modelOfLayers, models } from '../../../src/learning/models/index.js';
import { createTensorflow } from '../../../src/learning/tensorflow/index.js';
import { normal, stream } from '../../../src/random/index.js';
import { samplesFor } from '../engines/samples.js';

/** Weights with biases that are not zero, so that their gradients are tested too. */
function weightsFor(model: Model): Float32Array {
  const draws = stream(2, 'oracle-weights');
  return initialWeights(model, 3).map((value) => value + 0.02 * Math.abs(normal(draws)));
}

function results(network: Network, weights: Float32Array, batch: Batch) {
  const gradient = new Float32Array(network.layout.size);
  const own = weights.slice();
  const loss = network.gradient(own, batch, gradient);
  return { loss, gradient, buffers: own.subarray(network.layout.trainableSize), ...network.evaluate(own, batch) };
}

/** Largest difference over all elements, relative to the largest element. */
function relativeDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  let difference = 0;
  a.forEach((value, j) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - b[j]));
  });
  return largest === 0 ? difference : difference / largest;
}

/** Small images where the size does not matter, so that the slow side is done in seconds. */
const INPUTS: Readonly<Record<string, Shape>> = { 'cnn-cifar': [16, 16, 3], 'cnn-resfed': [16, 16, 3], resnet8: [16, 16, 3], 'char-gru': [9] };
const head = (classes: number): LayerInput[] => [{ layer: 'flatten' }, { layer: 'dense', units: classes }];

const LAYERS: readonly (readonly [string, readonly LayerInput[], Shape, number])[] = [
  ['strided convolution without bias, tanh, average pooling', [
    { layer: 'conv2d', filters: 4, kernel: [3, 5], stride: [2, 1], padding: 1, bias: false }, { layer: 'tanh' }, { layer: 'avgPool', size: [2, 3], stride: [1, 2] },
    { layer: 'flatten' }, { layer: 'dense', units: 7, bias: false },
  ], [11, 12, 3], 7],
  ['overlapping max pooling', [{ layer: 'conv2d', filters: 3, kernel: 2 }, { layer: 'maxPool', size: 3, stride: 2 }, ...head(4)], [9, 10, 2], 4],
  ['batch norm', [{ layer: 'conv2d', filters: 5, kernel: 3 }, { layer: 'batchNorm', epsilon: 1e-3, momentum: 0.3 }, { layer: 'relu' }, ...head(4)], [7, 6, 2], 4],
  ['batch norm of features', [{ layer: 'dense', units: 6 }, { layer: 'batchNorm' }, { layer: 'tanh' }, { layer: 'dense', units: 3 }], [5], 3],
  ['group norm', [{ layer: 'conv2d', filters: 6, kernel: 3 }, { layer: 'groupNorm', groups: 3 }, { layer: 'relu' }, ...head(4)], [7, 6, 2], 4],
  ['dropout', [{ layer: 'dense', units: 40 }, { layer: 'relu' }, { layer: 'dropout', rate: 0.4 }, { layer: 'dense', units: 3 }], [12], 3],
  ['residual with and without projection', [
    { layer: 'residual', layers: [{ layer: 'conv2d', filters: 2, kernel: 3, padding: 1 }, { layer: 'tanh' }] },
    { layer: 'residual', layers: [{ layer: 'conv2d', filters: 4, kernel: 3, padding: 1, stride: 2 }], shortcut: [{ layer: 'conv2d', filters: 4, kernel: 1, stride: 2 }] },
    ...head(3),
  ], [6, 6, 2], 3],
  ['embedding and a GRU whose every state counts', [{ layer: 'embedding', vocabulary: 11, dimension: 4 }, { layer: 'gru', units: 5, output: 'sequence' }, ...head(3)], [6], 3],
];

const CASES: readonly { readonly title: string; readonly model: Model }[] = [
  ...models.names.map((name) => ({ title: name, model: modelNamed(name, INPUTS[name] ?? [28, 28, 1], name === 'char-gru' ? 30 : 10) })),
  ...LAYERS.map(([title, layers, input, classes]) => ({ title, model: modelOfLayers(layers, input, classes) })),
  { title: 'mean squared error', model: modelOfLayers(head(5), [6], 5, 'meanSquaredError') },
];

describe('TensorFlow.js as the oracle of the kernels', async () => {
  const tensorflow = createTensorflow({ engine: 'tensorflow', backend: 'wasm', notice: null });
  const portable = createEngine(await selectEngine('portable'));

  it.each(CASES)('gives the same loss, gradient, running statistics and evaluation within 1e-5: $title', ({ model }) => {
    const batch = { ...samplesFor(model, 6), dropoutKey: 123_456_789 };
    const weights = weightsFor(model);
    const expected = results(tensorflow.load(model, 6), weights, batch);
    const computed = results(portable.load(model, 6), weights, batch);
    expect(Math.abs(computed.loss - expected.loss)).toBeLessThan(1e-5 * expected.loss);
    expect(relativeDifference(expected.gradient, computed.gradient)).toBeLessThan(1e-5);
    expect(relativeDifference(expected.buffers, computed.buffers)).toBeLessThan(1e-5);
    expect(computed.correct).toBe(expected.correct);
    expect(Math.abs(computed.lossSum - expected.lossSum)).toBeLessThan(1e-5 * expected.lossSum);
    expect(expected.gradient.some((value) => value !== 0)).toBe(true);
  });
});
