import { describe, expect, it } from 'vitest';
import { createNative, nativeHandles } from '../../../src/learning/engines/native.js';
import { compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { initialWeights, parameterLayout } from '../../../src/learning/model.js';
import { modelOfLayers } from '../../../src/learning/models/index.js';
import { samplesFor } from './samples.js';

describe('layers that differ between training and evaluation', async () => {
  const engines = [createPortable(await compilePortable()), ...nativeHandles().map(createNative)].map((engine) => ({ name: engine.instructionSet, engine }));

  it.each(engines)('$name: batch norm moves its running statistics in training and uses them in evaluation', ({ engine }) => {
    const model = modelOfLayers([{ layer: 'batchNorm', momentum: 0.25 }, { layer: 'dense', units: 2 }], [3], 2);
    const samples = samplesFor(model, 6);
    const weights = initialWeights(model, 1);
    const network = engine.load(model, 6);
    const before = network.evaluate(weights, samples);
    network.gradient(weights, samples, new Float32Array(weights.length));
    const { tensors } = parameterLayout(model);
    const of = (name: string): number[] => {
      const { offset, size } = tensors.find((tensor) => tensor.name === `norm1.${name}`)!;
      return [...weights.subarray(offset, offset + size)];
    };
    for (let c = 0; c < 3; c++) {
      const values = [0, 1, 2, 3, 4, 5].map((n) => samples.inputs[n * 3 + c]);
      const mean = values.reduce((a, b) => a + b, 0) / 6;
      const unbiased = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5;
      expect(of('mean')[c]).toBeCloseTo(0.25 * mean, 6);
      expect(of('variance')[c]).toBeCloseTo(0.75 + 0.25 * unbiased, 6);
    }
    expect(network.evaluate(weights, samples).lossSum).not.toBe(before.lossSum);
    expect(network.evaluate(weights, samples)).toEqual(network.evaluate(weights, samples));
  });

  it.each(engines)('$name: batch norm refuses a batch larger than planned', ({ engine }) => {
    const model = modelOfLayers([{ layer: 'batchNorm' }, { layer: 'dense', units: 2 }], [3], 2);
    const weights = initialWeights(model, 1);
    expect(() => engine.load(model, 4).gradient(weights, samplesFor(model, 5), new Float32Array(weights.length))).toThrow(/planned for 4/);
  });

  it.each(engines)('$name: dropout is keyed, keeps the stated share, scales the rest, and rests in evaluation', ({ engine }) => {
    const [count, features] = [20, 500];
    const model = modelOfLayers([{ layer: 'dropout', rate: 0.3 }, { layer: 'dense', units: 2, bias: false }], [features], 2);
    const weights = new Float32Array(2 * features);
    const network = engine.load(model, 8);
    const inputs = new Float32Array(count * features).fill(1);
    /* Labels of one class and zero weights: the gradient of weight i is -0.5 times the mean of what dropout leaves of input i. */
    const left = (dropoutKey: number, samples: number): number[] => {
      const gradient = new Float32Array(weights.length);
      network.gradient(weights, { count: samples, inputs, labels: new Int32Array(samples), dropoutKey }, gradient);
      return Array.from({ length: features }, (_, i) => -2 * gradient[2 * i]);
    };
    const one = left(7, 1);
    expect(new Set(one)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
    expect(left(7, 1)).toEqual(one);
    expect(left(8, 1)).not.toEqual(one);
    const many = left(9, count);
    /* 10,000 values kept with probability 0.7 and scaled by 1 / 0.7: standard error 0.0065 of the mean 1. */
    expect(Math.abs(many.reduce((a, b) => a + b, 0) / features - 1)).toBeLessThan(0.0262);
    const loaded = Float32Array.from(weights, (_, j) => (j % 2 === 0 ? 0.01 : 0));
    const { lossSum } = network.evaluate(loaded, { count: 1, inputs, labels: new Int32Array(1) });
    expect(lossSum).toBeCloseTo(Math.log(1 + Math.exp(-5)), 5);
    expect(() => network.gradient(weights, { count: 1, inputs, labels: new Int32Array(1) }, weights.slice())).toThrow(/dropout key/);
  });

  it.each(engines)('$name: an embedding refuses codes it has no row for', ({ engine }) => {
    const model = modelOfLayers([{ layer: 'embedding', vocabulary: 5, dimension: 2 }, { layer: 'gru', units: 3 }, { layer: 'dense', units: 2 }], [4], 2);
    const samples = samplesFor(model, 3);
    for (const wrong of [5, -1, 1.5, NaN]) {
      samples.inputs[6] = wrong;
      expect(() => engine.load(model, 3).evaluate(initialWeights(model, 1), samples)).toThrow(
        expect.objectContaining({ code: 'CODE_OUT_OF_RANGE', message: expect.stringContaining(`sample 1 of a batch has code ${wrong} at position 2`) }),
      );
    }
  });
});
