import { z } from 'zod';
import { inputError } from '../errors.js';
import { stream } from '../random/stream.js';
import type { ParameterLayout, TensorSpec } from './contract.js';
import { layerSchema } from './layers/schema.js';
import type { Layer } from './layers/schema.js';
import { formatShape, shapeOf, sizeOf } from './layers/shapes.js';
import type { ParameterPlan, Shape } from './layers/shapes.js';

export const lossSchema = z.enum(['softmaxCrossEntropy', 'meanSquaredError']);
/**
 * `softmaxCrossEntropy`: -log softmax(output)[label].
 * `meanSquaredError`: mean over the classes of (output - target)^2, target 1 at the label and 0 elsewhere.
 */
export type Loss = z.infer<typeof lossSchema>;

/** A classifier as data: layers in order, from samples of shape `input` to `classes` outputs. */
export interface Model {
  readonly name: string;
  /** [height, width, channels] or [features]. */
  readonly input: Shape;
  readonly classes: number;
  readonly layers: readonly Layer[];
  readonly loss: Loss;
}

/** The layer list a scenario may give in place of a model's name. */
export const layerListSchema = z.array(layerSchema).nonempty();

/** A layer with its name, its shapes and its tensors' places in the flat vector. */
export interface ResolvedLayer {
  readonly name: string;
  readonly layer: Layer;
  readonly input: Shape;
  readonly output: Shape;
  readonly tensors: readonly TensorSpec[];
  /** Multiply-adds of the forward pass for one sample. */
  readonly multiplyAdds: number;
}

interface PlannedLayer extends Omit<ResolvedLayer, 'tensors'> {
  readonly parameters: readonly ParameterPlan[];
}

/**
 * Names, shapes and parameter places of every layer. Layers without a name are called after their
 * kind and number: `conv1`, `conv2`, `dense1`.
 * Throws SHAPE_MISMATCH where shapes do not fit, and DUPLICATE_LAYER where two layers share a name.
 */
export function resolveLayers(model: Model): readonly ResolvedLayer[] {
  const planned = planLayers(model);
  const offsets = new Map<ParameterPlan, number>();
  let offset = 0;
  for (const trainable of [true, false]) {
    for (const parameter of planned.flatMap((layer) => layer.parameters)) {
      if (parameter.trainable !== trainable) continue;
      offsets.set(parameter, offset);
      offset += sizeOf(parameter.shape);
    }
  }
  return planned.map(({ parameters, ...layer }) => ({
    ...layer,
    tensors: parameters.map((parameter) => ({
      name: `${layer.name}.${parameter.name}`,
      shape: parameter.shape,
      offset: offsets.get(parameter)!,
      size: sizeOf(parameter.shape),
      role: parameter.role,
      trainable: parameter.trainable,
    })),
  }));
}

/** Where every parameter lies in the flat vector: trainable tensors in the order of the layers, then buffers. */
export function parameterLayout(model: Model): ParameterLayout {
  const tensors = resolveLayers(model)
    .flatMap((layer) => layer.tensors)
    .sort((a, b) => a.offset - b.offset);
  return {
    tensors,
    size: tensors.reduce((sum, tensor) => sum + tensor.size, 0),
    trainableSize: tensors.reduce((sum, tensor) => sum + (tensor.trainable ? tensor.size : 0), 0),
  };
}

/**
 * Floating-point operations for one sample, forward and backward: two per multiply-add of dense and
 * convolution layers; backward counts the parameter gradient and the input gradient, the latter not
 * for the first layer with weights. Elementwise work is not counted.
 */
export function operationsPerSample(model: Model): { forward: number; backward: number } {
  let forward = 0;
  let backward = 0;
  let first = true;
  for (const { multiplyAdds } of planLayers(model)) {
    if (multiplyAdds === 0) continue;
    forward += 2 * multiplyAdds;
    backward += (first ? 2 : 4) * multiplyAdds;
    first = false;
  }
  return { forward, backward };
}

/**
 * The weights every scheme starts from. Weights of a layer that a ReLU follows are uniform on
 * +-sqrt(6 / fan-in) (He et al. 2015), others on +-sqrt(6 / (fan-in + fan-out)) (Glorot and Bengio
 * 2010); biases are 0. Each tensor has its own keyed stream.
 */
export function initialWeights(model: Model, seed: number): Float32Array {
  const planned = planLayers(model);
  const resolved = resolveLayers(model);
  const weights = new Float32Array(parameterLayout(model).size);
  let tensorIndex = 0;
  for (const [position, { parameters }] of planned.entries()) {
    for (const [which, parameter] of parameters.entries()) {
      const { offset, size } = resolved[position].tensors[which];
      fill(weights.subarray(offset, offset + size), parameter, feedsRelu(planned, position), () =>
        stream(seed, 'initial-weights', tensorIndex),
      );
      tensorIndex++;
    }
  }
  return weights;
}

function fill(target: Float32Array, { fan, constant }: ParameterPlan, rectified: boolean, open: () => { uniform(): number }): void {
  if (fan === null) {
    target.fill(constant);
    return;
  }
  const limit = Math.sqrt(6 / (rectified ? fan.input : fan.input + fan.output));
  const generator = open();
  for (let j = 0; j < target.length; j++) target[j] = (2 * generator.uniform() - 1) * limit;
}

/** Whether the layer's output reaches a ReLU before the next layer with weights. */
function feedsRelu(planned: readonly PlannedLayer[], position: number): boolean {
  for (const { layer, multiplyAdds } of planned.slice(position + 1)) {
    if (layer.layer === 'relu') return true;
    if (layer.layer === 'tanh' || multiplyAdds > 0) return false;
  }
  return false;
}

const SHORT_NAMES: Partial<Record<Layer['layer'], string>> = { conv2d: 'conv', maxPool: 'pool', avgPool: 'pool' };

function planLayers(model: Model): readonly PlannedLayer[] {
  const counts = new Map<string, number>();
  const names = new Set<string>();
  let input = model.input;
  const planned = model.layers.map((layer): PlannedLayer => {
    const kind = SHORT_NAMES[layer.layer] ?? layer.layer;
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const name = layer.name ?? `${kind}${number}`;
    if (names.has(name)) {
      throw inputError('DUPLICATE_LAYER', `two layers of model "${model.name}" are called "${name}"`, { expected: 'a name of its own for each layer' });
    }
    names.add(name);
    const { output, parameters, multiplyAdds } = shapeOf(layer, name, input);
    const result = { name, layer, input, output, parameters, multiplyAdds };
    input = output;
    return result;
  });
  if (input.length !== 1 || input[0] !== model.classes) {
    throw inputError('SHAPE_MISMATCH', `the last layer "${planned.at(-1)?.name ?? 'input'}" of model "${model.name}" gives ${formatShape(input)}`, {
      expected: `${formatShape([model.classes])}, one output per class`,
    });
  }
  return planned;
}
