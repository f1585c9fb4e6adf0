import { trainingsPerRound } from '../federation/schema.js';
import { batchMax, localTraining } from '../learning/training/index.js';
import { stream } from '../random/index.js';
import type { DryRun, RunRequest } from './contract.js';
import { prepareStudy, type Study } from './study.js';
import { createTrials, samplesPerRound } from './trials.js';

/** Enough local training to be timed, after as much to warm up. */
const TIMED_SAMPLES = 1000;

/**
 * What a run would do and about how long it would take: the request is checked like a run's, and
 * one client is trained for a moment. Evaluation and radio are taken to cost as much again as a
 * third of the training, which is what they come to in the scenarios of this package. Where the
 * channel or the batteries choose who takes part, as many as may are counted.
 *
 * @param now wall-clock seconds, from any start
 */
export async function dryRun(request: Omit<RunRequest, 'outDir'>, now: () => number): Promise<DryRun> {
  return dryRunOf(await prepareStudy(request), now);
}

/** The same for a study that is prepared already. */
export async function dryRunOf(study: Study, now: () => number): Promise<DryRun> {
  const { scenario, seeds, dataset, model, engine, workers } = study;
  const trials = await createTrials(study);
  const { order, setup } = trials.create(0);
  const { training, task } = scenario;
  const network = engine.load(model, batchMax(training.batchSize));
  const indices = Int32Array.from({ length: Math.min(TIMED_SAMPLES, dataset.train.count) }, (_, index) => index);
  const options = { ...training, input: 'update' as const, localEpochs: 1, localSteps: null, learningRate: 0 };
  const train = (): number =>
    localTraining({ network, dataset, indices, start: order.world.initialWeights, options, stream: stream(0, 'dry-run'), client: 0, round: 0 }).samples;
  train();
  const start = now();
  const secondsPerSample = train() === 0 ? 0 : (now() - start) / indices.length;
  const perClient = setup.sampleCounts.reduce((sum, count) => sum + samplesPerRound(training, count), 0) / setup.sampleCounts.length;
  const trainings = scenario.schemes.reduce((sum, { protocol }) => sum + trainingsPerRound(protocol ?? scenario.protocol, setup.sampleCounts.length), 0);
  const samples = Math.round(perClient * trainings * task.rounds * seeds.length);
  return {
    scenario: study.loaded.name,
    engine: engine.name,
    workers,
    seeds,
    schemes: scenario.schemes.map(({ label }) => label),
    kinds: kindsOf(scenario.schemes),
    rounds: task.rounds,
    samples,
    estimatedTimeS: ((4 / 3) * samples * secondsPerSample) / workers,
  };
}

function kindsOf(schemes: readonly { readonly name: string; readonly label: string }[]): DryRun['kinds'] {
  const names = [...new Set(schemes.map(({ name }) => name))];
  return names.map((name) => {
    const own = schemes.filter((scheme) => scheme.name === name);
    return { name: own.length === 1 ? own[0].label : name, count: own.length };
  });
}
