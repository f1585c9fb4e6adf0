import { describe, expect, it } from 'vitest';
import { interval95 } from '../../src/results/statistics.js';

describe('the 95 % interval of a mean', () => {
  it("agrees with Student's own additional hours of sleep (R: t.test(sleep$extra[11:20]))", () => {
    const extraHours = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    const { low, high } = interval95(extraHours)!;
    expect(low).toBeCloseTo(0.8976775, 6);
    expect(high).toBeCloseTo(3.7623225, 6);
  });

  it('uses t(0.975, 1) = 12.7062047 for two samples', () => {
    const { low, high } = interval95([1, 3])!;
    expect((high - low) / 2).toBeCloseTo(12.7062047, 6);
    expect((high + low) / 2).toBeCloseTo(2, 12);
  });

  it('has no width where all samples are equal, and does not exist for one sample', () => {
    expect(interval95([2, 2, 2])).toEqual({ low: 2, high: 2 });
    expect(interval95([2])).toBeNull();
  });
});
