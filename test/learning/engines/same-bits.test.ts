import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/learning/engine.js';
import { createNative, nativeAvailable, nativeHandles } from '../../../src/learning/engines/native.js';
import { compileExact, compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { initialWeights } from '../../../src/learning/model.js';
import type { Model } from '../../../src/learning/model.js';
import { modelNamed } from '../../../src/learning/models/index.js';
import { samplesFor } from './samples.js';

/** Hash of the weights after `steps` steps of SGD with momentum on batches of `batch` of 64 samples. */
function train(engine: Engine, model: Model, steps: number, batch: number): string {
  const network = engine.load(model, batch);
  const [weights, gradient, velocity] = [network.vector(), network.vector(), network.vector()];
  const samples = samplesFor(model, 64);
  const { inputSize } = network;
  weights.set(initialWeights(model, 7));
  velocity.fill(0);
  const hash = createHash('sha256');
  for (let step = 0; step < steps; step++) {
    const first = (step * batch) % (64 - batch + 1);
    const loss = network.gradient(
      weights,
      { count: batch, inputs: samples.inputs.subarray(first * inputSize, (first + batch) * inputSize), labels: samples.labels.subarray(first, first + batch) },
      gradient,
    );
    hash.update(Float64Array.of(loss));
    network.decayAndAdd(0.5, velocity, gradient, weights.length);
    network.axpy(-0.01, velocity, weights, weights.length);
  }
  const { lossSum, correct } = network.evaluate(weights, samples);
  hash.update(Float64Array.of(lossSum, correct));
  hash.update(Float32Array.from(weights));
  return hash.digest('hex');
}

const IMAGE = [28, 28, 1];
/** Steps of the short run are few enough for the emulated build. */
const runs = [
  { name: 'logistic', input: IMAGE, steps: 400, short: 20, batch: 10 },
  { name: 'mlp', input: IMAGE, steps: 300, short: 4, batch: 10 },
  { name: 'lenet5', input: IMAGE, steps: 200, short: 2, batch: 10 },
  { name: 'cnn-cifar', input: [32, 32, 3], steps: 3, short: 0, batch: 5 },
  { name: 'cnn4', input: IMAGE, steps: 4, short: 0, batch: 5 },
  { name: 'resnet8', input: [12, 12, 3], steps: 6, short: 1, batch: 5 },
  { name: 'char-gru', input: [12], steps: 20, short: 1, batch: 5 },
];
const GOLDEN = new URL('../../golden/engine-weights.json', import.meta.url);
const golden: Record<string, string> = JSON.parse(readFileSync(GOLDEN, 'utf8'));

describe('weights after training are the same to the last bit', async () => {
  const portable = createPortable(await compilePortable());
  const exact = createPortable(await compileExact());
  const natives = nativeHandles().map(createNative);

  /* WFL_GOLDEN=write after a deliberate change of the arithmetic, which ends comparability with older results. */
  if (process.env['WFL_GOLDEN'] === 'write') {
    for (const { name, input, steps, short, batch } of runs) {
      for (const length of short > 0 ? [steps, short] : [steps]) golden[`${name}-${length}`] = train(portable, modelNamed(name, input, 10), length, batch);
    }
    writeFileSync(GOLDEN, `${JSON.stringify(golden, null, 2)}\n`);
  }

  it.each(runs)('$name: after $steps steps, portable and every native instruction set, here and on every machine', ({ name, input, steps, batch }) => {
    const model = modelNamed(name, input, 10);
    const found = Object.fromEntries([portable, ...natives].map((engine) => [engine.instructionSet, train(engine, model, steps, batch)]));
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((each) => [each, golden[`${name}-${steps}`]])));
  });

  it.each(runs.filter(({ short }) => short > 0))('$name: emulated multiply-add, after $short steps', ({ name, input, short, batch }) => {
    const model = modelNamed(name, input, 10);
    expect(train(exact, model, short, batch)).toBe(golden[`${name}-${short}`]);
  });

  it.runIf(nativeAvailable() === true)('the native engine offers the widest instruction set of this CPU first', () => {
    const names = natives.map((engine) => engine.instructionSet);
    expect(names).toEqual(['AVX-512', 'AVX2', 'NEON'].filter((name) => names.includes(name)));
  });
});
