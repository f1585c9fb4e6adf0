import { describe, expect, it } from 'vitest';
import { initialWeights, operationsPerSample, parameterLayout, resolveLayers } from '../../src/learning/model.js';
import { modelNamed, modelOfLayers, models } from '../../src/learning/models/index.js';

const MNIST = [28, 28, 1];
const CIFAR = [32, 32, 3];

describe('models', () => {
  it('have the parameters and operations that the literature counts', () => {
    const figures = (name: string, input: readonly number[]): readonly number[] => {
      const model = modelNamed(name, input, 10);
      const { forward, backward } = operationsPerSample(model);
      return [parameterLayout(model).trainableSize, forward + backward];
    };
    expect(figures('logistic', MNIST)).toEqual([7850, 31_360]);
    expect(figures('mlp', MNIST)).toEqual([159_010, 639_200]);
    expect(figures('lenet5', MNIST)).toEqual([61_706, 2_263_920]);
    expect(figures('cnn4', MNIST)[0]).toBe(389_920 + 960);
    expect(figures('cnn4', CIFAR)[0]).toBe(398_176 + 960);
    expect(figures('cnn-resfed', CIFAR)[0]).toBe(1_020_160);
    expect(figures('resnet8', CIFAR)[0]).toBe(78_042);
    expect(figures('cnn-cifar', CIFAR)[0]).toBe(106_538);
    expect(figures('cnn-cifar', CIFAR)[1]).toBe(145_342_464);
  });

  it('fit any data set whose samples their layers accept', () => {
    for (const name of models.names) {
      for (const input of name === 'char-gru' ? [[20], [80]] : [MNIST, CIFAR]) {
        expect(parameterLayout(modelNamed(name, input, 62)).tensors.at(-1)?.size).toBeGreaterThan(0);
      }
    }
  });

  it('keep running statistics behind everything trainable', () => {
    const { tensors, trainableSize, size } = parameterLayout(modelNamed('cnn4', MNIST, 10));
    expect(size - trainableSize).toBe(960);
    expect(tensors.filter((tensor) => tensor.offset >= trainableSize).every((tensor) => tensor.role === 'statistic' && !tensor.trainable)).toBe(true);
    expect(tensors.filter((tensor) => tensor.role === 'norm').map((tensor) => tensor.name).slice(0, 2)).toEqual(['norm1.scale', 'norm1.shift']);
    const weights = initialWeights(modelNamed('cnn4', MNIST, 10), 1);
    const of = (name: string): Float32Array => weights.subarray(...((t) => [t.offset, t.offset + t.size] as const)(tensors.find((tensor) => tensor.name === name)!));
    expect([...of('norm1.scale'), ...of('norm1.variance')].every((value) => value === 1)).toBe(true);
    expect([...of('norm1.shift'), ...of('norm1.mean')].every((value) => value === 0)).toBe(true);
  });

  it('name their tensors after layer and parameter, without gaps', () => {
    const { tensors, size } = parameterLayout(modelNamed('lenet5', MNIST, 10));
    expect(tensors.map((tensor) => tensor.name).slice(0, 6)).toEqual(['conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias', 'dense1.weight', 'dense1.bias']);
    expect(tensors.reduce((end, tensor) => (tensor.offset === end ? end + tensor.size : NaN), 0)).toBe(size);
  });

  it('start from keyed weights within the bounds of He and Glorot, biases at zero', () => {
    const model = modelNamed('mlp', MNIST, 10);
    const weights = initialWeights(model, 5);
    expect(initialWeights(model, 5)).toEqual(weights);
    expect(initialWeights(model, 6)).not.toEqual(weights);
    const [hidden, bias, output] = parameterLayout(model).tensors.map(({ offset, size }) => weights.subarray(offset, offset + size));
    const largest = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    expect(largest(hidden)).toBeCloseTo(Math.sqrt(6 / 784), 3);
    expect(largest(output)).toBeCloseTo(Math.sqrt(6 / 210), 2);
    expect(largest(bias)).toBe(0);
    /* 156,800 uniform numbers: the mean square is limit^2 / 3 within 5 standard errors of 0.23 %. */
    expect(Math.abs(hidden.reduce((sum, w) => sum + w * w, 0) / hidden.length / (6 / 784 / 3) - 1)).toBeLessThan(0.0115);
  });
});

