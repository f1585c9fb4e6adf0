import { describe, expect, it } from 'vitest';
import { createEngine, selectEngine } from '../../dist/learning/engines/index.js';
import { datasets } from '../../dist/learning/datasets/index.js';
import { modelNamed } from '../../dist/learning/models/index.js';
import { initialWeights } from '../../dist/learning/model.js';
import { localTraining } from '../../dist/learning/training/index.js';
import { stream } from '../../dist/random/index.js';
import { descend, fullGradients, WEIGHT_DECAY } from './descent.js';
import { moments, sizes } from './fedmrn.js';
import { refusals } from './laq.js';
import type { Row } from './reproduction.js';
import { ratios, volumes } from './resfed.js';
import { ERROR_TABLE, errorRows } from './wyner-ziv.js';
import { distanceAdaptiveRows, distanceRows } from './wyner-ziv-distance.js';

/** The identities behind `npm run paper`, in sizes that take seconds; what needs MNIST is in the commands alone. */
const failed = (rows: readonly Row[]): readonly string[] => rows.filter(({ passed }) => passed === false).map(({ quantity, expected, measured }) => `${quantity}: expected ${expected}, measured ${measured}`);

describe('figures of the papers', () => {
  it('ResFed: elements, bits and ratios of compressed residuals', () => {
    const rows = ratios();
    expect(failed(rows)).toEqual([]);
    expect(rows.find(({ quantity }) => quantity === 's 0.95, q 1: ratio')!.measured).toBeCloseTo(71.1, 1);
  });

  it('ResFed: rounds in the volumes of the abstract, with and without the full models at the start', () => {
    expect(failed(volumes([0.995]))).toEqual([]);
  });

  it.each(ERROR_TABLE.filter(([, bits]) => bits <= 4))('Wyner-Ziv, %s rounding, %i bits: spacing, error and failures (131,072 elements)', (...entry) => {
    expect(failed(errorRows(entry, 1 << 17, 2))).toEqual([]);
  });

  it('Wyner-Ziv, spacing from the distance: reach, spacing, error, bias, and a random half of the coordinates (200 messages)', () => {
    expect(failed(distanceRows(200, 2))).toEqual([]);
  });

  it('Wyner-Ziv, distance-adaptive: no bias, and the variance that goes with the distance (200 messages)', () => {
    expect(failed(distanceAdaptiveRows(200, 2))).toEqual([]);
  });

  it('FedMRN: mean and variance of the masked noise (100,000 draws and elements)', () => {
    expect(failed(moments(100_000, 100_000))).toEqual([]);
  });

  it('FedMRN: bits of an upload of the models of the official code', () => {
    expect(failed(sizes())).toEqual([]);
  });

  it('LAQ: 3 bits are refused, 4 are taken', () => {
    expect(failed(refusals())).toEqual([]);
  });
});

describe('the descents of the LAQ command', async () => {
  const dataset = datasets.find('synthetic-digits').load({ seed: 1, trainCount: 500, testCount: 100 });
  const engine = await selectEngine('auto');
  const request = { seed: 1, engine, target: -Infinity, iterationsMax: 60 };

  it('take the gradients of local training, to the bit', () => {
    const model = modelNamed('logistic', [dataset.height, dataset.width, dataset.channels], dataset.classes);
    const network = createEngine(engine).load(model, 64);
    const start = initialWeights(model, 3);
    const gradientOf = fullGradients(network, dataset, 5);
    const options = { input: 'gradient', gradient: 'full-batch', localEpochs: 1, localSteps: null, batchSize: 64, learningRate: 0.1, momentum: 0, weightDecay: WEIGHT_DECAY, proximal: 0 } as const;
    for (const client of [0, 4]) {
      const indices = Int32Array.from({ length: 100 }, (_, i) => 100 * client + i);
      const trained = localTraining({ network, dataset, indices, start, options, stream: stream(1, 'unused'), client, round: 0 });
      const { gradient, loss } = gradientOf(client, start);
      expect(gradient).toEqual(trained.gradient);
      expect(loss).toBe(trained.loss);
    }
  });

  it('fall alike for GD and for LAQ, which uploads less', () => {
    const losses = (scheme: string, options: Readonly<Record<string, unknown>>) => {
      const seen: number[] = [];
      const { uploads } = descend({ ...request, label: scheme, scheme, options }, dataset, (_iteration, loss) => void seen.push(loss));
      return { seen, uploads };
    };
    const gd = losses('lag', { maxSkips: 0 });
    const plain = losses('fedavg', {});
    const lazy = losses('laq', { bits: 4 });
    expect(gd.uploads).toBe(600);
    gd.seen.forEach((loss, at) => expect(loss).toBeCloseTo(plain.seen[at], 5));
    expect(lazy.uploads).toBeLessThan(480);
    // At most half as fast as with every gradient.
    expect(lazy.seen[59]).toBeLessThan(gd.seen[29]);
  });
});
