import { inputError } from '../../errors.js';
import type { TensorSpec } from '../contract.js';
import type { Layer } from './schema.js';
import { formatShape, shapeOf, sizeOf } from './shapes.js';
import type { ParameterPlan, Shape } from './shapes.js';

/** A layer with its name, its shapes and its tensors' places in the flat vector. */
export interface ResolvedLayer {
  readonly name: string;
  readonly layer: Layer;
  readonly input: Shape;
  readonly output: Shape;
  readonly tensors: readonly TensorSpec[];
  /** What the tensors start from, in the same order. */
  readonly parameters: readonly ParameterPlan[];
  /** Multiply-adds of the forward pass for one sample, without those of inner layers. */
  readonly multiplyAdds: number;
  /** Layers inside a residual layer: the body, and the way around it. */
  readonly inner: { readonly body: readonly ResolvedLayer[]; readonly shortcut: readonly ResolvedLayer[] } | null;
}

/** Layers in order, those inside a residual layer (body, then shortcut) in its place. */
export function simpleLayers(layers: readonly ResolvedLayer[]): readonly ResolvedLayer[] {
  return layers.flatMap((layer) => (layer.inner === null ? [layer] : simpleLayers([...layer.inner.body, ...layer.inner.shortcut])));
}

/**
 * Names, shapes and tensors of a list of layers. Layers without a name are called after their kind
 * and number: `conv1`, `conv2`, `dense1`. Trainable tensors lie in the order of the layers, buffers
 * behind them.
 * Throws SHAPE_MISMATCH where shapes do not fit, and DUPLICATE_LAYER where two layers share a name.
 */
export function resolve(layers: readonly Layer[], input: Shape): readonly ResolvedLayer[] {
  const resolved = sequence(layers, input, namer());
  refuseLaterEmbedding(resolved);
  const offsets = new Map<ParameterPlan, number>();
  let offset = 0;
  for (const trainable of [true, false]) {
    for (const parameter of simpleLayers(resolved).flatMap((layer) => layer.parameters)) {
      if (parameter.trainable !== trainable) continue;
      offsets.set(parameter, offset);
      offset += sizeOf(parameter.shape);
    }
  }
  return place(resolved, offsets);
}

/** Codes are given, not computed: an embedding can only come first. */
function refuseLaterEmbedding(layers: readonly ResolvedLayer[]): void {
  const embedding = simpleLayers(layers).find((each) => each.layer.layer === 'embedding');
  if (embedding === undefined || embedding === layers[0]) return;
  throw inputError('SHAPE_MISMATCH', `layer "${embedding.name}" is an embedding behind other layers, which give no codes`, {
    expected: 'the embedding as the first layer',
  });
}

function place(layers: readonly ResolvedLayer[], offsets: ReadonlyMap<ParameterPlan, number>): readonly ResolvedLayer[] {
  return layers.map((layer) => ({
    ...layer,
    tensors: layer.parameters.map((parameter) => ({
      name: `${layer.name}.${parameter.name}`,
      shape: parameter.shape,
      offset: offsets.get(parameter)!,
      size: sizeOf(parameter.shape),
      role: parameter.role,
      trainable: parameter.trainable,
    })),
    inner: layer.inner === null ? null : { body: place(layer.inner.body, offsets), shortcut: place(layer.inner.shortcut, offsets) },
  }));
}

function sequence(layers: readonly Layer[], input: Shape, nameOf: (layer: Layer) => string): readonly ResolvedLayer[] {
  let shape = input;
  return layers.map((layer) => {
    const resolved = one(layer, shape, nameOf);
    shape = resolved.output;
    return resolved;
  });
}

function one(layer: Layer, input: Shape, nameOf: (layer: Layer) => string): ResolvedLayer {
  const name = nameOf(layer);
  if (layer.layer !== 'residual') return { name, layer, input, ...shapeOf(layer, name, input), tensors: [], inner: null };
  const body = sequence(layer.layers, input, nameOf);
  const shortcut = sequence(layer.shortcut, input, nameOf);
  const output = body.at(-1)!.output;
  const around = shortcut.at(-1)?.output ?? input;
  if (formatShape(output) !== formatShape(around)) {
    throw inputError('SHAPE_MISMATCH', `layer "${name}" adds ${formatShape(output)} of its layers to ${formatShape(around)} of its shortcut`, {
      expected: 'one shape for both',
      hint: 'Give the shortcut a convolution with as many filters and the same stride',
    });
  }
  return { name, layer, input, output, tensors: [], parameters: [], multiplyAdds: 0, inner: { body, shortcut } };
}

const SHORT_NAMES: Partial<Record<Layer['layer'], string>> = { conv2d: 'conv', maxPool: 'pool', avgPool: 'pool', batchNorm: 'norm', groupNorm: 'norm' };

function namer(): (layer: Layer) => string {
  const counts = new Map<string, number>();
  const names = new Set<string>();
  return (layer) => {
    const kind = SHORT_NAMES[layer.layer] ?? layer.layer;
    const number = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, number);
    const name = layer.name ?? `${kind}${number}`;
    if (names.has(name)) {
      throw inputError('DUPLICATE_LAYER', `two layers of the model are called "${name}"`, { expected: 'a name of its own for each layer' });
    }
    names.add(name);
    return name;
  };
}
