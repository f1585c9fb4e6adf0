import { createChannel, type Channel } from '../channel/index.js';
import type { Scheme, SchemeWorld } from '../compression/contract.js';
import { schemeFor } from '../compression/schemes/table.js';
import { createKernel } from '../des/index.js';
import { inputError } from '../errors.js';
import { aggregations } from '../federation/aggregation.js';
import type { AsynchronousSetup } from '../federation/asynchronous.js';
import { participations } from '../federation/participation.js';
import type { FederationOptions } from '../federation/schema.js';
import type { TrialSetup } from '../federation/synchronous.js';
import { clockHz } from '../learning/clock.js';
import { cyclesPerSample, trainingCost } from '../learning/compute-cost.js';
import { initialWeights, parameterLayout } from '../learning/model.js';
import { holdOut, type Dataset } from '../learning/datasets/index.js';
import { splitAmongClients } from '../learning/partitions/index.js';
import { batteryCapacities } from '../radio/battery.js';
import { createRadio } from '../radio/index.js';
import { compileSchedule } from '../scenario/schedule.js';
import type { TrialOrder } from './orders.js';
import { plannerSetups } from './planner-setup.js';
import type { Scenario } from './scenario-schema.js';
import { trainingOf } from './scheme-training.js';
import type { Study } from './study.js';

/** What every scheme of one seed shares: data split, initial weights, channel. */
interface SeedWorld {
  /** The data set whose test half is what is evaluated on. */
  readonly dataset: Dataset;
  readonly partition: readonly Int32Array[];
  readonly initialWeights: Float32Array;
  readonly channel: Channel;
}

/** One scheme on one seed, as the federation and as the workers need it. */
export interface Trial {
  readonly setup: TrialSetup;
  readonly order: TrialOrder;
  /** Moments so far at which a client was held at a limit of the path loss model, in all schemes of the seed. */
  heldDistances(this: void): number;
}

/** Makes the trials of a study; number `index` is scheme by scheme, within a scheme seed by seed. */
export interface TrialFactory {
  readonly count: number;
  create(index: number): Trial;
}

export async function createTrials(study: Study): Promise<TrialFactory> {
  const { scenario, seeds, model } = study;
  const { training, task, evaluation } = scenario;
  const layout = parameterLayout(model);
  const rates = await Promise.all(scenario.schemes.map(({ learningRate }) => compileSchedule(learningRate ?? training.learningRate)));
  const plannerOf = await plannerSetups(scenario);
  const scopeOf = (round: number) => ({ round: round + 1, rounds: task.rounds });
  const worlds = new Map<number, SeedWorld>();

  function worldOf(seed: number): SeedWorld {
    const made = worlds.get(seed) ?? createWorld(study, seed);
    worlds.set(seed, made);
    return made;
  }

  const trials: TrialFactory = {
    count: scenario.schemes.length * seeds.length,
    create(index) {
      const position = Math.floor(index / seeds.length);
      const entry = scenario.schemes[position];
      const rateAt = rates[position];
      const seed = seeds[index % seeds.length];
      const options = trainingOf(entry, training);
      const scheme = schemeFor(entry.name, options);
      const protocol = entry.protocol ?? scenario.protocol;
      const { dataset, partition, initialWeights: start, channel } = worldOf(seed);
      const planning = scheme.planning(entry.options, layout, partition.length, training.input);
      if (planning !== null && protocol.kind === 'async') {
        throw inputError('ASYNC_PLAN', `the bit lengths of scheme "${entry.label}" are planned, and a planner plans rounds, of which its asynchronous protocol has none`, {
          expected: 'bit lengths given as numbers, or protocol.kind: synchronous',
        });
      }
      const planner = plannerOf(entry, planning);
      const world: SchemeWorld = {
        layout, seed, clients: partition.length, rounds: task.rounds, initialWeights: start, input: training.input, serverOptimizer: options.serverOptimizer,
        ...(planner.asksForLoss ? { tellsLoss: true } : {}),
      };
      const sampleCounts = partition.map(({ length }) => length);
      const batteriesJ = batteryCapacities(scenario.clients.battery, seed, partition.length);
      return {
        heldDistances: () => channel.heldDistances,
        setup: {
          key: { scheme: entry.label, schemeName: entry.name, seed },
          scheme,
          schemeOptions: entry.options,
          world,
          openRadio: (kernel, state) => createRadio(scenario.radio, { kernel, channel, clients: partition.length, dataSizes: sampleCounts, batteriesJ, ...(state === null ? {} : { state }) }),
          links: channel,
          sampleCounts,
          ...turnsOf(protocol),
          knownGain: gainKnownToServer(scenario.radio.csi, channel),
          asynchronous: asynchronousSetup(protocol, scheme, entry.options, world),
          learningRate: (round) => rateAt(scopeOf(round)),
          computeCost: computeCosts(scenario, model, { sampleCounts, passes: scheme.passes?.(entry.options) ?? 1, seed }),
          planner,
          recordPackets: scenario.results.packets,
        },
        order: {
          schemeName: entry.name, schemeOptions: entry.options, world, engine: study.engineHandle, model, dataset, partition,
          training: options, testSamples: Math.min(evaluation.on === 'test' ? task.testSamples : evaluation.validationSamples, dataset.test.count),
        },
      };
    },
  };
  // Each is made once, so that an impossible split, plan, link or option is found before a run folder is made and not hours into the study.
  for (let index = 0; index < trials.count; index++) {
    const { scheme, schemeOptions, world, openRadio } = trials.create(index).setup;
    scheme.server(schemeOptions, world);
    openRadio(createKernel(), null);
  }
  return trials;
}

