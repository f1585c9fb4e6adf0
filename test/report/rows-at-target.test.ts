import { describe, expect, it } from 'vitest';
import { rowsAtTarget } from '../../src/report/rows-at-target.js';
import { madeUpRounds, MADE_UP_SCHEMES } from '../results/made-up-study.js';

const rounds = madeUpRounds({ seeds: [1], rounds: 3, schemes: MADE_UP_SCHEMES.slice(0, 2) });
/** The first scheme reaches 0.8 in its second round and stays there, the second in its last round only. */
const accuracies = [0.5, 0.8, 0.9, 0.5, 0.6, 0.9];
const rows = rounds.map((row, index) => ({ ...row, accuracy: accuracies[index] }));

describe('the rows at the target', () => {
  it('are those of the first of two consecutive rounds there, as in the summary', () => {
    expect(rowsAtTarget(rows, 0.8, ['energy_total_j'])[0]).toEqual(rows[1]);
  });

  it('have null in the drawn columns where the target was not reached', () => {
    expect(rowsAtTarget(rows, 0.8, ['energy_total_j'])[1]).toEqual({ ...rows[5], energy_total_j: null });
  });

  it('are none where nothing reached the target', () => {
    expect(rowsAtTarget(rows, 0.95, ['energy_total_j'])).toEqual([]);
  });
});
