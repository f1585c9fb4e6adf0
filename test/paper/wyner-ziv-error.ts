import { bitReader } from '../../dist/compression/bits.js';
import { messageWriter } from '../../dist/compression/frame.js';
import { OPTIMAL_SPACING } from '../../dist/compression/quantizers/lattice.js';
import { vectorCoder } from '../../dist/compression/wyner-ziv/coder.js';
import { normal, stream } from '../../dist/random/index.js';

export type CoderMode = 'dither' | 'stochastic' | 'differential';

export interface CoderError {
  /** Spacing over the standard deviation of the difference. */
  readonly spacing: number;
  /** Mean squared error over the variance of the difference. */
  readonly error: number;
  /** Elements decoded to the wrong lattice point. */
  readonly failures: number;
}

const BLOCK = 4096;

/** Codes `size` (a multiple of 4096) elements whose difference from the side information is normal, without rotation, so that wrong elements can be told. */
export function coderError(mode: CoderMode, bits: number, size: number, seed: number): CoderError {
  const coder = vectorCoder(size, {
    coding: mode === 'differential' ? 'differential' : 'modulo', rounding: mode === 'stochastic' ? 'stochastic' : 'dither',
    rotation: false, blockSize: BLOCK, scale: 'deviation', biasRatio: 0.5, subsample: 1, check: false,
  });
  const random = stream(seed, 'reproduction difference');
  const known = Float32Array.from({ length: size }, () => 3 * normal(random));
  const vector = known.map((value) => value + 0.1 * normal(random));
  const shared = (purpose: string) => stream(seed, `reproduction ${purpose}`);
  const out = messageWriter({ scheme: 'wyner-ziv', wireId: 7, direction: 'uplink', size }, 0);
  coder.encode(out, vector, bits, known, null, { shared, own: stream(seed, 'reproduction rounding') });
  const decoded = coder.reconstruct(coder.read(bitReader(out.finish().bytes.subarray(3, -4), 'reproduction')), known, shared)!;
  const spacing = OPTIMAL_SPACING[mode][bits];
  let squares = 0;
  let variance = 0;
  let failures = 0;
  // Beyond any rounding error of a right decision (half a spacing with dither), far below a wrong one (k spacings).
  const wrong = 1.1 * spacing * 0.1;
  for (let j = 0; j < size; j++) {
    const error = decoded[j] - vector[j];
    squares += error * error;
    variance += (vector[j] - known[j]) * (vector[j] - known[j]);
    if (mode !== 'differential' && Math.abs(error) > wrong) failures++;
  }
  return { spacing, error: squares / variance, failures };
}
