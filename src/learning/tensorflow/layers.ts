import type { Tensor } from '@tensorflow/tfjs-core';
import type { Layer, LayerOf } from '../layers/schema.js';
import { pair } from '../layers/schema.js';
import type { ResolvedLayer } from '../model.js';
import type { Tf } from './backends.js';
import { dropoutMask } from './dropout.js';
import { asImages } from './gradients.js';
import { gru } from './gru.js';

/** What the layers of one pass through a model share. */
export interface Pass {
  readonly tf: Tf;
  readonly training: boolean;
  /** Key of the dropout masks in training. */
  readonly dropoutKey: number;
  /** A parameter or buffer by its full name, `conv1.weight`. */
  readonly tensor: (name: string) => Tensor;
  /** Takes the mean and the unbiased variance that batch norm measured in training. */
  readonly measured: (layer: string, momentum: number, mean: Tensor, variance: Tensor) => void;
}

type Forward<Kind extends Layer['layer']> = (layer: LayerOf<Kind>, input: Tensor, pass: Pass, resolved: ResolvedLayer) => Tensor;

/** Every layer in terms of TensorFlow.js operations. */
const FORWARD: { readonly [Kind in Layer['layer']]: Forward<Kind> } = {
  dense({ bias }, input, { tf, tensor }, { name }) {
    const product = tf.matMul(input, tensor(`${name}.weight`));
    return bias ? tf.add(product, tensor(`${name}.bias`)) : product;
  },
  conv2d({ stride, padding, bias }, input, { tf, tensor }, { name }) {
    const padded = padding === 0 ? input : tf.pad(input, [[0, 0], [padding, padding], [padding, padding], [0, 0]]);
    const output = tf.conv2d(asImages(tf, padded), asImages(tf, tensor(`${name}.weight`)), [...pair(stride)], 'valid');
    return bias ? tf.add(output, tensor(`${name}.bias`)) : output;
  },
  maxPool: ({ size, stride }, input, { tf }) => tf.maxPool(asImages(tf, input), [...pair(size)], [...pair(stride ?? size)], 'valid'),
  avgPool: ({ size, stride }, input, { tf }) => tf.avgPool(asImages(tf, input), [...pair(size)], [...pair(stride ?? size)], 'valid'),
  relu: (_layer, input, { tf }) => tf.relu(input),
  tanh: (_layer, input, { tf }) => tf.tanh(input),
  flatten: (_layer, input, { tf }) => tf.reshape(input, [input.shape[0], -1]),
  batchNorm: batchNorm,
  groupNorm: groupNorm,
  dropout({ rate }, input, { tf, training, dropoutKey }, { name }) {
    if (!training) return input;
    const mask = dropoutMask(dropoutKey, name, rate, input.shape[0], input.size / input.shape[0]);
    return tf.mul(input, tf.tensor(mask, input.shape));
  },
  embedding({ vocabulary, dimension }, input, { tf, tensor }, { name }) {
    const codes = input.dataSync();
    const rows = new Float32Array(codes.length * vocabulary);
    codes.forEach((code, i) => {
      rows[i * vocabulary + code] = 1;
    });
    const selected = tf.matMul(tf.tensor(rows, [codes.length, vocabulary]), tensor(`${name}.weight`));
    return tf.reshape(selected, [...input.shape, dimension]);
  },
  gru: (layer, input, pass, { name }) => gru(pass.tf, input, layer, (short) => pass.tensor(`${name}.${short}`)),
  residual(_layer, input, pass, { inner }) {
    if (inner === null) return input;
    return pass.tf.add(forwardAll(inner.body, input, pass), forwardAll(inner.shortcut, input, pass));
  },
};

/** The output of layers in order. */
export function forwardAll(layers: readonly ResolvedLayer[], input: Tensor, pass: Pass): Tensor {
  return layers.reduce((value, resolved) => forward(resolved, resolved.layer, value, pass), input);
}

function forward<Kind extends Layer['layer']>(resolved: ResolvedLayer, layer: LayerOf<Kind>, input: Tensor, pass: Pass): Tensor {
  const rule: Forward<Kind> = FORWARD[layer.layer];
  return rule(layer, input, pass, resolved);
}

function batchNorm({ epsilon, momentum }: LayerOf<'batchNorm'>, input: Tensor, pass: Pass, { name }: ResolvedLayer): Tensor {
  const { tf, tensor, training } = pass;
  const channels = input.shape[input.rank - 1];
  const rows = tf.reshape(input, [input.size / channels, channels]);
  const [scale, shift] = [tensor(`${name}.scale`), tensor(`${name}.shift`)];
  if (!training) return tf.reshape(normalised(tf, rows, tensor(`${name}.mean`), tensor(`${name}.variance`), epsilon, scale, shift), input.shape);
  const count = rows.shape[0];
  const mean = tf.mul(tf.sum(rows, 0), 1 / count);
  const centred = tf.sub(rows, mean);
  const variance = tf.mul(tf.sum(tf.mul(centred, centred), 0), 1 / count);
  pass.measured(name, momentum, mean, tf.mul(variance, count > 1 ? count / (count - 1) : 1));
  return tf.reshape(normalised(tf, rows, mean, variance, epsilon, scale, shift), input.shape);
}

function groupNorm({ groups, epsilon }: LayerOf<'groupNorm'>, input: Tensor, { tf, tensor }: Pass, { name }: ResolvedLayer): Tensor {
  const [count] = input.shape;
  const channels = input.shape[input.rank - 1];
  const positions = input.size / count / channels;
  // [sample and group, position and channel of the group]: the moments are over the second.
  const width = (positions * channels) / groups;
  const grouped = tf.reshape(tf.transpose(tf.reshape(input, [count, positions, groups, channels / groups]), [0, 2, 1, 3]), [count * groups, width]);
  const mean = tf.mul(tf.sum(grouped, 1, true), 1 / width);
  const centred = tf.sub(grouped, mean);
  const variance = tf.mul(tf.sum(tf.mul(centred, centred), 1, true), 1 / width);
  const unit = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  const back = tf.reshape(tf.transpose(tf.reshape(unit, [count, groups, positions, channels / groups]), [0, 2, 1, 3]), [count * positions, channels]);
  return tf.reshape(tf.add(tf.mul(back, tensor(`${name}.scale`)), tensor(`${name}.shift`)), input.shape);
}

function normalised(tf: Tf, rows: Tensor, mean: Tensor, variance: Tensor, epsilon: number, scale: Tensor, shift: Tensor): Tensor {
  return tf.add(tf.mul(tf.mul(tf.sub(rows, mean), tf.rsqrt(tf.add(variance, epsilon))), scale), shift);
}
