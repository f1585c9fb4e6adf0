import type { TensorRole } from '../contract.js';
import { inputError } from '../../errors.js';
import { pair } from './schema.js';
import type { Layer, LayerOf } from './schema.js';

/** Shape of one sample, without the batch: [height, width, channels] or [features]. */
export type Shape = readonly number[];

/** A parameter of a layer before it has its place in the flat vector. */
export interface ParameterPlan {
  readonly name: string;
  readonly shape: Shape;
  readonly role: TensorRole;
  readonly trainable: boolean;
  readonly initial: InitialValue;
}

/** A number; uniform within a limit; or uniform within the limit that the inputs and outputs of a unit give (model.ts). */
export type InitialValue = { readonly constant: number } | { readonly limit: number } | { readonly fanIn: number; readonly fanOut: number };

export interface LayerShape {
  readonly output: Shape;
  readonly parameters: readonly ParameterPlan[];
  /** Multiply-adds of the forward pass for one sample. */
  readonly multiplyAdds: number;
}

export const sizeOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

const weight = (name: string, shape: Shape, fanIn: number, fanOut: number): ParameterPlan => ({
  name, shape, role: 'weight', trainable: true, initial: { fanIn, fanOut },
});
const constant = (name: string, size: number, role: TensorRole, value: number): ParameterPlan => ({
  name, shape: [size], role, trainable: role !== 'statistic', initial: { constant: value },
});
const bias = (units: number): ParameterPlan => constant('bias', units, 'bias', 0);
const scaleAndShift = (channels: number): readonly ParameterPlan[] => [constant('scale', channels, 'norm', 1), constant('shift', channels, 'norm', 0)];

/** Layers that are not made of layers. */
export type SimpleLayer = Exclude<Layer, { layer: 'residual' }>;
type ShapeRule<Kind extends SimpleLayer['layer']> = (layer: LayerOf<Kind>, name: string, input: Shape) => LayerShape;

/** Of kernels/layers.c. */
const WINDOW_MAX = 1024;

const poolShape = (layer: LayerOf<'maxPool'> | LayerOf<'avgPool'>, name: string, input: Shape): LayerShape => {
  const [height, width, channels] = imageExtents(input, name);
  const [sizeY, sizeX] = pair(layer.size);
  const [strideY, strideX] = pair(layer.stride ?? layer.size);
  refuseLargerWindow('window', [sizeY, sizeX], [height, width], input, name);
  if (sizeY * sizeX > WINDOW_MAX) {
    throw inputError('SHAPE_MISMATCH', `layer "${name}" pools ${formatShape([sizeY, sizeX])} of its input ${formatShape(input)} at once`, {
      expected: `at most ${WINDOW_MAX} values`,
    });
  }
  return unchanged([Math.floor((height - sizeY) / strideY) + 1, Math.floor((width - sizeX) / strideX) + 1, channels]);
};

