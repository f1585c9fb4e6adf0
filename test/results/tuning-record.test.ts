import { describe, expect, it } from 'vitest';
import { describeOptions, describeRule } from '../../src/results/tuning-record.js';

const rule = { seeds: [9], rounds: 20, validationSamples: 500, lastRounds: 1, energyJ: null, tolerance: 0 };

describe('the rule of a tuning', () => {
  it('is told in a sentence', () => {
    expect(describeRule(rule)).toBe('Chosen with seed 9 by the accuracy on 500 held-out training samples after 20 rounds. No test sample had a part in it.');
    expect(describeRule({ ...rule, lastRounds: 3, energyJ: 12.5, tolerance: 0.01 })).toBe(
      'Chosen with seed 9 by the accuracy on 500 held-out training samples where all clients together have spent 12.5 J, within 20 rounds, mean of the last 3 rounds; ' +
        'of what is within 1 percentage point of the best, what takes least energy, and there the most accurate. No test sample had a part in it.',
    );
    expect(describeRule({ ...rule, seeds: [9, 10] })).toMatch(/^Chosen with seeds 9, 10 by/);
    expect(describeRule({ ...rule, tolerance: 0.07 })).toContain('within 7 percentage points');
  });
});

describe('a set of options', () => {
  it('is told without the signs of JSON that people need not see', () => {
    expect(describeOptions({})).toBe('defaults');
    expect(describeOptions({ bits: 4, ratio: '5 %', uplink: [{ 'top-k': { ratio: '5 %' } }, { entropy: 'rans' }] })).toBe(
      'bits 4, ratio 5 %, uplink [{top-k:{ratio:5 %}},{entropy:rans}]',
    );
  });
});
