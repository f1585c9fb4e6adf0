import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runStudy } from '../../src/experiment/run.js';
import { loadStudyScenario, prepareStudy, studyOf } from '../../src/experiment/study.js';
import { createTrials } from '../../src/experiment/trials.js';
import { resumeTuning, tune, tuningPlan } from '../../src/experiment/tune.js';
import { readManifest } from '../../src/results/run-folder.js';
import { temporaryFolder } from '../e2e/command.js';

const folder = temporaryFolder();
const GRIDS = [
  'task.rounds=3', 'tuning={seeds: [77, 79], rounds: 2, validationSamples: 150}',
  'schemes=[{name: fedavg, tuning: {learningRate: [0.02, 0.1 / sqrt(round)]}}, {name: fixed, label: q, options: {bits: 6, variant: B}, tuning: {learningRate: [0.05, 0.1], options: [{bits: 3}, {bits: 5}]}}, {name: laq}]',
];
const request = (outDir: string | null, overrides: readonly string[] = GRIDS) => ({
  scenario: 'smoke', overrides, seeds: null, workers: 2, engine: 'auto', dataDir: null, outDir,
});
const hooks = { onProgress: () => {}, signal: new AbortController().signal };
const planOf = async (overrides: readonly string[] = GRIDS) => tuningPlan(await loadStudyScenario(request(null, overrides)));

describe('the study of a grid', () => {
  it('has a scheme per point with its options over those of the scheme, the seed and rounds of the tuning, and no scheme without a grid', async () => {
    const { loaded, grid } = await planOf();
    expect(loaded.resolved).toMatchObject({ seed: 77, task: { rounds: 2 }, evaluation: { on: 'validation', validationSamples: 150 }, tuning: null });
    expect(loaded.resolved.schemes.map(({ label, learningRate, options }) => [label, learningRate, options])).toMatchObject([
      ['fedavg.1', 0.02, {}], ['fedavg.2', { expression: '0.1 / sqrt(round)' }, {}],
      ['q.1', 0.05, { uplinkBits: 3, variant: 'B' }], ['q.2', 0.05, { uplinkBits: 5 }], ['q.3', 0.1, { uplinkBits: 3 }], ['q.4', 0.1, { uplinkBits: 5 }],
    ]);
    expect(grid.schemes.map(({ scheme, points }) => [scheme, points.length])).toEqual([['fedavg', 2], ['q', 4]]);
  });

  it('sees no test sample and no sample of a client, whatever the study is evaluated on', async () => {
    for (const overrides of [GRIDS, [...GRIDS, 'evaluation.on=test']]) {
      const { loaded } = await planOf(overrides);
      const study = await studyOf(loaded, request(null));
      const trials = await createTrials(study);
      const { order } = trials.create(0);
      const imagesOf = ({ count, pixels }: typeof order.dataset.train): string[] =>
        Array.from({ length: count }, (_, sample) => Buffer.from(pixels.subarray(sample * 784, (sample + 1) * 784)).toString('base64'));
      const train = imagesOf(order.dataset.train);
      const evaluated = imagesOf(order.dataset.test);
      expect([evaluated.length, order.testSamples]).toEqual([150, 150]);
      const own = new Set(order.partition.flatMap((samples) => Array.from(samples, (sample) => train[sample])));
      const tests = new Set(imagesOf(study.dataset.test));
      expect(evaluated.filter((image) => !train.includes(image) || own.has(image) || tests.has(image))).toEqual([]);
    }
  });

  it('takes the value of the scheme where a list of the grid is empty', async () => {
    const { grid } = await planOf(['tuning.seeds=[2]', 'schemes=[{name: fixed, learningRate: 0.3, options: {bits: 6}, tuning: {}}]']);
    expect(grid.schemes[0]?.points).toEqual([{ label: 'fixed.1', learningRate: 0.3, options: { bits: 6 } }]);
  });

  it.each([
    ['no section tuning', ['tuning=null', 'schemes=[{name: fedavg}]'], 'NO_TUNING'],
    ['no grid', ['tuning.seeds=[2]', 'schemes=[{name: fedavg}]'], 'NO_GRID'],
  ])('is refused with %s', async (_, overrides, code) => {
    await expect(planOf(overrides)).rejects.toMatchObject({ code, exitCode: 2 });
  });

  it.each([
    ['the seed of the study', ['tuning.seeds=[4, 1]'], 'seed 1 is the seed of the study'],
    ['a grid without a seed', ['tuning=null'], 'the grid has no seeds to be tried with'],
    ['an option that the scheme does not have', ['schemes=[{name: fixed, tuning: {options: [{bit: 3}]}}]'], 'bit'],
    ['a learning rate that is none', ['schemes=[{name: fixed, tuning: {learningRate: [0.1 / sqr(round)]}}]'], 'sqr'],
  ])('is refused with %s', async (_, overrides, problem) => {
    await expect(planOf([...GRIDS, ...overrides])).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(problem) });
  });
});

