import { addHalfDifference } from '../elementwise.js';

/**
 * ResFed's predictors. Both ends call the same function on the same recovered vectors: the published
 * code has its rule numbers swapped between sender and receiver, which drives the ends apart.
 * `own` is the trajectory of what is being sent, `opposite` that of the other direction, newest last.
 * Every operation is rounded to single, so that both ends agree to the bit.
 */
export type PredictionRule = 'last' | 'half' | 'extrapolate1' | 'extrapolate2' | 'opposite';
export type Trajectory = readonly Float32Array[];

/** Entries that a rule needs of each trajectory. */
export const PREDICTION_NEEDS: Readonly<Record<PredictionRule, { readonly own: number; readonly opposite: number }>> = {
  last: { own: 1, opposite: 0 },
  half: { own: 1, opposite: 2 },
  extrapolate1: { own: 1, opposite: 2 },
  extrapolate2: { own: 2, opposite: 3 },
  opposite: { own: 0, opposite: 1 },
};

export const canPredict = (rule: PredictionRule, own: Trajectory, opposite: Trajectory): boolean =>
  own.length >= PREDICTION_NEEDS[rule].own && opposite.length >= PREDICTION_NEEDS[rule].opposite;

const round = Math.fround;

const RULES: Readonly<Record<PredictionRule, (own: Trajectory, opposite: Trajectory) => Float32Array>> = {
  last: (own) => own.at(-1)!.slice(),
  opposite: (_own, opposite) => opposite.at(-1)!.slice(),
  half: (own, opposite) => withHalfStep(own.at(-1)!, opposite.at(-1)!, opposite.at(-2)!),
  extrapolate1: (own, opposite) => withStep(opposite.at(-1)!, 1, own.at(-1)!, opposite.at(-2)!),
  extrapolate2: (own, opposite) => withStep(withStep(opposite.at(-1)!, 2, own.at(-1)!, opposite.at(-2)!), -1, own.at(-2)!, opposite.at(-3)!),
};

export const predict = (rule: PredictionRule, own: Trajectory, opposite: Trajectory): Float32Array => RULES[rule](own, opposite);

/** a + (x - y) / 2 */
function withHalfStep(a: Float32Array, x: Float32Array, y: Float32Array): Float32Array {
  const result = new Float32Array(a.length);
  addHalfDifference(result, a, x, y);
  return result;
}

/** a + factor (x - y) */
function withStep(a: Float32Array, factor: number, x: Float32Array, y: Float32Array): Float32Array {
  const result = new Float32Array(a.length);
  for (let j = 0; j < result.length; j++) result[j] = a[j] + round(factor * round(x[j] - y[j]));
  return result;
}
