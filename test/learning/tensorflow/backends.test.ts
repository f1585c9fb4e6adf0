import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine, engines, selectEngine } from '../../../src/learning/engines/index.js';
import { initialWeights } from '../../../src/learning/model.js';
import { modelNamed } from '../../../src/learning/models/index.js';
import type { Tf } from '../../../src/learning/tensorflow/backends.js';
import { createTensorflow, nodeBackendProblem, prepareTensorflow } from '../../../src/learning/tensorflow/index.js';
import { samplesFor } from '../engines/samples.js';

const loadTensorflow = (): Tf => createRequire(import.meta.url)('@tensorflow/tfjs-core');

describe('the tensorflow engine', () => {
  it('is in the table of engines and never what auto takes', async () => {
    expect(engines.names).toContain('tensorflow');
    expect((await selectEngine('auto')).engine).not.toBe('tensorflow');
  });

  it('passes tfjs-node over on Node 23 and later, and says so', () => {
    for (const version of ['23.0.0', '24.11.1', '26.0.0']) {
      expect(nodeBackendProblem(version)).toBe(`@tensorflow/tfjs-node 4.22.0 does not run on Node ${version}, only below 23`);
    }
  });

  it('takes libtensorflow where tfjs-node loads, else WebAssembly with a notice', () => {
    const problem = nodeBackendProblem();
    const { backend, notice } = prepareTensorflow();
    if (problem === null) expect({ backend, notice }).toEqual({ backend: 'node', notice: null });
    else {
      expect(backend).toBe('wasm');
      expect(notice).toContain(problem);
    }
  });

  it('runs on the plain backend too, with the results of the kernels', async () => {
    const model = modelNamed('lenet5', [28, 28, 1], 10);
    const weights = initialWeights(model, 1);
    const batch = samplesFor(model, 2);
    const engine = createTensorflow({ engine: 'tensorflow', backend: 'cpu', notice: null });
    const [plain, kernels] = [engine, createEngine(await selectEngine('portable'))].map((each) => {
      const gradient = new Float32Array(weights.length);
      const loss = each.load(model, 2).gradient(weights, batch, gradient);
      return { loss, gradient };
    });
    expect(engine.instructionSet).toBe('TensorFlow.js plain JavaScript');
    expect(plain.loss).toBeCloseTo(kernels.loss, 5);
    const largest = Math.max(...kernels.gradient.map(Math.abs));
    expect(Math.max(...plain.gradient.map((value, j) => Math.abs(value - kernels.gradient[j])))).toBeLessThan(1e-5 * largest);
  });

  it('keeps one backend per thread', () => {
    expect(() => createTensorflow({ engine: 'tensorflow', backend: 'wasm', notice: null })).toThrow(expect.objectContaining({ code: 'TENSORFLOW_BACKEND' }));
  });

  it('leaves no tensors behind, and names the layer of weights that are not finite', () => {
    const model = modelNamed('cnn4', [16, 16, 1], 3);
    const network = createTensorflow({ engine: 'tensorflow', backend: 'cpu', notice: null }).load(model, 2);
    const weights = initialWeights(model, 1);
    const tensors = (): number => loadTensorflow().memory().numTensors;
    const before = tensors();
    network.gradient(weights, samplesFor(model, 2), new Float32Array(weights.length));
    network.evaluate(weights, samplesFor(model, 2));
    expect(tensors()).toBe(before);
    weights[3] = Number.NaN;
    expect(() => network.gradient(weights, samplesFor(model, 2), new Float32Array(weights.length))).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_NOT_FINITE', message: expect.stringContaining('conv1.weight') }),
    );
  });

  it('has the vector arithmetic of local steps', () => {
    const network = createTensorflow({ engine: 'tensorflow', backend: 'cpu', notice: null }).load(modelNamed('logistic', [4], 2), 1);
    const y = network.vector(3).fill(1);
    network.axpy(0.5, Float32Array.from([2, 4, 6]), y, 2);
    expect([...y]).toEqual([2, 3, 1]);
    network.decayAndAdd(0.5, y, Float32Array.from([1, 1, 1]), 3);
    expect([...y]).toEqual([2, 2.5, 1.5]);
  });
});
