import { describe, expect, it } from 'vitest';
import { createNative, nativeHandles } from '../../../src/learning/engines/native.js';
import { planProgram } from '../../../src/learning/engines/planner.js';
import { compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { initialWeights } from '../../../src/learning/model.js';
import { modelNamed, modelOfLayers } from '../../../src/learning/models/index.js';
import { referenceLoss } from './reference.js';
import { samplesFor } from './samples.js';

const lenet = modelNamed('lenet5', [28, 28, 1], 10);

describe('a network', async () => {
  const engines = [createPortable(await compilePortable()), ...nativeHandles().map(createNative)].map((engine) => ({ name: engine.instructionSet, engine }));

  it.each(engines)('$name: gives the same bits for any number of samples per block', ({ engine }) => {
    const samples = samplesFor(lenet, 13);
    const weights = initialWeights(lenet, 1);
    const results = [1, 2, 13, 50].map((batchMax) => {
      const gradient = new Float32Array(weights.length);
      const loss = engine.load(lenet, batchMax).gradient(weights, samples, gradient);
      return { loss, gradient, evaluation: engine.load(lenet, batchMax).evaluate(weights, samples) };
    });
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it.each(engines)('$name: takes vectors of its own and any other alike', ({ engine }) => {
    const network = engine.load(lenet, 8);
    const samples = samplesFor(lenet, 8);
    const start = initialWeights(lenet, 2);
    const [own, gradient, inputs] = [network.vector(), network.vector(), network.vector(samples.inputs.length)];
    own.set(start);
    inputs.set(samples.inputs);
    const foreign = new Float32Array(start.length);
    const labels = Uint8Array.from(samples.labels);
    expect(network.gradient(start, samples, foreign)).toBe(network.gradient(own, { count: 8, inputs, labels }, gradient));
    expect(Float32Array.from(gradient)).toEqual(foreign);
    network.axpy(-0.5, foreign, own, own.length);
    const shifted = start.slice();
    network.axpy(-0.5, gradient, shifted, shifted.length);
    expect(Float32Array.from(own)).toEqual(shifted);
    network.decayAndAdd(0.25, foreign, shifted, 100);
    network.decayAndAdd(0.25, gradient, own, 100);
    expect(Float32Array.from(gradient)).toEqual(foreign);
  });

  it.each(engines)('$name: axpy and decayAndAdd round once', ({ engine }) => {
    const network = engine.load(lenet, 8);
    /* (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24 when rounded once and 0 when the product is rounded first. */
    const x = Float32Array.of(1 + 1 / 4096, 3);
    const y = Float32Array.of(-(1 + 1 / 2048), 1);
    network.axpy(1 + 1 / 4096, x, y, 2);
    expect([...y]).toEqual([1 / 16_777_216, Math.fround(3 * (1 + 1 / 4096) + 1)]);
    const v = Float32Array.of(1 + 1 / 4096);
    network.decayAndAdd(1 + 1 / 4096, v, Float32Array.of(-(1 + 1 / 2048)), 1);
    expect(v[0]).toBe(1 / 16_777_216);
  });

  it.each(engines)('$name: evaluates the reference loss and counts right answers', ({ engine }) => {
    const samples = samplesFor(lenet, 9);
    const weights = initialWeights(lenet, 4);
    const { lossSum, correct } = engine.load(lenet, 4).evaluate(weights, samples);
    expect(Math.abs(lossSum / (9 * referenceLoss(lenet, Float64Array.from(weights), samples.inputs, samples.labels, 9)) - 1)).toBeLessThan(1e-6);
    expect(correct).toBeGreaterThanOrEqual(0);
    const untrained = modelOfLayers([{ layer: 'dense', units: 2 }], [2], 2);
    const identity = Float32Array.of(1, 0, 0, 1, 0, 0);
    const three = { count: 3, inputs: Float32Array.of(1, 0, 0, 1, 2, 1), labels: Int32Array.of(0, 0, 0) };
    expect(engine.load(untrained, 3).evaluate(identity, three).correct).toBe(2);
  });

  it.each(engines)('$name: names the layer and the shape of weights that are not finite', ({ engine }) => {
    const samples = samplesFor(lenet, 4);
    const weights = initialWeights(lenet, 1);
    weights[200] = NaN;
    const gradient = new Float32Array(weights.length);
    expect(() => engine.load(lenet, 4).gradient(weights, samples, gradient)).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_NOT_FINITE', message: expect.stringContaining('weights of "conv2.weight" [5, 5, 6, 16] hold NaN at [0, 0, 2, 12]') }),
    );
  });

  it.each(engines)('$name: refuses a label that is no class of the model', ({ engine }) => {
    const samples = samplesFor(lenet, 4);
    samples.labels[2] = 10;
    expect(() => engine.load(lenet, 4).evaluate(initialWeights(lenet, 1), samples)).toThrow(expect.objectContaining({ code: 'LABEL_OUT_OF_RANGE', exitCode: 2 }));
  });

  it('refuses a model that memory cannot hold, with its largest layer', () => {
    const layers = [{ layer: 'flatten' }, { layer: 'dense', name: 'huge', units: 400_000 }, { layer: 'dense', units: 10 }];
    expect(() => planProgram(modelOfLayers(layers, [32, 32, 3], 10), 10)).toThrow(
      expect.objectContaining({ code: 'MODEL_TOO_LARGE', message: expect.stringMatching(/largest layer "huge" turns \[3072\] into \[400000\] with huge.weight \[3072, 400000\]/) }),
    );
  });
});
