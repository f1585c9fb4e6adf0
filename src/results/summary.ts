import { inputError } from '../errors.js';
import type { BatteryRecord } from './batteries.js';
import type { Divergence } from './divergence.js';
import { writeFileAtomically } from './writer.js';
import { runFile, toJson } from './run-folder.js';
import { interval95, mean, type Interval } from './statistics.js';
import { summaryMarkdown } from './summary-table.js';
import type { RoundRow } from './tables.js';
import { accuracyTarget, bestAccuracy, roundAtTarget, trialsOf, type AccuracyTarget, type Trial } from './target.js';
import type { TuningRecord } from './tuning-record.js';

/** What is said of a scheme: totals over the run and over all clients. */
export interface SchemeFigures<Value> {
  readonly rounds: Value;
  readonly finalAccuracy: Value;
  readonly bestAccuracy: Value;
  readonly finalLoss: Value;
  /** Payload bits. */
  readonly uplinkBits: Value;
  readonly downlinkBits: Value;
  readonly packets: Value;
  readonly retransmissions: Value;
  readonly energyJ: Readonly<Record<'transmit' | 'receive' | 'compute' | 'idle' | 'sleep' | 'total', Value>>;
  readonly baseStationEnergyJ: Value;
  readonly timeS: Value;
  /** All client energy to the end of the round in which the target was reached; null where it was not reached (in every seed). */
  readonly energyToTargetJ: Value | null;
  /** Of that, transmit and receive. */
  readonly communicationEnergyToTargetJ: Value | null;
  readonly timeToTargetS: Value | null;
}

/** `name` is the label of the scheme in the scenario. */
export type SchemeSummary = { readonly name: string } & SchemeFigures<number>;
export type SchemeIntervals = { readonly name: string; readonly seedsAtTarget: number } & SchemeFigures<Interval | null>;

/**
 * The summary of a run, a function of its rows alone: no clock, machine, engine or folder, so that
 * an interrupted and an uninterrupted run write the same bytes. With one seed `schemes` is of that
 * seed; with several it holds means, `intervals` their 95 % t intervals, and `perSeed` each seed.
 */
export interface Summary {
  readonly scenario: string;
  /** The first seed. */
  readonly seed: number;
  readonly target: AccuracyTarget;
  readonly schemes: readonly SchemeSummary[];
  /** Accuracy is that on held-out training samples. Absent where it is that on the test samples. */
  readonly evaluatedOn?: 'validation';
  /** Schemes whose training diverged; their figures end before that. Absent where none did. */
  readonly divergences?: readonly Divergence[];
  /** Trials in which batteries were empty. Absent where none was. */
  readonly batteries?: readonly BatteryRecord[];
  /** How the options of the schemes were chosen, where the scenario says so. */
  readonly tuning?: TuningRecord;
  readonly seeds?: readonly number[];
  readonly intervals?: readonly SchemeIntervals[];
  readonly perSeed?: readonly { readonly seed: number; readonly schemes: readonly SchemeSummary[] }[];
}

export interface SummaryContext {
  readonly scenario: string;
  /** The scenario's target, or null where it is derived. */
  readonly accuracyTarget: number | null;
  readonly evaluatedOn: 'test' | 'validation';
  readonly tuning: TuningRecord | null;
  readonly divergences: readonly Divergence[];
  /** Trials in which batteries were empty. */
  readonly batteries?: readonly BatteryRecord[];
}

/** Summarises the rows of `rounds`, which may end early where the run was interrupted; an input error where there are none. */
export function summarise(rows: Iterable<RoundRow>, context: SummaryContext): Summary {
  const trials = trialsOf(rows);
  if (trials.length === 0) throw inputError('NO_COMPLETE_ROUND', 'the run has no complete round yet, so there is nothing to summarise');
  const seeds = [...new Set(trials.map((trial) => trial.seed))];
  const target = accuracyTarget(trials, context.accuracyTarget);
  const bySeed = seeds.map((seed) => ({
    seed,
    schemes: trials.filter((trial) => trial.seed === seed).map((trial) => summaryOfTrial(trial, target.accuracy)),
  }));
  const { scenario, evaluatedOn, divergences, tuning, batteries = [] } = context;
  const tail = {
    ...(evaluatedOn === 'test' ? {} : { evaluatedOn }),
    ...(divergences.length === 0 ? {} : { divergences }),
    ...(batteries.length === 0 ? {} : { batteries }),
    ...(tuning === null ? {} : { tuning }),
  };
  const head = { scenario, seed: seeds[0], target };
  if (seeds.length <= 1) return { ...head, schemes: bySeed[0].schemes, ...tail };

  const labels = [...new Set(trials.map((trial) => trial.scheme))];
  const ofLabel = (label: string): SchemeSummary[] => bySeed.flatMap(({ schemes }) => schemes.filter(({ name }) => name === label));
  return {
    ...head,
    schemes: labels.map((name) => ({ name, ...overSeeds(ofLabel(name), seeds.length, mean) })),
    seeds,
    intervals: labels.map((name) => ({ name, seedsAtTarget: reached(ofLabel(name)).length, ...overSeeds(ofLabel(name), seeds.length, interval95) })),
    perSeed: bySeed,
    ...tail,
  };
}

