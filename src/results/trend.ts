import { linearRegression, mean } from 'simple-statistics';
import { studentTQuantile } from '../numerics/index.js';
import { interval95, UPPER_TAIL_AT, type Interval } from './statistics.js';
import type { RoundRow } from './tables.js';
import type { Trial } from './target.js';

/** What a planner reacts to and what it decides, whose course over the rounds tells whether it does what its theory says. */
export const TREND_COLUMNS = [
  'uplink_bit_length_mean', 'downlink_bit_length', 'uplink_range_mean', 'downlink_range', 'uplink_unit_energy_j', 'downlink_unit_energy_j',
] as const satisfies readonly (keyof RoundRow)[];
export type TrendColumn = (typeof TREND_COLUMNS)[number];

export interface Trend {
  readonly scheme: string;
  readonly column: TrendColumn;
  /** Change per round of the straight line of least squares; the mean over seeds. */
  readonly perRound: number;
  /**
   * 95 % t interval: of the slopes of the seeds where several ran, else of the one slope under
   * independent residuals, which is too narrow where neighbouring rounds resemble each other.
   */
  readonly interval: Interval | null;
}

/** Slopes over the rounds of every planned scheme. Round 0 is left out: nothing is known yet when it is planned. */
export function trendsOf(trials: readonly Trial[]): Trend[] {
  const schemes = [...new Set(trials.map(({ scheme }) => scheme))];
  return schemes.flatMap((scheme) => {
    const planned = trials.filter((trial) => trial.scheme === scheme && trial.rows.some((row) => row.planned_energy_j !== null));
    return TREND_COLUMNS.flatMap((column) => {
      const lines = planned.map((trial) => fitLine(trial.rows, column)).filter((line) => line !== null);
      if (lines.length === 0) return [];
      const slopes = lines.map(({ slope }) => slope);
      return [{ scheme, column, perRound: mean(slopes), interval: lines.length > 1 ? interval95(slopes) : lines[0].interval }];
    });
  });
}

function fitLine(rows: readonly RoundRow[], column: TrendColumn): { slope: number; interval: Interval | null } | null {
  const points: [number, number][] = [];
  for (const row of rows) {
    const value = row[column];
    if (row.round > 0 && value !== null) points.push([row.round, value]);
  }
  if (points.length < 2) return null;
  const { m: slope, b: intercept } = linearRegression(points);
  const degreesOfFreedom = points.length - 2;
  if (degreesOfFreedom === 0) return { slope, interval: null };
  const centre = mean(points.map(([round]) => round));
  const sumOf = (term: (round: number, value: number) => number): number => points.reduce((sum, [round, value]) => sum + term(round, value), 0);
  const residualSquares = sumOf((round, value) => (value - intercept - slope * round) * (value - intercept - slope * round));
  const roundSquares = sumOf((round) => (round - centre) * (round - centre));
  const halfWidth = studentTQuantile(UPPER_TAIL_AT, degreesOfFreedom) * Math.sqrt(residualSquares / degreesOfFreedom / roundSquares);
  return { slope, interval: { low: slope - halfWidth, high: slope + halfWidth } };
}
