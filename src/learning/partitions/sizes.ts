import { z } from 'zod';
import { inputError } from '../../errors.js';
import { logNormal, stream } from '../../random/index.js';

/** How many samples the clients get in relation to each other. */
export const sizesSchema = z.union([
  z.literal('equal'),
  z.strictObject({
    name: z.literal('log-normal'),
    sigma: z.number().min(0).max(5).default(1).describe('standard deviation of the logarithm of the size'),
    minimumSamples: z.int().min(1).default(10).describe('samples every client has at least'),
  }),
]);

export type Sizes = z.output<typeof sizesSchema>;

export interface SizesRequest {
  readonly clients: number;
  /** Mean samples per client; all available samples are shared out where null. */
  readonly samplesPerClient: number | null;
  readonly available: number;
  readonly sizes: Sizes;
  readonly seed: number;
}

/**
 * Samples of each client; the sum is exactly `clients * samplesPerClient` (or all that is
 * available). Log-normal sizes are the minimum plus shares of the rest by exp(sigma z), z standard
 * normal, rounded by largest remainder.
 */
export function clientSizes({ clients, samplesPerClient, available, sizes, seed }: SizesRequest): Int32Array {
  const total = samplesPerClient === null ? available : clients * samplesPerClient;
  if (clients > available) {
    throw inputError('TOO_FEW_SAMPLES', `${clients} clients cannot share ${available} training samples`, {
      expected: `at most ${available} clients, or a larger data set`,
    });
  }
  if (total > available) {
    throw inputError('TOO_FEW_SAMPLES', `${clients} clients with ${samplesPerClient} samples each need ${total} training samples and there are ${available}`, {
      expected: `at most ${Math.floor(available / clients)} samples per client`,
    });
  }
  if (sizes === 'equal') return shares(total, new Float64Array(clients).fill(1));
  const minimum = Math.min(sizes.minimumSamples, Math.floor(total / clients));
  const draws = stream(seed, 'partition-sizes');
  const weights = Float64Array.from({ length: clients }, () => logNormal(draws, 0, sizes.sigma));
  return shares(total - minimum * clients, weights).map((size) => size + minimum);
}

/**
 * Splits `total` into whole parts in proportion to `weights` (positive), by largest remainder;
 * equal remainders go to the earlier part. The parts add up to `total` exactly.
 */
export function shares(total: number, weights: Float64Array): Int32Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const parts = Int32Array.from(exact, Math.floor);
  const left = total - parts.reduce((a, b) => a + b, 0);
  const byRemainder = Array.from(exact, (value, i) => ({ i, remainder: value - Math.floor(value) }));
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (let k = 0; k < left; k++) parts[byRemainder[k % parts.length].i]++;
  return parts;
}
