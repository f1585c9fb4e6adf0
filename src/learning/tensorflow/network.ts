import type { Tensor } from '@tensorflow/tfjs-core';
import type { Batch, Network } from '../engine.js';
import { sizeOf } from '../layers/shapes.js';
import type { Model } from '../model.js';
import { parameterLayout, resolveLayers } from '../model.js';
import type { Tf } from './backends.js';
import { forward } from './layers.js';
import { sampleLosses } from './losses.js';

/**
 * A model run by TensorFlow.js. Shapes, parameter places and the meaning of every call are those of
 * the kernels' networks; sums may differ in their last bits.
 */
export function tensorflowNetwork(tf: Tf, model: Model): Network {
  const layout = parameterLayout(model);
  const layers = resolveLayers(model);
  const trainable = layout.tensors.filter((tensor) => tensor.trainable);

  function logits(inputs: Tensor, parameters: ReadonlyMap<string, Tensor>): Tensor {
    let value = inputs;
    for (const { name, layer } of layers) {
      value = forward(layer, value, { tf, parameter: (short) => parameters.get(`${name}.${short}`)! });
    }
    return value;
  }

  function tensorsOf({ count, inputs, labels }: Batch): { images: Tensor; targets: Tensor } {
    return {
      images: tf.tensor(inputs.slice(0, count * sizeOf(model.input)), [count, ...model.input]),
      targets: tf.tensor(oneHot(labels, count, model.classes), [count, model.classes]),
    };
  }

  const parametersOf = (weights: Float32Array): Tensor[] =>
    trainable.map(({ shape, offset, size }) => tf.tensor(weights.slice(offset, offset + size), [...shape]));
  const named = (parameters: readonly Tensor[]): Map<string, Tensor> => new Map(parameters.map((value, i) => [trainable[i].name, value]));

  return {
    layout,
    inputSize: sizeOf(model.input),
    classes: model.classes,
    gradient(weights, batch, gradient) {
      const results = tf.tidy(() => {
        const { images, targets } = tensorsOf(batch);
        const losses = (...parameters: Tensor[]): Tensor => sampleLosses(tf, model.loss, logits(images, named(parameters)), targets);
        const { value, grads } = tf.valueAndGrads(losses)(parametersOf(weights), tf.mul(tf.ones([batch.count]), 1 / batch.count));
        return [tf.mean(value), ...grads];
      });
      gradient.fill(0, layout.trainableSize, layout.size);
      trainable.forEach(({ offset }, i) => gradient.set(results[i + 1].dataSync(), offset));
      const [loss] = results[0].dataSync();
      tf.dispose(results);
      return loss;
    },
    evaluate(weights, batch) {
      const [lossSum, correct] = tf.tidy(() => {
        const { images, targets } = tensorsOf(batch);
        const output = logits(images, named(parametersOf(weights)));
        const right = tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.argMax(targets, 1)), 'float32'));
        return [tf.sum(sampleLosses(tf, model.loss, output, targets)).dataSync()[0], right.dataSync()[0]];
      });
      return { lossSum, correct };
    },
    vector: (size = layout.size) => new Float32Array(size),
    axpy(a, x, y, length) {
      const factor = Math.fround(a);
      for (let j = 0; j < length; j++) y[j] = factor * x[j] + y[j];
    },
    decayAndAdd(m, v, x, length) {
      const factor = Math.fround(m);
      for (let j = 0; j < length; j++) v[j] = factor * v[j] + x[j];
    },
  };
}

/** 1 at the label and 0 elsewhere; written here because the WebAssembly kernel for it writes whole numbers into floats. */
function oneHot(labels: Batch['labels'], count: number, classes: number): Float32Array {
  const rows = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) rows[row * classes + labels[row]] = 1;
  return rows;
}
