import { describe, expect, it } from 'vitest';
import { createNative, nativeHandles } from '../../../src/learning/engines/native.js';
import { compileExact, compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { initialWeights, parameterLayout } from '../../../src/learning/model.js';
import type { Model } from '../../../src/learning/model.js';
import { modelNamed, modelOfLayers } from '../../../src/learning/models/index.js';
import { stream } from '../../../src/random/stream.js';
import { referenceLoss } from './reference.js';
import { samplesFor } from './samples.js';

/** Every layer in small, with strides, odd extents, padding, missing biases and widths around the vector width. */
const cases: Record<string, Model> = {
  dense: modelOfLayers([{ layer: 'dense', units: 5 }], [7], 5),
  'dense without bias, wide': modelOfLayers([{ layer: 'dense', units: 37, bias: false }, { layer: 'tanh' }, { layer: 'dense', units: 3 }], [11], 3),
  'two hidden layers': modelOfLayers(
    [{ layer: 'dense', units: 19 }, { layer: 'relu' }, { layer: 'dense', units: 33 }, { layer: 'tanh' }, { layer: 'dense', units: 4 }],
    [6],
    4,
  ),
  'squared error': modelOfLayers([{ layer: 'dense', units: 6 }, { layer: 'tanh' }, { layer: 'dense', units: 4 }], [5], 4, 'meanSquaredError'),
  'activation first': modelOfLayers([{ layer: 'tanh' }, { layer: 'dense', units: 4 }], [5], 4),
  convolutions: modelOfLayers(
    [
      { layer: 'conv2d', filters: 3, kernel: 3, padding: 1 },
      { layer: 'relu' },
      { layer: 'conv2d', filters: 5, kernel: [2, 3], bias: false },
      { layer: 'tanh' },
      { layer: 'flatten' },
      { layer: 'dense', units: 3 },
    ],
    [6, 7, 2],
    3,
  ),
  'strided convolutions': modelOfLayers(
    [
      { layer: 'conv2d', filters: 4, kernel: 3, stride: 2, padding: 1 },
      { layer: 'tanh' },
      { layer: 'conv2d', filters: 6, kernel: 2, stride: [2, 1], padding: 2 },
      { layer: 'tanh' },
      { layer: 'conv2d', filters: 2, kernel: 1, stride: 2, padding: 1 },
      { layer: 'flatten' },
      { layer: 'dense', units: 3 },
    ],
    [9, 8, 3],
    3,
  ),
  pooling: modelOfLayers(
    [
      { layer: 'conv2d', filters: 5, kernel: 3 },
      { layer: 'maxPool', size: 3, stride: 2 },
      { layer: 'conv2d', filters: 17, kernel: 2, padding: 1 },
      { layer: 'relu' },
      { layer: 'maxPool', size: [2, 1] },
      { layer: 'avgPool', size: 2, stride: 1 },
      { layer: 'flatten' },
      { layer: 'dense', units: 3 },
    ],
    [10, 11, 2],
    3,
  ),
  'average pooling': modelOfLayers(
    [{ layer: 'conv2d', filters: 4, kernel: 3 }, { layer: 'avgPool' }, { layer: 'tanh' }, { layer: 'flatten' }, { layer: 'dense', units: 3 }],
    [8, 8, 1],
    3,
  ),
  'one channel, few filters': modelOfLayers(
    [{ layer: 'conv2d', filters: 7, kernel: [3, 2], stride: [2, 1], padding: 1 }, { layer: 'relu' }, { layer: 'maxPool' }, { layer: 'flatten' }, { layer: 'dense', units: 3 }],
    [11, 37, 1],
    3,
  ),
  'pooled convolutions of many channels': modelOfLayers(
    [
      { layer: 'conv2d', filters: 21, kernel: 3, padding: 1, bias: false },
      { layer: 'maxPool' },
      { layer: 'conv2d', filters: 9, kernel: [7, 3], padding: 3, stride: [1, 2] },
      { layer: 'maxPool', size: [3, 2], stride: [2, 1] },
      { layer: 'relu' },
      { layer: 'flatten' },
      { layer: 'dense', units: 3 },
    ],
    [12, 10, 3],
    3,
  ),
  'batch norm': modelOfLayers(
    [
      { layer: 'conv2d', filters: 5, kernel: 3, bias: false },
      { layer: 'batchNorm' },
      { layer: 'relu' },
      { layer: 'maxPool' },
      { layer: 'conv2d', filters: 19, kernel: 2 },
      { layer: 'batchNorm', epsilon: 0.01 },
      { layer: 'tanh' },
      { layer: 'flatten' },
      { layer: 'dense', units: 20 },
      { layer: 'batchNorm' },
      { layer: 'dense', units: 3 },
    ],
    [8, 8, 2],
    3,
  ),
  'norm first': modelOfLayers([{ layer: 'batchNorm' }, { layer: 'groupNorm', groups: 3 }, { layer: 'dense', units: 4 }], [18], 4),
  'group norm': modelOfLayers(
    [
      { layer: 'conv2d', filters: 6, kernel: 3 },
      { layer: 'groupNorm', groups: 2 },
      { layer: 'tanh' },
      { layer: 'conv2d', filters: 20, kernel: 3 },
      { layer: 'groupNorm', groups: 5 },
      { layer: 'relu' },
      { layer: 'flatten' },
      { layer: 'dense', units: 3 },
    ],
    [6, 6, 2],
    3,
  ),
  residual: modelOfLayers(
    [
      { layer: 'conv2d', filters: 4, kernel: 3, padding: 1 },
      { layer: 'relu' },
      { layer: 'residual', layers: [{ layer: 'relu' }, { layer: 'conv2d', filters: 4, kernel: 3, padding: 1 }, { layer: 'batchNorm' }] },
      { layer: 'relu' },
      {
        layer: 'residual',
        layers: [{ layer: 'conv2d', filters: 6, kernel: 3, padding: 1, stride: 2 }, { layer: 'tanh' }],
        shortcut: [{ layer: 'conv2d', filters: 6, kernel: 1, stride: 2, bias: false }],
      },
      { layer: 'avgPool', size: 3 },
      { layer: 'flatten' },
      { layer: 'residual', layers: [{ layer: 'dense', units: 6 }, { layer: 'residual', layers: [{ layer: 'tanh' }] }] },
      { layer: 'dense', units: 3 },
    ],
    [6, 5, 2],
    3,
  ),
  'residual first': modelOfLayers([{ layer: 'residual', layers: [{ layer: 'dense', units: 4 }, { layer: 'relu' }, { layer: 'dense', units: 4 }] }], [4], 4),
  'gru, last state': modelOfLayers([{ layer: 'embedding', vocabulary: 7, dimension: 3 }, { layer: 'gru', units: 5 }, { layer: 'dense', units: 7 }], [6], 7),
  'gru, sequences': modelOfLayers(
    [{ layer: 'embedding', vocabulary: 7, dimension: 3 }, { layer: 'gru', units: 18, output: 'sequence' }, { layer: 'gru', units: 4, output: 'sequence' }, { layer: 'flatten' }, { layer: 'dense', units: 7 }],
    [5],
    7,
  ),
  lenet5: modelNamed('lenet5', [28, 28, 1], 10),
};

/**
 * Directional derivatives of the float64 reference, by central differences with a step of 1e-5 of the
 * direction, against the inner product of the engine's gradient with the direction.
 */
describe('gradients of the portable engine', async () => {
  const engine = createPortable(await compilePortable());
  const others = [createPortable(await compileExact()), ...nativeHandles().map(createNative)];
  it.each(Object.keys(cases))('%s: agree with finite differences, the loss with the reference, and every engine to the last bit', (name) => {
    const model = cases[name];
    const { size, trainableSize } = parameterLayout(model);
    const weights = initialWeights(model, 3);
    const biases = stream(5, 'test-biases');
    /* Biases start at zero: move everything a little so that they take part. */
    for (let j = 0; j < trainableSize; j++) weights[j] += 0.1 * (biases.uniform() - 0.5);
    const count = name === 'lenet5' ? 2 : 5;
    const batch = samplesFor(model, count);
    const gradient = new Float32Array(size);
    const at = Float64Array.from(weights);
    const loss = engine.load(model, 5).gradient(weights, batch, gradient);
    for (const other of name === 'lenet5' ? [] : others) {
      const again = new Float32Array(size);
      expect(other.load(model, 5).gradient(Float32Array.from(at), batch, again), other.instructionSet).toBe(loss);
      expect(Buffer.compare(Buffer.from(again.buffer), Buffer.from(gradient.buffer)), other.instructionSet).toBe(0);
    }
    expect(Math.abs(loss / referenceLoss(model, at, batch.inputs, batch.labels, count) - 1)).toBeLessThan(2e-6);
    expect(gradient.subarray(trainableSize).every((value) => value === 0)).toBe(true);
    const scale = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    for (let direction = 0; direction < 12; direction++) {
      const draw = stream(11, 'test-direction', direction);
      const towards = Float64Array.from({ length: size }, () => draw.uniform() - 0.5);
      const step = 1e-6;
      const shifted = (factor: number): number => referenceLoss(model, at.map((value, j) => value + factor * towards[j]), batch.inputs, batch.labels, count);
      const numeric = (shifted(step) - shifted(-step)) / (2 * step);
      const analytic = gradient.reduce((sum, g, j) => sum + g * towards[j], 0);
      expect(Math.abs(numeric - analytic) / scale, `direction ${direction}`).toBeLessThan(2e-5);
    }
  });
});