/** Writes `summary.json` and `summary.md` of a run. */
export function writeSummary(runDir: string, summary: Summary): void {
  writeFileAtomically(runFile(runDir, 'summary'), toJson(summary));
  writeFileAtomically(runFile(runDir, 'summaryMarkdown'), summaryMarkdown(summary));
}

const reached = (summaries: readonly SchemeSummary[]): SchemeSummary[] => summaries.filter(({ timeToTargetS }) => timeToTargetS !== null);
const sum = (rows: readonly RoundRow[], of: (row: RoundRow) => number): number => rows.reduce((total, row) => total + of(row), 0);

function summaryOfTrial(trial: Trial, target: number): SchemeSummary {
  const { rows } = trial;
  const last = rows[rows.length - 1];
  const atTarget = roundAtTarget(trial, target);
  return {
    name: trial.scheme,
    rounds: rows.length,
    finalAccuracy: last.accuracy,
    bestAccuracy: bestAccuracy(trial),
    finalLoss: last.loss,
    uplinkBits: sum(rows, (row) => row.uplink_bits),
    downlinkBits: sum(rows, (row) => row.downlink_bits),
    packets: sum(rows, (row) => row.packets),
    retransmissions: sum(rows, (row) => row.retransmissions),
    energyJ: {
      transmit: last.energy_transmit_j,
      receive: last.energy_receive_j,
      compute: last.energy_compute_j,
      idle: last.energy_idle_j,
      sleep: last.energy_sleep_j,
      total: last.energy_total_j,
    },
    baseStationEnergyJ: last.base_station_energy_j,
    timeS: last.sim_time_s,
    energyToTargetJ: atTarget?.energy_total_j ?? null,
    communicationEnergyToTargetJ: atTarget?.communication_energy_j ?? null,
    timeToTargetS: atTarget?.sim_time_s ?? null,
  };
}

/**
 * Combines each figure over seeds; a figure to the target only where every seed of the study reached it (one
 * that diverged in its first round has no summary), since the rest would be a biased sample.
 */
function overSeeds<Value>(seeds: readonly SchemeSummary[], seedCount: number, combine: (values: readonly number[]) => Value): SchemeFigures<Value> {
  const of = (figure: (summary: SchemeSummary) => number): Value => combine(seeds.map(figure));
  const ifReached = (figure: (summary: SchemeSummary) => number | null): Value | null => {
    const values = seeds.map(figure).filter((value) => value !== null);
    return values.length === seedCount ? combine(values) : null;
  };
  return {
    rounds: of((s) => s.rounds),
    finalAccuracy: of((s) => s.finalAccuracy),
    bestAccuracy: of((s) => s.bestAccuracy),
    finalLoss: of((s) => s.finalLoss),
    uplinkBits: of((s) => s.uplinkBits),
    downlinkBits: of((s) => s.downlinkBits),
    packets: of((s) => s.packets),
    retransmissions: of((s) => s.retransmissions),
    energyJ: {
      transmit: of((s) => s.energyJ.transmit),
      receive: of((s) => s.energyJ.receive),
      compute: of((s) => s.energyJ.compute),
      idle: of((s) => s.energyJ.idle),
      sleep: of((s) => s.energyJ.sleep),
      total: of((s) => s.energyJ.total),
    },
    baseStationEnergyJ: of((s) => s.baseStationEnergyJ),
    timeS: of((s) => s.timeS),
    energyToTargetJ: ifReached((s) => s.energyToTargetJ),
    communicationEnergyToTargetJ: ifReached((s) => s.communicationEnergyToTargetJ),
    timeToTargetS: ifReached((s) => s.timeToTargetS),
  };
}
