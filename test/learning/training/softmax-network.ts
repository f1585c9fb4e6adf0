import type { Network } from '../../../src/learning/engine.js';

/**
 * Multinomial logistic regression in plain TypeScript and double precision, rounded to float32 at
 * the end: small enough to check training by hand, and no kernel of the program in it.
 */
export function softmaxNetwork(inputSize: number, classes: number): Network {
  const size = classes * inputSize + classes;
  const layout = {
    size,
    trainableSize: size,
    tensors: [
      { name: 'dense1.weight', shape: [classes, inputSize], offset: 0, size: classes * inputSize, role: 'weight', trainable: true },
      { name: 'dense1.bias', shape: [classes], offset: classes * inputSize, size: classes, role: 'bias', trainable: true },
    ],
  } as const;

  function outputs(weights: Float32Array, inputs: Float32Array, row: number): number[] {
    return Array.from({ length: classes }, (_, k) => {
      let sum = weights[classes * inputSize + k];
      for (let j = 0; j < inputSize; j++) sum += weights[k * inputSize + j] * inputs[row * inputSize + j];
      return sum;
    });
  }

  function softmax(logits: readonly number[]): number[] {
    const largest = Math.max(...logits);
    const raised = logits.map((value) => Math.exp(value - largest));
    const sum = raised.reduce((a, b) => a + b, 0);
    return raised.map((value) => value / sum);
  }

  return {
    layout,
    inputSize,
    classes,
    gradient(weights, { count, inputs, labels }, gradient) {
      const sum = new Float64Array(size);
      let loss = 0;
      for (let row = 0; row < count; row++) {
        const p = softmax(outputs(weights, inputs, row));
        loss -= Math.log(p[labels[row]]);
        for (let k = 0; k < classes; k++) {
          const delta = (p[k] - (labels[row] === k ? 1 : 0)) / count;
          for (let j = 0; j < inputSize; j++) sum[k * inputSize + j] += delta * inputs[row * inputSize + j];
          sum[classes * inputSize + k] += delta;
        }
      }
      gradient.set(sum);
      return loss / count;
    },
    evaluate(weights, { count, inputs, labels }) {
      let lossSum = 0;
      let correct = 0;
      for (let row = 0; row < count; row++) {
        const p = softmax(outputs(weights, inputs, row));
        lossSum -= Math.log(p[labels[row]]);
        if (p.indexOf(Math.max(...p)) === labels[row]) correct++;
      }
      return { lossSum, correct };
    },
    vector: (length = size) => new Float32Array(length),
    axpy(a, x, y, length) {
      for (let j = 0; j < length; j++) y[j] = Math.fround(a) * x[j] + y[j];
    },
    decayAndAdd(m, v, x, length) {
      for (let j = 0; j < length; j++) v[j] = Math.fround(m) * v[j] + x[j];
    },
  };
}