describe('a tuning', () => {
  it('ends with its choice, and with the same bytes after an interruption', async () => {
    const whole = await tune(request(join(folder, 'whole')), hooks);
    expect(whole.tuning.schemes.map(({ points }) => points.filter(({ chosen }) => chosen).length)).toEqual([1, 1]);

    const stop = new AbortController();
    const interrupted = join(folder, 'interrupted');
    const stopping = { onProgress: (event: { kind: string; scheme?: string }) => (event.scheme === 'q.2' ? stop.abort() : undefined), signal: stop.signal };
    await expect(tune(request(interrupted), stopping)).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining(`wfl-sim resume ${interrupted}`) });
    const resumed = await resumeTuning(interrupted, { workers: 1, engine: 'portable', dataDir: null }, hooks);
    expect(resumed?.tuning).toEqual(whole.tuning);
    for (const file of ['tuning.json', 'tuning.md', 'schemes.yaml', 'grid.json', 'rounds.jsonl', 'summary.json']) {
      expect(readFileSync(join(interrupted, file), 'utf8'), file).toBe(readFileSync(join(folder, 'whole', file), 'utf8'));
    }
    expect(readManifest(interrupted)).toMatchObject({ scenario: 'smoke-tuning', seeds: [77, 79], evaluatedOn: 'validation', tuning: null });
    expect(readFileSync(join(interrupted, 'summary.md'), 'utf8')).toContain('held-out training samples, not on the test samples');
  });

  it('of another run is none', async () => {
    const outDir = join(folder, 'ordinary');
    await runStudy(request(outDir, ['task.rounds=1', 'schemes=[{name: fedavg}]']), hooks);
    expect(await resumeTuning(outDir, { workers: 1, engine: 'auto', dataDir: null }, hooks)).toBeNull();
  });

  it('leaves its seed to itself: a study of that scenario does not run on it', async () => {
    await expect(prepareStudy({ ...request(null), seeds: [1, 79] })).rejects.toMatchObject({ code: 'SEED_OF_TUNING', exitCode: 2 });
    expect((await prepareStudy({ ...request(null), seeds: [1, 78] })).seeds).toEqual([1, 78]);
  });

  it('stands in the manifest and the summary of the study: what was tried, and what was taken', async () => {
    const outDir = join(folder, 'study');
    const { summary } = await runStudy(request(outDir), hooks);
    const record = {
      seeds: [77, 79], rounds: 2, validationSamples: 150, lastRounds: 3, energyJ: null, tolerance: 0.01,
      schemes: [
        { scheme: 'fedavg', learningRates: [0.02, '0.1 / sqrt(round)'], options: [{}], taken: { learningRate: 0.05, options: {} } },
        { scheme: 'q', learningRates: [0.05, 0.1], options: [{ bits: 3, variant: 'B' }, { bits: 5, variant: 'B' }], taken: { learningRate: 0.05, options: { bits: 6, variant: 'B' } } },
      ],
    };
    expect(readManifest(outDir)).toMatchObject({ tuning: record, evaluatedOn: 'test' });
    expect(summary['tuning']).toEqual(record);
    expect(summary).not.toHaveProperty('evaluatedOn');
    const markdown = readFileSync(join(outDir, 'summary.md'), 'utf8');
    expect(markdown).toContain('| q | 0.05, 0.1 | bits 3, variant B; bits 5, variant B | 0.05 | bits 6, variant B |');
  });
});

describe('evaluation on validation samples', () => {
  it('leaves the results on test samples as they are, and says so in the summary', async () => {
    const { summary } = await runStudy(request(join(folder, 'validated'), ['task.rounds=1', 'schemes=[{name: fedavg}]', 'evaluation={on: validation, validationSamples: 100}']), hooks);
    expect(summary).toMatchObject({ evaluatedOn: 'validation' });
    const oversized = prepareStudy({ ...request(null, ['task.trainSamples=300', 'evaluation={on: validation, validationSamples: 300}']) }).then(createTrials);
    await expect(oversized).rejects.toMatchObject({ code: 'VALIDATION_TOO_LARGE', exitCode: 2 });
  });
});
