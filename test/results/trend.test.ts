import { describe, expect, it } from 'vitest';
import { trialsOf } from '../../src/results/target.js';
import { trendsOf } from '../../src/results/trend.js';
import type { RoundRow } from '../../src/results/tables.js';
import { madeUpRounds } from './made-up-study.js';

const [template] = madeUpRounds({ rounds: 1 });
const planned = (values: readonly (number | null)[], seed = 1): RoundRow[] =>
  values.map((value, round) => ({ ...template, seed, round, planned_energy_j: 1, uplink_bit_length_mean: value, downlink_bit_length: null }));
const uplink = (rows: readonly RoundRow[]) => trendsOf(trialsOf(rows)).find(({ column }) => column === 'uplink_bit_length_mean');

describe('the trend of a planned scheme', () => {
  it('is the slope of least squares without round 0, with its t interval', () => {
    const trend = uplink(planned([16, 8, 7.5, 6.8, 6.1, 5.2]));
    // Slope -0.7; residual sum of squares 0.048, standard error sqrt(0.048 / 3 / 10), t(0.975, 3) = 3.182446.
    expect(trend?.perRound).toBeCloseTo(-0.7, 12);
    expect(trend?.interval?.low).toBeCloseTo(-0.7 - 3.182446 * Math.sqrt(0.048 / 30), 6);
    expect(trend?.interval?.high).toBeCloseTo(-0.7 + 3.182446 * Math.sqrt(0.048 / 30), 6);
  });

  it('over several seeds is the mean slope with the interval of the slopes', () => {
    const trend = uplink([...planned([0, 8, 7, 6], 1), ...planned([0, 8, 8, 8], 2)]);
    expect(trend?.perRound).toBeCloseTo(-0.5, 12);
    expect(trend?.interval?.high).toBeCloseTo(-0.5 + 12.7062047 * 0.5, 6);
  });

  it('has no interval for two rounds and does not exist for fewer', () => {
    expect(uplink(planned([9, 8, 7]))).toMatchObject({ perRound: -1, interval: null });
    expect(uplink(planned([9, 8, null]))).toBeUndefined();
  });

  it('is of schemes that plan only', () => {
    expect(trendsOf(trialsOf(madeUpRounds())).map(({ scheme }) => scheme)).toEqual(Array.from({ length: 6 }, () => 'FedAQ, planned bits within 4 J per round'));
  });
});