describe('a layer list', () => {
  it('is refused with the layer and the shapes where they do not fit', () => {
    expect(() => modelOfLayers([{ layer: 'dense', units: 10 }], MNIST, 10)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', exitCode: 2, message: expect.stringContaining('layer "dense1" takes flat features, but its input is [28, 28, 1]') }),
    );
    expect(() => modelOfLayers([{ layer: 'flatten' }, { layer: 'conv2d', name: 'edges', filters: 3, kernel: 3 }], MNIST, 10)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('layer "edges" takes an image, but its input is [784]') }),
    );
    expect(() => modelOfLayers([{ layer: 'maxPool', size: 30 }], MNIST, 10)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('layer "pool1" has a window of [30, 30], larger than its input [28, 28, 1]') }),
    );
    expect(() => modelOfLayers([{ layer: 'flatten' }, { layer: 'dense', units: 12 }], MNIST, 10)).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('the last layer "dense1" of model "custom" gives [12]; expected [10]') }),
    );
  });

  it('is refused where the two ways of a residual layer, groups, or sequences do not fit', () => {
    const refusal = (layers: readonly unknown[], input: readonly number[]): unknown => {
      try {
        return modelOfLayers(layers, input, 10);
      } catch (error) {
        return error;
      }
    };
    const message = (text: string): unknown => expect.objectContaining({ code: 'SHAPE_MISMATCH', message: expect.stringContaining(text) });
    expect(refusal([{ layer: 'residual', layers: [{ layer: 'conv2d', filters: 3, kernel: 3 }] }], MNIST)).toEqual(
      message('layer "residual1" adds [26, 26, 3] of its layers to [28, 28, 1] of its shortcut'),
    );
    expect(refusal([{ layer: 'groupNorm', groups: 2 }], CIFAR)).toEqual(message('layer "norm1" divides 3 channels of its input [32, 32, 3] into 2 groups'));
    expect(refusal([{ layer: 'embedding', vocabulary: 5, dimension: 2 }], MNIST)).toEqual(message('layer "embedding1" takes a sequence of codes, but its input is [28, 28, 1]'));
    expect(refusal([{ layer: 'flatten' }, { layer: 'embedding', vocabulary: 5, dimension: 2 }], MNIST)).toEqual(message('is an embedding behind other layers'));
    expect(refusal([{ layer: 'gru', units: 3 }], [7])).toEqual(message('layer "gru1" takes a sequence of features, but its input is [7]'));
  });

  it('is refused where two layers share a name', () => {
    const twice = [{ layer: 'flatten' }, { layer: 'dense', name: 'a', units: 10 }, { layer: 'dense', name: 'a', units: 10 }];
    expect(() => modelOfLayers(twice, MNIST, 10)).toThrow(expect.objectContaining({ code: 'DUPLICATE_LAYER' }));
  });

  it('is refused with the place where it is not one', () => {
    expect(() => modelOfLayers([{ layer: 'dense', units: -1 }], MNIST, 10)).toThrow(
      expect.objectContaining({ code: 'MODEL_LAYERS', message: expect.stringContaining('at layers.0.units') }),
    );
    expect(() => modelOfLayers([{ layer: 'dens' }], MNIST, 10)).toThrow(expect.objectContaining({ code: 'MODEL_LAYERS' }));
    expect(() => modelOfLayers([], MNIST, 10)).toThrow(expect.objectContaining({ code: 'MODEL_LAYERS' }));
  });

  it('takes extents as one number or two, and defaults', () => {
    const model = modelOfLayers(
      [{ layer: 'conv2d', filters: 4, kernel: [3, 5], stride: [1, 2], padding: 1, bias: false }, { layer: 'avgPool', size: [2, 1] }, { layer: 'flatten' }, { layer: 'dense', units: 10 }],
      MNIST,
      10,
    );
    expect(resolveLayers(model).map((layer) => layer.output)).toEqual([[28, 13, 4], [14, 13, 4], [728], [10]]);
  });
});
