import { inputError, runError } from '../../errors.js';
import type { ParameterLayout } from '../contract.js';
import type { Batch, Network } from '../engine.js';
import { formatShape, sizeOf } from '../layers/shapes.js';
import { parameterLayout } from '../model.js';
import type { Model } from '../model.js';
import type { Program } from './program.js';

/** What an engine that runs programs provides for one network; lengths and labels are checked before. */
export interface Backend {
  /** Sum of the losses over `count` samples, and their mean gradient where `gradient` is given; then buffers in `weights` are moved on. */
  run(weights: Float32Array, gradient: Float32Array | null, inputs: Float32Array, labels: Int32Array, count: number, key: number): number;
  /** Right answers of the last run. */
  correct(): number;
  vector(size: number): Float32Array;
  axpy(a: number, x: Float32Array, y: Float32Array, length: number): void;
  decayAndAdd(m: number, v: Float32Array, x: Float32Array, length: number): void;
}

/** The network over a backend: the checks that keep a mistake from reaching memory, and the errors that name a layer. */
export function networkOver(backend: Backend, model: Model, batchMax: number, { wholeBatch, drops }: Program): Network {
  const layout = parameterLayout(model);
  const checkCodes = codeCheck(model);
  const inputSize = sizeOf(model.input);
  const labelsOf = labelReader(model, batchMax);
  const run = (weights: Float32Array, gradient: Float32Array | null, batch: Batch): number => {
    requireLength('weights', weights, layout.size);
    requireLength('batch inputs', batch.inputs, batch.count * inputSize);
    if (gradient !== null) {
      if (wholeBatch && batch.count > batchMax) throw new RangeError(`a batch of ${batch.count} samples where batch normalisation was planned for ${batchMax}`);
      if (drops && batch.dropoutKey === undefined) throw new RangeError('a batch without a dropout key for a model with dropout');
    }
    checkCodes(batch);
    const lossSum = backend.run(weights, gradient, batch.inputs, labelsOf(batch), batch.count, batch.dropoutKey ?? 0);
    if (!Number.isFinite(lossSum)) refuseBrokenWeights(layout, weights);
    return lossSum;
  };
  return {
    layout,
    inputSize,
    classes: model.classes,
    dropout: drops,
    gradient(weights, batch, gradient) {
      requireLength('gradient', gradient, layout.size);
      const lossSum = run(weights, gradient, batch);
      if (layout.trainableSize < layout.size) gradient.fill(0, layout.trainableSize, layout.size);
      return lossSum / batch.count;
    },
    evaluate(weights, batch) {
      const lossSum = run(weights, null, batch);
      return { lossSum, correct: backend.correct() };
    },
    vector: (size = layout.size) => backend.vector(size),
    axpy(a, x, y, length) {
      requireLength('x', x, length);
      requireLength('y', y, length);
      backend.axpy(a, x, y, length);
    },
    decayAndAdd(m, v, x, length) {
      requireLength('v', v, length);
      requireLength('x', x, length);
      backend.decayAndAdd(m, v, x, length);
    },
  };
}

/** Refuses NaN and infinities in a model's weights with the layer and the shape. Throws WEIGHTS_NOT_FINITE. */
export function refuseBrokenWeights(layout: ParameterLayout, weights: Float32Array): void {
  for (const { name, shape, offset, size } of layout.tensors) {
    for (let j = offset; j < offset + size; j++) {
      if (Number.isFinite(weights[j])) continue;
      const index = indexIn(shape, j - offset);
      throw runError('WEIGHTS_NOT_FINITE', `weights of "${name}" ${formatShape(shape)} hold ${weights[j]} at ${formatShape(index)}`, {
        expected: 'finite numbers',
        hint: 'Training has diverged: lower training.learningRate',
      });
    }
  }
}

function indexIn(shape: readonly number[], flat: number): readonly number[] {
  const index: number[] = [];
  let rest = flat;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** Labels as the kernels read them, checked, because a class that does not exist would be read out of bounds. */
function labelReader({ name, classes }: Model, batchMax: number): (batch: Batch) => Int32Array {
  let staging = new Int32Array(batchMax);
  return ({ labels, count }) => {
    if (labels.length < count) throw new RangeError(`a batch of ${count} samples has ${labels.length} labels`);
    if (staging.length < count) staging = new Int32Array(count);
    for (let n = 0; n < count; n++) {
      const label = labels[n];
      if (label < 0 || label >= classes) {
        throw inputError('LABEL_OUT_OF_RANGE', `sample ${n} of a batch has label ${label}, but model "${name}" has ${classes} classes`, {
          expected: `labels from 0 to ${classes - 1}`,
        });
      }
      staging[n] = label;
    }
    return staging;
  };
}

/** Codes are row numbers of an embedding's table: checked here, because a row that does not exist would be read out of bounds. */
function codeCheck({ layers: [first], input: [length] }: Model): (batch: Batch) => void {
  if (first?.layer !== 'embedding') return () => undefined;
  const { vocabulary } = first;
  return ({ inputs, count }) => {
    for (let j = 0; j < count * length; j++) {
      const code = inputs[j];
      if (Number.isInteger(code) && code >= 0 && code < vocabulary) continue;
      throw inputError('CODE_OUT_OF_RANGE', `sample ${Math.floor(j / length)} of a batch has code ${code} at position ${j % length}, but the embedding has ${vocabulary} rows`, {
        expected: `whole numbers from 0 to ${vocabulary - 1}`,
      });
    }
  };
}

function requireLength(what: string, array: Float32Array, length: number): void {
  if (array.length < length) throw new RangeError(`${what}: ${array.length} elements where ${length} are needed`);
}

/** Remembers networks by model and batch size, so that a thread compiles each once. */
export function networkCache(make: (model: Model, batchMax: number) => Network): (model: Model, batchMax: number) => Network {
  const networks = new Map<string, Network>();
  return (model, batchMax) => {
    const key = JSON.stringify([model, batchMax]);
    const known = networks.get(key);
    if (known !== undefined) return known;
    const made = make(model, batchMax);
    networks.set(key, made);
    return made;
  };
}
