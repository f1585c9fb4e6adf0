import type { Tensor } from '@tensorflow/tfjs-core';
import { inputError } from '../../errors.js';
import type { Layer, LayerOf } from '../layers/schema.js';
import { pair } from '../layers/schema.js';
import type { Tf } from './backends.js';
import { asImages } from './gradients.js';

/** What a layer needs besides its input. */
export interface LayerContext {
  readonly tf: Tf;
  /** A parameter of this layer by its short name, `weight` or `bias`. */
  readonly parameter: (name: string) => Tensor;
}

type Forward<Kind extends Layer['layer']> = (layer: LayerOf<Kind>, input: Tensor, context: LayerContext) => Tensor;

/** Every layer in terms of TensorFlow.js operations. */
const FORWARD: { readonly [Kind in Layer['layer']]?: Forward<Kind> } = {
  dense({ bias }, input, { tf, parameter }) {
    const product = tf.matMul(input, parameter('weight'));
    return bias ? tf.add(product, parameter('bias')) : product;
  },
  conv2d({ stride, padding, bias }, input, { tf, parameter }) {
    const padded = padding === 0 ? input : tf.pad(input, [[0, 0], [padding, padding], [padding, padding], [0, 0]]);
    const output = tf.conv2d(asImages(tf, padded), asImages(tf, parameter('weight')), [...pair(stride)], 'valid');
    return bias ? tf.add(output, parameter('bias')) : output;
  },
  maxPool: ({ size, stride }, input, { tf }) => tf.maxPool(asImages(tf, input), [...pair(size)], [...pair(stride ?? size)], 'valid'),
  avgPool: ({ size, stride }, input, { tf }) => tf.avgPool(asImages(tf, input), [...pair(size)], [...pair(stride ?? size)], 'valid'),
  relu: (_layer, input, { tf }) => tf.relu(input),
  tanh: (_layer, input, { tf }) => tf.tanh(input),
  flatten: (_layer, input, { tf }) => tf.reshape(input, [input.shape[0], -1]),
};

/** The output of one layer. Throws ENGINE_LAYER for a kind that is not known here. */
export function forward<Kind extends Layer['layer']>(layer: LayerOf<Kind>, input: Tensor, context: LayerContext): Tensor {
  const rule: Forward<Kind> | undefined = FORWARD[layer.layer];
  if (rule === undefined) {
    throw inputError('ENGINE_LAYER', `the tensorflow engine has no layer "${layer.layer}"`, { expected: `one of ${Object.keys(FORWARD).join(', ')}` });
  }
  return rule(layer, input, context);
}
