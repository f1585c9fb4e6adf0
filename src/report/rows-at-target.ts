import type { RoundRow, Row } from '../results/tables.js';
import { roundAtTarget, trialsOf } from '../results/target.js';

/**
 * One row per scheme and seed: that of the round in which the target accuracy was reached, as the summary
 * has it. A trial that did not reach it has its last row, with null in the drawn columns; nothing where no trial did.
 */
export function rowsAtTarget(rounds: Iterable<RoundRow>, target: number, drawnColumns: readonly string[]): Row[] {
  const trials = trialsOf(rounds).map((trial) => ({ last: trial.rows[trial.rows.length - 1], reached: roundAtTarget(trial, target) }));
  if (trials.every(({ reached }) => reached === null)) return [];
  const missing = Object.fromEntries(drawnColumns.map((column) => [column, null]));
  return trials.map(({ last, reached }) => reached ?? { ...last, ...missing });
}
