import { sizeOf } from '../../../src/learning/layers/shapes.js';
import type { Model } from '../../../src/learning/model.js';
import { stream } from '../../../src/random/stream.js';

/** Keyed inputs on [-1, 1) (codes where the model begins with an embedding) and labels for `count` samples of a model. */
export function samplesFor(model: Model, count: number, seed = 1): { count: number; inputs: Float32Array; labels: Int32Array } {
  const values = stream(seed, 'test-inputs');
  const classes = stream(seed, 'test-labels');
  const [first] = model.layers;
  const draw = first?.layer === 'embedding' ? () => Math.floor(values.uniform() * first.vocabulary) : () => 2 * values.uniform() - 1;
  return {
    count,
    inputs: Float32Array.from({ length: count * sizeOf(model.input) }, draw),
    labels: Int32Array.from({ length: count }, () => Math.floor(classes.uniform() * model.classes)),
  };
}
