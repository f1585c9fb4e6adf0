import { mean, sampleStandardDeviation } from 'simple-statistics';
import { studentTQuantile } from '../numerics/index.js';

/** A two-sided confidence interval of a mean. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A two-sided 95 % interval ends at this quantile. */
export const UPPER_TAIL_AT = 0.975;

/**
 * The 95 % interval of the mean of independent samples by Student's t,
 * mean -+ t(0.975, n - 1) s / sqrt(n); null for fewer than two samples, which say nothing of their spread.
 */
export function interval95(samples: readonly number[]): Interval | null {
  if (samples.length < 2) return null;
  const centre = mean(samples);
  const halfWidth = (studentTQuantile(UPPER_TAIL_AT, samples.length - 1) * sampleStandardDeviation(samples)) / Math.sqrt(samples.length);
  return { low: centre - halfWidth, high: centre + halfWidth };
}

export { mean } from 'simple-statistics';
