import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayerOf } from '../layers/schema.js';
import type { Tf } from './backends.js';

/**
 * Gated recurrent unit (Cho et al. 2014, the reset gate applied after the recurrent product) over
 * [samples, length, features]; gates in the order reset, update, candidate.
 */
export function gru(tf: Tf, input: Tensor, { units, output }: LayerOf<'gru'>, parameter: (name: string) => Tensor): Tensor {
  const [count, length, features] = input.shape;
  const steps = tf.add(tf.matMul(tf.reshape(input, [count * length, features]), parameter('inputWeight')), parameter('inputBias'));
  const inputs = tf.reshape(steps, [count, length, 3 * units]);
  const gate = (values: Tensor, index: number): Tensor => tf.slice(values, [0, index * units], [count, units]);
  let state: Tensor = tf.zeros([count, units]);
  const states: Tensor[] = [];
  for (let t = 0; t < length; t++) {
    const a = tf.reshape(tf.slice(inputs, [0, t, 0], [count, 1, 3 * units]), [count, 3 * units]);
    const q = tf.add(tf.matMul(state, parameter('recurrentWeight')), parameter('recurrentBias'));
    const reset = tf.sigmoid(tf.add(gate(a, 0), gate(q, 0)));
    const update = tf.sigmoid(tf.add(gate(a, 1), gate(q, 1)));
    const candidate = tf.tanh(tf.add(gate(a, 2), tf.mul(reset, gate(q, 2))));
    state = tf.add(candidate, tf.mul(update, tf.sub(state, candidate)));
    states.push(state);
  }
  return output === 'last' ? state : tf.reshape(tf.concat(states, 1), [count, length, units]);
}
