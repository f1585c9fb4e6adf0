import type { Tensor } from '@tensorflow/tfjs-core';
import type { Batch, Network } from '../engine.js';
import { refuseBrokenWeights } from '../engines/network.js';
import { simpleLayers } from '../layers/resolve.js';
import { sizeOf } from '../layers/shapes.js';
import type { Model } from '../model.js';
import { parameterLayout, resolveLayers } from '../model.js';
import type { Tf } from './backends.js';
import type { Pass } from './layers.js';
import { forwardAll } from './layers.js';
import { sampleLosses } from './losses.js';

/**
 * A model run by TensorFlow.js. Shapes, parameter places and the meaning of every call are those of
 * the kernels' networks; sums may differ in their last bits.
 */
export function tensorflowNetwork(tf: Tf, model: Model): Network {
  const layout = parameterLayout(model);
  const layers = resolveLayers(model);
  const trainable = layout.tensors.filter((tensor) => tensor.trainable);
  const buffers = layout.tensors.filter((tensor) => !tensor.trainable);
  const offsetOf = new Map(layout.tensors.map(({ name, offset }) => [name, offset]));

  const tensorsOf = (specs: typeof trainable, weights: Float32Array): Tensor[] =>
    specs.map(({ shape, offset, size }) => tf.tensor(weights.slice(offset, offset + size), [...shape]));

  function samplesOf({ count, inputs, labels }: Batch): { images: Tensor; targets: Tensor } {
    return {
      images: tf.tensor(inputs.slice(0, count * sizeOf(model.input)), [count, ...model.input]),
      targets: tf.tensor(oneHot(labels, count, model.classes), [count, model.classes]),
    };
  }

  function lossesOf(batch: Batch, parameters: readonly Tensor[], options: Omit<Pass, 'tf' | 'tensor'>, bufferTensors: readonly Tensor[]) {
    const named = new Map([...parameters.map((value, i) => [trainable[i].name, value] as const), ...bufferTensors.map((value, i) => [buffers[i].name, value] as const)]);
    const { images, targets } = samplesOf(batch);
    const output = forwardAll(layers, images, { ...options, tf, tensor: (name) => named.get(name)! });
    return { output, targets, losses: sampleLosses(tf, model.loss, output, targets) };
  }

  /** Moves the running statistics of a batch norm layer towards what a batch measured. */
  function moveStatistics(weights: Float32Array, layer: string, momentum: number, measured: Readonly<Record<'mean' | 'variance', Float32Array>>): void {
    for (const which of ['mean', 'variance'] as const) {
      const offset = offsetOf.get(`${layer}.${which}`)!;
      measured[which].forEach((value, c) => {
        weights[offset + c] = (1 - momentum) * weights[offset + c] + momentum * value;
      });
    }
  }

  return {
    layout,
    inputSize: sizeOf(model.input),
    classes: model.classes,
    dropout: simpleLayers(layers).some(({ layer }) => layer.layer === 'dropout'),
    gradient(weights, batch, gradient) {
      const statistics: (() => void)[] = [];
      const results = tf.tidy(() => {
        const pass = {
          training: true,
          dropoutKey: batch.dropoutKey ?? 0,
          measured(layer: string, momentum: number, mean: Tensor, variance: Tensor) {
            const measured = { mean: Float32Array.from(mean.dataSync()), variance: Float32Array.from(variance.dataSync()) };
            statistics.push(() => moveStatistics(weights, layer, momentum, measured));
          },
        };
        const losses = (...parameters: Tensor[]): Tensor => lossesOf(batch, parameters, pass, []).losses;
        const { value, grads } = tf.valueAndGrads(losses)(tensorsOf(trainable, weights), tf.mul(tf.ones([batch.count]), 1 / batch.count));
        return [tf.mean(value), ...grads];
      });
      gradient.fill(0, layout.trainableSize, layout.size);
      trainable.forEach(({ offset }, i) => gradient.set(results[i + 1].dataSync(), offset));
      for (const move of statistics) move();
      const [loss] = results[0].dataSync();
      tf.dispose(results);
      if (!Number.isFinite(loss)) refuseBrokenWeights(layout, weights);
      return loss;
    },
    evaluate(weights, batch) {
      const [lossSum, correct] = tf.tidy(() => {
        const pass = { training: false, dropoutKey: 0, measured: () => undefined };
        const { output, targets, losses } = lossesOf(batch, tensorsOf(trainable, weights), pass, tensorsOf(buffers, weights));
        const right = tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.argMax(targets, 1)), 'float32'));
        return [tf.sum(losses).dataSync()[0], right.dataSync()[0]];
      });
      if (!Number.isFinite(lossSum)) refuseBrokenWeights(layout, weights);
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
