import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { inputError } from '../errors.js';
import { readDivergences, type Divergence } from './divergence.js';
import { readRows } from './reader.js';
import { tableFile, toJson } from './run-folder.js';
import { mean } from './statistics.js';
import { TABLES, type RoundRow } from './tables.js';
import { trialsOf, type Trial } from './target.js';
import { tuningMarkdown } from './tuning-table.js';
import { learningRateSchema, optionsSchema, ruleSchema, type TuningRule } from './tuning-record.js';
import { writeFileAtomically } from './writer.js';

/** The files of a tuning, in its run folder beside those of any run. */
export const TUNING_FILES = { grid: 'grid.json', results: 'tuning.json', markdown: 'tuning.md', schemes: 'schemes.yaml' } as const;

const pointSchema = z.strictObject({
  /** Label of the point in the tables of the run. */
  label: z.string(),
  learningRate: learningRateSchema,
  options: optionsSchema,
});

const gridFileSchema = z.strictObject({
  scenario: z.string(),
  rule: ruleSchema,
  schemes: z.array(z.strictObject({
    /** Label in the scenario. */
    scheme: z.string(),
    /** The scheme's entry in the scenario, without its grid. */
    entry: z.record(z.string(), z.unknown()),
    points: z.array(pointSchema).min(1),
  })),
});
/** What a tuning tries: written before it starts, so that it can be taken up again. */
export type TuningGrid = Readonly<z.infer<typeof gridFileSchema>>;
export type GridPoint = Readonly<z.infer<typeof pointSchema>>;

/** A point of a grid and what became of it. */
export interface TriedPoint extends GridPoint {
  /** By the rule; null where training diverged with some seed, or no round was within the energy. */
  readonly accuracy: number | null;
  readonly bestAccuracy: number | null;
  /** Of all clients, up to the last round that counts. */
  readonly energyJ: number | null;
  readonly diverged: boolean;
  readonly chosen: boolean;
}

export interface TunedScheme {
  readonly scheme: string;
  readonly points: readonly TriedPoint[];
  /** Whether the chosen learning rate is the smallest or largest of several: then a wider grid may hold a better one. */
  readonly learningRateAtEnd: 'smallest' | 'largest' | null;
}

/** What a tuning came to: a function of its rows and its grid alone. */
export interface Tuning {
  readonly scenario: string;
  readonly rule: TuningRule;
  readonly schemes: readonly TunedScheme[];
}

export const gridText = (grid: TuningGrid): string => toJson(grid);

/** The grid of a tuning's run folder; null where the folder is that of another run. */
export function readGrid(runDir: string): TuningGrid | null {
  const file = join(runDir, TUNING_FILES.grid);
  if (!existsSync(file)) return null;
  try {
    return gridFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw inputError('BAD_GRID', 'the grid of the tuning cannot be read', { place: { file }, expected: 'a grid as this version of wfl-sim writes it', cause });
  }
}

/** Chooses from the rows of a tuning that has run, and writes its results. */
export function concludeTuning(runDir: string, grid: TuningGrid): Tuning {
  const trials = trialsOf(readRows(TABLES.rounds, tableFile(runDir, 'rounds')));
  const tuning = chooseAll(grid, trials, readDivergences(runDir));
  writeFileAtomically(join(runDir, TUNING_FILES.results), toJson(tuning));
  writeFileAtomically(join(runDir, TUNING_FILES.markdown), tuningMarkdown(tuning));
  writeFileAtomically(join(runDir, TUNING_FILES.schemes), schemesYaml(grid, tuning));
  return tuning;
}

export function chooseAll({ scenario, rule, schemes }: TuningGrid, trials: readonly Trial[], divergences: readonly Divergence[]): Tuning {
  return {
    scenario,
    rule,
    schemes: schemes.map(({ scheme, points }) => {
      const tried = points.map((point) => {
        const own = trials.filter((trial) => trial.scheme === point.label);
        return scored(point, rule, own, divergences.some((divergence) => divergence.scheme === point.label));
      });
      const chosen = choose(tried, rule.tolerance);
      return {
        scheme,
        points: tried.map((point) => ({ ...point, chosen: point === chosen })),
        learningRateAtEnd: chosen === null ? null : endOf(chosen, points),
      };
    }),
  };
}

