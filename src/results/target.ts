import { mean } from './statistics.js';
import type { RoundRow } from './tables.js';

/** The accuracy whose price is compared, and where it comes from. */
export interface AccuracyTarget {
  readonly accuracy: number;
  /** `scenario`: given; `fedavg`: 95 % of FedAvg's best; `best-scheme`: 95 % of the best scheme's best, where FedAvg is not in the study. */
  readonly basis: 'scenario' | 'fedavg' | 'best-scheme';
}

/** One scheme with one seed, in order of rounds. */
export interface Trial {
  readonly scheme: string;
  readonly schemeName: string;
  readonly seed: number;
  readonly rows: readonly RoundRow[];
}

/** Share of the reference's best accuracy that is asked of all. */
const SHARE_OF_BEST = 0.95;
const REFERENCE_SCHEME = 'fedavg';

/** Groups rows into trials, in the order in which the trials appear. */
export function trialsOf(rows: Iterable<RoundRow>): Trial[] {
  const trials = new Map<string, Trial & { rows: RoundRow[] }>();
  for (const row of rows) {
    const key = JSON.stringify([row.scheme, row.seed]);
    const trial = trials.get(key);
    if (trial === undefined) trials.set(key, { scheme: row.scheme, schemeName: row.scheme_name, seed: row.seed, rows: [row] });
    else trial.rows.push(row);
  }
  return [...trials.values()];
}

/** The best accuracy of a trial; negative infinity where it has no rounds. */
export const bestAccuracy = (trial: Trial): number => trial.rows.reduce((best, row) => Math.max(best, row.accuracy), -Infinity);

/**
 * The target of a study: the scenario's, or 95 % of the best accuracy of FedAvg. Over several seeds
 * the best accuracies are averaged, so that all seeds are held to the same target.
 */
export function accuracyTarget(trials: readonly Trial[], given: number | null): AccuracyTarget {
  if (given !== null) return { accuracy: given, basis: 'scenario' };
  const reference = trials.find((trial) => trial.schemeName === REFERENCE_SCHEME)?.scheme;
  if (reference !== undefined) return { accuracy: SHARE_OF_BEST * meanBest(trials, reference), basis: 'fedavg' };
  const labels = [...new Set(trials.map((trial) => trial.scheme))];
  return { accuracy: SHARE_OF_BEST * Math.max(...labels.map((label) => meanBest(trials, label))), basis: 'best-scheme' };
}

const meanBest = (trials: readonly Trial[], scheme: string): number =>
  mean(trials.filter((trial) => trial.scheme === scheme).map(bestAccuracy));

/** The first of two consecutive rounds at or above the target, or null where there are none: a single lucky round does not count. */
export function roundAtTarget({ rows }: Trial, target: number): RoundRow | null {
  return rows.find((row, index) => row.accuracy >= target && (rows[index + 1]?.accuracy ?? -Infinity) >= target) ?? null;
}
