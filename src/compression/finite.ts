import { runError } from '../errors.js';
import type { ParameterLayout } from '../learning/contract.js';
import { allFinite } from './elementwise.js';

export { allFinite };

/** Refuses NaN and infinity in what is to be sent, naming the tensor; `what` is `model` or `update of client 3`. */
export function requireFinite(vector: Float32Array, layout: ParameterLayout, what: string): void {
  if (allFinite(vector)) return;
  const at = vector.findIndex((value) => !Number.isFinite(value));
  const tensor = layout.tensors.find(({ offset, size }) => at >= offset && at < offset + size);
  const place = tensor === undefined ? `element ${at}` : `element ${at - tensor.offset} of tensor ${tensor.name}`;
  throw runError('NOT_FINITE', `the ${what} holds ${vector[at]} (${place}), which cannot be sent`, {
    hint: 'Training has diverged: a smaller learning rate or more bits may help.',
  });
}
