import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RoundRow } from '../../src/results/tables.js';
import { trialsOf } from '../../src/results/target.js';
import { chooseAll, schemesYaml, type Tuning, type TuningGrid } from '../../src/results/tuning.js';
import { tuningMarkdown } from '../../src/results/tuning-table.js';
import { madeUpRounds } from './made-up-study.js';

const [template] = madeUpRounds({ rounds: 1 });
/** Rows of one point: its accuracies, and energy that grows by so much with each round. */
const rowsOf = (label: string, accuracies: readonly number[], energyJ: number): RoundRow[] =>
  accuracies.map((accuracy, round) => ({ ...template, scheme: label, round, accuracy, energy_total_j: energyJ * (round + 1) }));

const rule = { seeds: [9], rounds: 3, validationSamples: 500, lastRounds: 1, energyJ: null, tolerance: 0 };
const gridOf = (points: number, change: Partial<TuningGrid['rule']> = {}): TuningGrid => ({
  scenario: 'made-up',
  rule: { ...rule, ...change },
  schemes: [{
    scheme: 'q',
    entry: { name: 'fixed', label: 'q', learningRate: 1, options: { bits: 2 } },
    points: Array.from({ length: points }, (_, index) => ({ label: `q.${index + 1}`, learningRate: (index + 1) / 10, options: { bits: index + 2 } })),
  }],
});
const chosenOf = ({ schemes }: Tuning): (string | undefined)[] => schemes.map(({ points }) => points.find(({ chosen }) => chosen)?.label);
const choiceOf = (grid: TuningGrid, rows: readonly RoundRow[], diverged: readonly string[] = []): string | undefined =>
  chosenOf(chooseAll(grid, trialsOf(rows), diverged.map((scheme) => ({ scheme, seed: 9, rounds: 3, code: 'TRAINING_DIVERGED', problem: 'it is NaN.' }))))[0];

describe('the choice of a tuning', () => {
  const rows = [...rowsOf('q.1', [0.3, 0.8, 0.6], 1), ...rowsOf('q.2', [0.3, 0.65, 0.7], 5), ...rowsOf('q.3', [0.2, 0.5, 0.695], 2)];

  it('is the point that is most accurate at its end', () => {
    expect(choiceOf(gridOf(3), rows)).toBe('q.2');
  });

  it('takes the mean of the last rounds', () => {
    expect(choiceOf(gridOf(3, { lastRounds: 2 }), rows)).toBe('q.1');
  });

  it('takes the cheapest of the points within the tolerance of the best', () => {
    expect(choiceOf(gridOf(3, { tolerance: 0.004 }), rows)).toBe('q.2');
    expect(choiceOf(gridOf(3, { tolerance: 0.006 }), rows)).toBe('q.3');
    expect(choiceOf(gridOf(3, { tolerance: 0.2 }), rows)).toBe('q.1');
  });

  it('compares at one energy where the rule has one, and not what is never within it', () => {
    expect(choiceOf(gridOf(3, { energyJ: 4.5 }), rows)).toBe('q.1');
    expect(choiceOf(gridOf(3, { energyJ: 2.5 }), rows)).toBe('q.1');
    expect(choiceOf(gridOf(3, { energyJ: 0.5 }), rows)).toBeUndefined();
  });

  it('is never a point that diverged, and is not made where all did', () => {
    expect(choiceOf(gridOf(3), rows, ['q.2'])).toBe('q.3');
    expect(choiceOf(gridOf(3), rows, ['q.1', 'q.2', 'q.3'])).toBeUndefined();
    expect(choiceOf(gridOf(3), [])).toBeUndefined();
  });

  it('is by the mean over the seeds, and never what diverged with one of them', () => {
    const both = [...rows, ...rows.map((row) => ({ ...row, seed: 10, accuracy: row.scheme === 'q.3' ? row.accuracy + 0.1 : row.accuracy }))]
      .map((row) => (row.seed === 10 ? row : { ...row, seed: 9 }));
    const grid = gridOf(3, { seeds: [9, 10] });
    expect(choiceOf(grid, both)).toBe('q.3');
    expect(choiceOf(grid, both, ['q.3'])).toBe('q.2');
    expect(choiceOf(grid, both.filter(({ scheme, seed }) => scheme !== 'q.3' || seed === 9))).toBe('q.2');
  });

  it('between points of equal energy is the more accurate, then the smaller learning rate, then the first', () => {
    const equal = [...rowsOf('q.1', [0.6], 1), ...rowsOf('q.2', [0.61], 0.99), ...rowsOf('q.3', [0.61], 1)];
    const grid = gridOf(3, { tolerance: 0.1 });
    expect(choiceOf(grid, equal)).toBe('q.2');
    const withRates = (rates: readonly number[]): TuningGrid =>
      ({ ...grid, schemes: [{ ...grid.schemes[0], points: grid.schemes[0].points.map((point, index) => ({ ...point, learningRate: rates[index] })) }] });
    expect(choiceOf(withRates([0.1, 0.2, 0.05]), equal)).toBe('q.3');
    expect(choiceOf(withRates([0.1, 0.1, 0.1]), equal)).toBe('q.2');
  });

  it('says where its learning rate is at an end of the grid', () => {
    const endOf = (best: number): unknown =>
      chooseAll(gridOf(3), trialsOf([1, 2, 3].flatMap((point) => rowsOf(`q.${point}`, [point === best ? 0.9 : 0.5], 1))), []).schemes[0]?.learningRateAtEnd;
    expect([endOf(1), endOf(2), endOf(3)]).toEqual(['smallest', null, 'largest']);
    expect(chooseAll(gridOf(1), trialsOf(rowsOf('q.1', [0.5], 1)), []).schemes[0]?.learningRateAtEnd).toBeNull();
  });

  it('is written as entries of a scenario, and as a table of every point', () => {
    const grid = gridOf(3);
    const tuning = chooseAll(grid, trialsOf(rows), [{ scheme: 'q.1', seed: 9, rounds: 3, code: 'TRAINING_DIVERGED', problem: 'it is NaN.' }]);
    expect(parse(schemesYaml(grid, tuning))).toEqual({ schemes: [{ name: 'fixed', label: 'q', learningRate: 0.2, options: { bits: 3 } }] });
    const markdown = tuningMarkdown(tuning);
    expect(markdown).toContain('Chosen with seed 9 by the accuracy on 500 held-out training samples after 3 rounds. No test sample');
    expect(markdown).toContain('| q | 0.1 | bits 2 | diverged |  |  |  |');
    expect(markdown).toContain('| q | 0.2 | bits 3 | 70.0 | 70.0 | 15.00 | chosen |');
  });

  it('leaves the entry of a scheme without a choice as it was', () => {
    const grid = gridOf(1);
    const tuning = chooseAll(grid, [], []);
    expect(parse(schemesYaml(grid, tuning))).toEqual({ schemes: [grid.schemes[0]?.entry] });
    expect(tuningMarkdown(tuning)).toContain('Nothing could be chosen for q.');
  });
});
