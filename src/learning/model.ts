import { z } from 'zod';
import { inputError } from '../errors.js';
import { stream } from '../random/stream.js';
import type { ParameterLayout } from './contract.js';
import { resolve, simpleLayers } from './layers/resolve.js';
import type { ResolvedLayer } from './layers/resolve.js';
import { layerSchema } from './layers/schema.js';
import type { Layer } from './layers/schema.js';
import { formatShape } from './layers/shapes.js';
import type { InitialValue, Shape } from './layers/shapes.js';

export type { ResolvedLayer } from './layers/resolve.js';

export const lossSchema = z.enum(['softmaxCrossEntropy', 'meanSquaredError']);
/**
 * `softmaxCrossEntropy`: -log softmax(output)[label].
 * `meanSquaredError`: mean over the classes of (output - target)^2, target 1 at the label and 0 elsewhere.
 */
export type Loss = z.infer<typeof lossSchema>;

/** A classifier as data: layers in order, from samples of shape `input` to `classes` outputs. */
export interface Model {
  readonly name: string;
  /** [height, width, channels], [features], or [length] for sequences of codes. */
  readonly input: Shape;
  readonly classes: number;
  readonly layers: readonly Layer[];
  readonly loss: Loss;
}

/** The layer list a scenario may give in place of a model's name. */
export const layerListSchema = z.array(layerSchema).nonempty();

/**
 * Names, shapes and tensors of every layer. Throws SHAPE_MISMATCH where shapes do not fit, also
 * where the last layer does not give one output per class, and DUPLICATE_LAYER.
 */
export function resolveLayers(model: Model): readonly ResolvedLayer[] {
  const layers = resolve(model.layers, model.input);
  const last = layers.at(-1);
  const output = last?.output ?? model.input;
  if (output.length !== 1 || output[0] !== model.classes) {
    throw inputError('SHAPE_MISMATCH', `the last layer "${last?.name ?? 'input'}" of model "${model.name}" gives ${formatShape(output)}`, {
      expected: `${formatShape([model.classes])}, one output per class`,
    });
  }
  return layers;
}

/** Where every parameter lies in the flat vector: trainable tensors in the order of the layers, then buffers. */
export function parameterLayout(model: Model): ParameterLayout {
  const tensors = simpleLayers(resolveLayers(model))
    .flatMap((layer) => layer.tensors)
    .sort((a, b) => a.offset - b.offset);
  return {
    tensors,
    size: tensors.reduce((sum, tensor) => sum + tensor.size, 0),
    trainableSize: tensors.reduce((sum, tensor) => sum + (tensor.trainable ? tensor.size : 0), 0),
  };
}

/**
 * Floating-point operations for one sample, forward and backward: two per multiply-add of dense,
 * convolution and recurrent layers; backward counts the parameter gradient and the input gradient,
 * the latter not for the first layer with weights. Elementwise work is not counted.
 */
export function operationsPerSample(model: Model): { forward: number; backward: number } {
  let forward = 0;
  let backward = 0;
  let first = true;
  for (const { multiplyAdds, tensors } of simpleLayers(resolveLayers(model))) {
    forward += 2 * multiplyAdds;
    backward += (first ? 2 : 4) * multiplyAdds;
    if (tensors.length > 0) first = false;
  }
  return { forward, backward };
}

/**
 * The weights every scheme starts from. Weights of a layer that a ReLU follows are uniform on
 * +-sqrt(6 / fan-in) (He et al. 2015), others on +-sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio
 * 2010), embeddings on +-0.05; biases and shifts are 0, scales and variances 1. Each tensor has its
 * own keyed stream.
 */
export function initialWeights(model: Model, seed: number): Float32Array {
  const layers = simpleLayers(resolveLayers(model));
  const weights = new Float32Array(parameterLayout(model).size);
  let tensorIndex = 0;
  for (const [position, { tensors, parameters }] of layers.entries()) {
    for (const [which, { offset, size }] of tensors.entries()) {
      const { initial } = parameters[which];
      const target = weights.subarray(offset, offset + size);
      if ('constant' in initial) target.fill(initial.constant);
      else fillUniform(target, limitOf(initial, feedsRelu(layers, position)), seed, tensorIndex);
      tensorIndex++;
    }
  }
  return weights;
}

function limitOf(initial: Exclude<InitialValue, { readonly constant: number }>, rectified: boolean): number {
  if ('limit' in initial) return initial.limit;
  return Math.sqrt(6 / (rectified ? initial.fanIn : initial.fanIn + initial.fanOut));
}

function fillUniform(target: Float32Array, limit: number, seed: number, tensorIndex: number): void {
  const generator = stream(seed, 'initial-weights', tensorIndex);
  for (let j = 0; j < target.length; j++) target[j] = (2 * generator.uniform() - 1) * limit;
}

/** Whether the layer's output reaches a ReLU before the next layer that multiplies by weights. */
function feedsRelu(layers: readonly ResolvedLayer[], position: number): boolean {
  for (const { layer, multiplyAdds } of layers.slice(position + 1)) {
    if (layer.layer === 'relu') return true;
    if (layer.layer === 'tanh' || multiplyAdds > 0) return false;
  }
  return false;
}
