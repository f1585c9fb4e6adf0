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
  last: (own) => Float32Array.from(own.at(-1)!),
  opposite: (_own, opposite) => Float32Array.from(opposite.at(-1)!),
  half: (own, opposite) => combine(own.at(-1)!, opposite.at(-1)!, opposite.at(-2)!, (a, x, y) => a + round(0.5 * round(x - y))),
  extrapolate1: (own, opposite) => combine(opposite.at(-1)!, own.at(-1)!, opposite.at(-2)!, (x, a, y) => x + round(a - y)),
  extrapolate2: (own, opposite) => {
    const stepped = combine(opposite.at(-1)!, own.at(-1)!, opposite.at(-2)!, (x, a, y) => x + round(2 * round(a - y)));
    return combine(stepped, own.at(-2)!, opposite.at(-3)!, (x, b, z) => x - round(b - z));
  },
};

export const predict = (rule: PredictionRule, own: Trajectory, opposite: Trajectory): Float32Array => RULES[rule](own, opposite);

function combine(a: Float32Array, b: Float32Array, c: Float32Array, of: (a: number, b: number, c: number) => number): Float32Array {
  const result = new Float32Array(a.length);
  for (let j = 0; j < result.length; j++) result[j] = of(a[j], b[j], c[j]);
  return result;
}
