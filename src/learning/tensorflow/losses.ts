import type { Tensor } from '@tensorflow/tfjs-core';
import type { Loss } from '../model.js';
import type { Tf } from './backends.js';

/**
 * Losses of the samples, [count], from outputs and one-hot targets, [count, classes]. Their
 * gradients are written out: softmax - target, and 2 (output - target) / classes.
 */
export function sampleLosses(tf: Tf, loss: Loss, output: Tensor, targets: Tensor): Tensor {
  const [count, classes] = output.shape;
  const operation = tf.customGrad((...inputs) => {
    const save = inputs.at(-1);
    if (typeof save === 'function') save([output, targets]);
    return {
      value: loss === 'meanSquaredError'
        ? tf.mean(tf.squaredDifference(output, targets), 1)
        : tf.sub(tf.logSumExp(output, 1), tf.sum(tf.mul(output, targets), 1)),
      gradFunc(upstream: Tensor, [savedOutput, savedTargets]: Tensor[]) {
        const slope = loss === 'meanSquaredError'
          ? tf.mul(tf.sub(savedOutput, savedTargets), 2 / classes)
          : tf.sub(tf.softmax(savedOutput), savedTargets);
        return tf.mul(slope, tf.reshape(upstream, [count, 1]));
      },
    };
  });
  return operation(output);
}