const SHAPE_RULES: { readonly [Kind in SimpleLayer['layer']]: ShapeRule<Kind> } = {
  dense(layer, name, input) {
    const features = flatFeatures(input, name);
    return {
      output: [layer.units],
      parameters: [weight('weight', [features, layer.units], features, layer.units), ...(layer.bias ? [bias(layer.units)] : [])],
      multiplyAdds: features * layer.units,
    };
  },
  conv2d(layer, name, input) {
    const [height, width, channels] = imageExtents(input, name);
    const [kernelHeight, kernelWidth] = pair(layer.kernel);
    const [strideY, strideX] = pair(layer.stride);
    const padded: Shape = [height + 2 * layer.padding, width + 2 * layer.padding];
    refuseLargerWindow('kernel', [kernelHeight, kernelWidth], padded, input, name);
    const outputHeight = Math.floor((padded[0] - kernelHeight) / strideY) + 1;
    const outputWidth = Math.floor((padded[1] - kernelWidth) / strideX) + 1;
    const window = kernelHeight * kernelWidth;
    return {
      output: [outputHeight, outputWidth, layer.filters],
      parameters: [
        weight('weight', [kernelHeight, kernelWidth, channels, layer.filters], window * channels, window * layer.filters),
        ...(layer.bias ? [bias(layer.filters)] : []),
      ],
      multiplyAdds: outputHeight * outputWidth * window * channels * layer.filters,
    };
  },
  maxPool: poolShape,
  avgPool: poolShape,
  relu: (_layer, _name, input) => unchanged(input),
  tanh: (_layer, _name, input) => unchanged(input),
  flatten: (_layer, _name, input) => unchanged([sizeOf(input)]),
  batchNorm: (_layer, _name, input) => ({
    ...unchanged(input),
    parameters: [...scaleAndShift(channelsOf(input)), constant('mean', channelsOf(input), 'statistic', 0), constant('variance', channelsOf(input), 'statistic', 1)],
  }),
  groupNorm(layer, name, input) {
    const channels = channelsOf(input);
    if (channels % layer.groups !== 0) {
      throw inputError('SHAPE_MISMATCH', `layer "${name}" divides ${channels} channels of its input ${formatShape(input)} into ${layer.groups} groups`, {
        expected: `a number of groups that divides ${channels}`,
      });
    }
    return { ...unchanged(input), parameters: scaleAndShift(channels) };
  },
  dropout: (_layer, _name, input) => unchanged(input),
  embedding(layer, name, input) {
    if (input.length !== 1) {
      throw inputError('SHAPE_MISMATCH', `layer "${name}" takes a sequence of codes, but its input is ${formatShape(input)}`, { expected: 'a shape [length]' });
    }
    const table: ParameterPlan = { name: 'weight', shape: [layer.vocabulary, layer.dimension], role: 'weight', trainable: true, initial: { limit: 0.05 } };
    return { output: [input[0], layer.dimension], parameters: [table], multiplyAdds: 0 };
  },
  gru(layer, name, input) {
    if (input.length !== 2) {
      throw inputError('SHAPE_MISMATCH', `layer "${name}" takes a sequence of features, but its input is ${formatShape(input)}`, { expected: 'a shape [length, features]' });
    }
    const [length, features] = input;
    const { units } = layer;
    return {
      output: layer.output === 'last' ? [units] : [length, units],
      parameters: [
        weight('inputWeight', [features, 3 * units], features, units),
        weight('recurrentWeight', [units, 3 * units], units, units),
        constant('inputBias', 3 * units, 'bias', 0),
        constant('recurrentBias', 3 * units, 'bias', 0),
      ],
      multiplyAdds: length * 3 * units * (features + units),
    };
  },
};

const channelsOf = (input: Shape): number => input[input.length - 1];

/**
 * Output shape and parameters of a layer for a given input shape.
 * Dense weights are [inputs, units]; filters are [kernel height, kernel width, channels, filters];
 * a GRU's are [features, 3 units] and [units, 3 units], gates in the order reset, update, candidate.
 * Throws SHAPE_MISMATCH, which names the layer and the shapes, where they do not fit.
 */
export function shapeOf<Kind extends SimpleLayer['layer']>(layer: LayerOf<Kind>, name: string, input: Shape): LayerShape {
  const rule: ShapeRule<Kind> = SHAPE_RULES[layer.layer];
  return rule(layer, name, input);
}

const unchanged = (output: Shape): LayerShape => ({ output, parameters: [], multiplyAdds: 0 });

function flatFeatures(input: Shape, name: string): number {
  if (input.length !== 1) {
    throw inputError('SHAPE_MISMATCH', `layer "${name}" takes flat features, but its input is ${formatShape(input)}`, {
      expected: 'a shape [n]',
      hint: 'Put a flatten layer before it',
    });
  }
  return input[0];
}

function imageExtents(input: Shape, name: string): readonly [number, number, number] {
  if (input.length !== 3) {
    throw inputError('SHAPE_MISMATCH', `layer "${name}" takes an image, but its input is ${formatShape(input)}`, {
      expected: 'a shape [height, width, channels]',
    });
  }
  return [input[0], input[1], input[2]];
}

function refuseLargerWindow(what: string, window: Shape, available: Shape, input: Shape, name: string): void {
  if (window[0] <= available[0] && window[1] <= available[1]) return;
  throw inputError(
    'SHAPE_MISMATCH',
    `layer "${name}" has a ${what} of ${formatShape(window)}, larger than its input ${formatShape(input)} (${formatShape(available)} with padding)`,
    { expected: `a ${what} that fits`, hint: `Make the ${what} smaller, pad more or pool less before it` },
  );
}