type ScoredPoint = Omit<TriedPoint, 'chosen'>;

/** Means over the seeds; a point that comes to nothing with one of them comes to nothing. */
function scored(point: GridPoint, { seeds, energyJ, lastRounds }: TuningRule, trials: readonly Trial[], diverged: boolean): ScoredPoint {
  const counted = trials.map(({ rows }) => (energyJ === null ? rows : rows.filter((row) => row.energy_total_j <= energyJ)));
  if (diverged || counted.length < seeds.length || counted.some((rows) => rows.length === 0)) {
    return { ...point, accuracy: null, bestAccuracy: null, energyJ: null, diverged };
  }
  const overSeeds = (of: (rows: readonly RoundRow[]) => number): number => mean(counted.map(of));
  return {
    ...point,
    accuracy: overSeeds((rows) => mean(rows.slice(-lastRounds).map(({ accuracy }) => accuracy))),
    bestAccuracy: overSeeds((rows) => Math.max(...rows.map(({ accuracy }) => accuracy))),
    energyJ: overSeeds((rows) => rows[rows.length - 1].energy_total_j),
    diverged,
  };
}

/** Energies no further apart than this part are equal: entropy codes make messages of one kind differ by so much. */
const EQUAL_ENERGIES = 0.02;

/**
 * Of the points within the tolerance of the best, those of least energy; of these the most accurate,
 * then the one of the smallest learning rate, then the first.
 */
function choose(points: readonly ScoredPoint[], tolerance: number): ScoredPoint | null {
  const valid = points.flatMap((point) => (point.accuracy === null || point.energyJ === null ? [] : [{ point, accuracy: point.accuracy, energyJ: point.energyJ }]));
  const best = Math.max(...valid.map(({ accuracy }) => accuracy));
  const good = valid.filter(({ accuracy }) => accuracy >= best - tolerance);
  const leastJ = Math.min(...good.map(({ energyJ }) => energyJ));
  const cheap = good.filter(({ energyJ }) => energyJ <= leastJ * (1 + EQUAL_ENERGIES));
  return cheap.toSorted((a, b) => b.accuracy - a.accuracy || sizeOfRate(a.point) - sizeOfRate(b.point)).at(0)?.point ?? null;
}

/** An expression of the round has no size: it comes after the numbers. */
const sizeOfRate = ({ learningRate }: GridPoint): number => (typeof learningRate === 'number' ? learningRate : Number.MAX_VALUE);

function endOf(chosen: ScoredPoint, points: readonly GridPoint[]): TunedScheme['learningRateAtEnd'] {
  const rates = points.map(({ learningRate }) => learningRate).filter((rate) => typeof rate === 'number');
  const [smallest, largest] = [Math.min(...rates), Math.max(...rates)];
  if (smallest === largest || typeof chosen.learningRate !== 'number') return null;
  if (chosen.learningRate === smallest) return 'smallest';
  return chosen.learningRate === largest ? 'largest' : null;
}

/** The entries of `schemes:` with the chosen values, ready for the scenario; a scheme without a choice stays as it was. */
export function schemesYaml({ schemes }: TuningGrid, tuning: Tuning): string {
  const entries = schemes.map(({ scheme, entry }) => {
    const { name, learningRate: _, options: __, ...rest } = entry;
    const chosen = tuning.schemes.find((tuned) => tuned.scheme === scheme)?.points.find((point) => point.chosen);
    if (chosen === undefined) return entry;
    const { learningRate, options } = chosen;
    return { name, ...rest, learningRate, ...(Object.keys(options).length === 0 ? {} : { options }) };
  });
  return stringify({ schemes: entries }, { lineWidth: 0, collectionStyle: 'block' });
}