/** Participants and deadline of a round; without rounds they are not asked for. */
function turnsOf(protocol: FederationOptions): Pick<TrialSetup, 'select' | 'deadlineS'> {
  if (protocol.kind === 'async') return { select: participations.find('all').create({}), deadlineS: null };
  return { select: participations.find(protocol.participation.kind).create(protocol.participation), deadlineS: protocol.deadline };
}

/** Schemes that cannot be used so have been refused with the scenario. */
function asynchronousSetup(protocol: FederationOptions, { exchanges }: Scheme, options: unknown, world: SchemeWorld): AsynchronousSetup | null {
  if (protocol.kind === 'synchronous' || exchanges === undefined) return null;
  return {
    concurrency: protocol.concurrency,
    rule: aggregations.find(protocol.aggregation.kind).create(protocol.aggregation),
    codec: exchanges.create(options, world),
  };
}

/** What the channel knowledge of the scenario tells of an uplink at a moment. */
function gainKnownToServer(csi: Scenario['radio']['csi'], channel: Channel): TrialSetup['knownGain'] {
  if (csi.kind === 'statistical') return (client, timeS) => channel.largeScaleGain(client, timeS);
  const ageS = csi.kind === 'delayed' ? csi.delay : 0;
  return (client, timeS) => channel.gain(client, 'uplink', Math.max(0, timeS - ageS));
}

function createWorld({ scenario, dataset: whole, model }: Study, seed: number): SeedWorld {
  const { clients, evaluation } = scenario;
  const { dataset, rest } = evaluation.on === 'test' ? { dataset: whole, rest: null } : holdOut(whole, evaluation.validationSamples, seed);
  const weights = initialWeights(model, seed);
  // Shared memory, so that workers read one copy.
  const shared = new Float32Array(new SharedArrayBuffer(weights.byteLength));
  shared.set(weights);
  return {
    dataset,
    partition: splitAmongClients({
      labels: rest === null ? dataset.train.labels : Uint8Array.from(rest, (sample) => dataset.train.labels[sample]),
      classes: dataset.classes,
      clients: clients.count,
      samplesPerClient: clients.samplesPerClient,
      sizes: clients.sizes,
      partition: clients.partition,
      seed,
    }).map((indices) => shareIndices(rest === null ? indices : indices.map((place) => rest[place]))),
    initialWeights: shared,
    channel: createChannel(scenario.channel, { seed, clients: clients.count }),
  };
}

function shareIndices(indices: Int32Array): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(indices.byteLength));
  shared.set(indices);
  return shared;
}

/** Duration and power of each client's local training, from the operations of the model, how many times the scheme goes through it, and the clock. */
function computeCosts({ training, compute }: Scenario, model: Study['model'], { sampleCounts, passes, seed }: Workload): TrialSetup['computeCost'] {
  const perSample = cyclesPerSample(model, compute);
  return (client, leftS) => {
    const samples = passes * samplesPerRound(training, sampleCounts[client]);
    const frequency = clockHz(compute.frequency, { seed, client, cycles: perSample * samples, leftS });
    const { durationS, energyJ } = trainingCost(perSample, samples, { frequency, kappa: compute.kappa });
    return { durationS, powerW: durationS === 0 ? 0 : energyJ / durationS };
  };
}

interface Workload {
  readonly sampleCounts: readonly number[];
  /** Times that the scheme goes through its samples. */
  readonly passes: number;
  readonly seed: number;
}

/** Samples a client trains on in one round, repetitions counted. */
export function samplesPerRound({ input, gradient, localEpochs, localSteps, batchSize }: Scenario['training'], samples: number): number {
  if (input === 'gradient') return gradient === 'full-batch' ? samples : Math.min(batchSize, samples);
  if (localSteps === null) return localEpochs * samples;
  const stepsPerEpoch = Math.ceil(samples / batchSize);
  const epochs = Math.floor(localSteps / stepsPerEpoch);
  // Only the last batch of an epoch is smaller, and the last epoch may end before it.
  return epochs * samples + (localSteps % stepsPerEpoch) * batchSize;
}
