import { bitReader } from '../../dist/compression/bits.js';
import { messageWriter } from '../../dist/compression/frame.js';
import { vectorCoder, type CoderKeys, type VectorCoder } from '../../dist/compression/wyner-ziv/coder.js';
import { distanceAdaptiveCoder } from '../../dist/compression/wyner-ziv/distance-adaptive.js';
import { log, qFunction } from '../../dist/numerics/index.js';
import { normal, stream } from '../../dist/random/index.js';
import { below, exactly, near, nearly, reported, type Row } from './reproduction.js';

/**
 * The estimators of Mayekar, Suresh and Tyagi (AISTATS 2021) at d = 1024 and |x - y| = Delta = 1, with the
 * bits per coordinate that they take for n clients and delta = Delta / sqrt(n): rotated modulo
 * quantization, a random half of its coordinates, and the distance-adaptive quantizer.
 */
const SIZE = 1024;

/**
 * Clients; bits; reach Delta' and spacing; mean squared error with random rounding and with dither, share of wrong
 * elements with random rounding, of an independent run. Its differences are not written down, and with 3 bits
 * wrong elements hang on their tails: normal coordinates, as here, come to more of them than it has.
 */
export const DISTANCE_TABLE = [
  { clients: 100, bits: 4, reach: 0.1162, spacing: 0.01659, stochastic: 0.048, dither: 0.025, failures: 2e-5 },
  { clients: 10, bits: 3, reach: 0.0821, spacing: 0.02738, stochastic: 0.154, dither: 0.104, failures: 6e-4 },
] as const;

export type Rounding = 'dither' | 'stochastic';

/** log2 k = ceil(log2(2 + sqrt(12 ln n))). */
const bitsFor = (clients: number): number => {
  let bits = 1;
  while (1 << bits < 2 + Math.sqrt(12 * log(clients))) bits++;
  return bits;
};

/** Delta' and the spacing of the paper's random rounding, or of dither. */
function spacingOf(clients: number, bits: number, rounding: Rounding): { readonly reach: number; readonly spacing: number } {
  const reach = Math.sqrt((6 / SIZE) * log(Math.sqrt(clients)));
  return { reach, spacing: (2 * reach) / ((1 << bits) - (rounding === 'dither' ? 1 : 2)) };
}

/** What a coordinate whose difference is normal comes to: share of wrong elements, and squared error of the vector. */
function expectedError(clients: number, bits: number, rounding: Rounding): { readonly failures: number; readonly error: number } {
  const { spacing } = spacingOf(clients, bits, rounding);
  const wrap = (1 << bits) * spacing;
  let failures = 0;
  const steps = 400;
  // The rounding error is uniform over one spacing with dither; with random rounding it is the difference of two such.
  for (let i = 0; i < steps; i++) {
    const place = (i + 0.5) / steps;
    const [error, weight] = rounding === 'dither' ? [place - 0.5, 1] : [2 * place - 1, 2 * (1 - Math.abs(2 * place - 1))];
    failures += (weight * 2 * qFunction((wrap / 2 - error * spacing) * Math.sqrt(SIZE))) / steps;
  }
  return { failures, error: SIZE * ((spacing * spacing) / (rounding === 'dither' ? 12 : 6) + failures * wrap * wrap) };
}

export interface EstimatorError {
  /** Mean over the messages of |x^ - x|^2. */
  readonly error: number;
  /** Of the mean of all messages, in place of one: what bias is left, and the error over the messages. */
  readonly biasSquare: number;
}

/** Messages of one vector with side information at a distance of 1, which the sender knows as a number and no more. */
export function estimatorError(coder: VectorCoder, bits: number, messages: number, seed: number, distance = 1): EstimatorError {
  const random = stream(seed, 'reproduction estimator');
  const difference = Float32Array.from({ length: SIZE }, () => normal(random));
  const norm = Math.sqrt(difference.reduce((sum, value) => sum + value * value, 0));
  const known = Float32Array.from({ length: SIZE }, () => normal(random));
  const vector = known.map((value, j) => value + (distance * difference[j]) / norm);
  // A single this small is no bfloat16: 1/32 is, the deviation of a coordinate.
  const hint = Float32Array.of(distance / Math.sqrt(SIZE));
  const mean = new Float64Array(SIZE);
  let error = 0;
  for (let message = 0; message < messages; message++) {
    const shared: CoderKeys['shared'] = (purpose) => stream(seed, `reproduction ${purpose}`, message);
    const out = messageWriter({ scheme: 'wyner-ziv', wireId: 7, direction: 'uplink', size: SIZE }, 0);
    coder.encode(out, vector, bits, null, hint, { shared, own: stream(seed, 'reproduction rounding', message) });
    const decoded = coder.reconstruct(coder.read(bitReader(out.finish().bytes.subarray(3, -4), 'reproduction')), known, shared)!;
    for (let j = 0; j < SIZE; j++) {
      const deviation = decoded[j] - vector[j];
      error += (deviation * deviation) / messages;
      mean[j] += deviation / messages;
    }
  }
  return { error, biasSquare: mean.reduce((sum, value) => sum + value * value, 0) };
}

export function distanceRows(messages: number, seed: number): readonly Row[] {
  return DISTANCE_TABLE.flatMap((entry) => {
    const { clients, bits } = entry;
    const coderOf = (rounding: Rounding, subsample: number) =>
      vectorCoder(SIZE, { coding: 'modulo', rounding, rotation: true, blockSize: SIZE, scale: 'distance', biasRatio: 1 / Math.sqrt(clients), subsample, check: false });
    const name = `${clients} clients, ${bits} bits`;
    const { reach, spacing } = spacingOf(clients, bits, 'stochastic');
    return [
      exactly(`${name}: bits for ${clients} clients`, 'paper', bitsFor(clients), bits),
      near(`${name}: reach of a coordinate`, 'paper', reach, entry.reach, 5.1e-5),
      near(`${name}: spacing`, 'paper', spacing, entry.spacing, 5.1e-6),
      ...(['stochastic', 'dither'] as const).flatMap((rounding): Row[] => {
        const whole = estimatorError(coderOf(rounding, 1), bits, messages, seed);
        const half = estimatorError(coderOf(rounding, 0.5), bits, messages, seed);
        const theory = expectedError(clients, bits, rounding);
        // Wrong elements are few and weigh much: their scatter, four times, and 2 % for the rest.
        const wrap = (1 << bits) * spacingOf(clients, bits, rounding).spacing;
        const scatter = (4 * Math.sqrt(theory.failures * SIZE * messages) * wrap * wrap) / messages;
        // (1/mu - 1)^2 mu + (1 - mu) of the distance, 1/mu of the error; a wrong element has gone the way to the side information and beyond, which twice that way takes back in part.
        const halved = 1 + 2 * theory.error - theory.failures * SIZE * wrap * wrap;
        return [
          near(`${name}, ${rounding}: squared error`, 'theory', whole.error, theory.error, 0.02 * theory.error + scatter),
          bits > 3
            ? nearly(`${name}, ${rounding}: squared error of an independent run`, 'independent run', whole.error, entry[rounding], 0.05 + scatter / theory.error)
            : reported(`${name}, ${rounding}: squared error, beside an independent run with differences of unknown make`, 'independent run', whole.error, entry[rounding]),
          near(`${name}, ${rounding}: squared error of a random half`, 'theory', half.error, halved, 0.02 * halved + 2 * scatter),
          below(`${name}, ${rounding}: square of the bias, less the scatter of ${messages} messages`, 'paper', whole.biasSquare - whole.error / messages, 154 / clients),
        ];
      }),
      reported(`${name}, stochastic: share of wrong elements after normal differences`, 'independent run', expectedError(clients, bits, 'stochastic').failures, entry.failures),
    ];
  });
}

/** Identities of the distance-adaptive quantizer without rotation: no bias, and the variance (2 M |x - y| - |x - y|^2) / T of each element. */
export function distanceAdaptiveRows(messages: number, seed: number): readonly Row[] {
  const coder = distanceAdaptiveCoder(SIZE, { rotation: false, blockSize: SIZE, subsample: 1 });
  const rotated = distanceAdaptiveCoder(SIZE, { rotation: true, blockSize: SIZE, subsample: 1 });
  const random = stream(seed, 'reproduction adaptive');
  const vector = Float32Array.from({ length: SIZE }, () => 2 * random.uniform() - 1);
  // A range that bfloat16 has, so that the sender's is this.
  vector[0] = 1;
  const known = vector.map(() => 2 * random.uniform() - 1);
  const shared = (message: number) => (purpose: string) => stream(seed, `reproduction ${purpose}`, message);
  return [1, 2, 3].flatMap((bits): Row[] => {
    const repetitions = (1 << bits) - 1;
    let squares = 0;
    let signed = 0;
    for (let message = 0; message < messages; message++) {
      const out = messageWriter({ scheme: 'wyner-ziv', wireId: 7, direction: 'uplink', size: SIZE }, 0);
      coder.encode(out, vector, bits, null, null, { shared: shared(message), own: null });
      const decoded = coder.reconstruct(coder.read(bitReader(out.finish().bytes.subarray(3, -4), 'reproduction')), known, shared(message))!;
      for (let j = 0; j < SIZE; j++) {
        squares += (decoded[j] - vector[j]) * (decoded[j] - vector[j]);
        // Towards the side information, where a bias would point.
        signed += (decoded[j] - vector[j]) * Math.sign(known[j] - vector[j]);
      }
    }
    const variance = vector.reduce((sum, value, j) => sum + (2 * Math.abs(value - known[j]) - (value - known[j]) * (value - known[j])) / repetitions, 0);
    const count = SIZE * messages;
    const far = estimatorError(rotated, bits, messages, seed, 1).error;
    const close = estimatorError(rotated, bits, messages, seed, 0.1).error;
    // Close by, about 0.4 thresholds per repetition and message lie between the two.
    const scatter = 4 / Math.sqrt(0.4 * repetitions * messages);
    return [
      nearly(`distance-adaptive, ${bits} bits: squared error`, 'theory', squares / messages, variance, 0.02),
      near(`distance-adaptive, ${bits} bits: bias over the standard error of ${count} elements`, 'theory', signed / count / Math.sqrt(variance / SIZE / count), 0, 4),
      // The variance goes with the distance and not with its square, where that is small beside the range.
      nearly(`distance-adaptive after rotation, ${bits} bits: squared error at a distance of 1 over that of 0.1`, 'theory', far / close, 10, 0.03 + scatter),
    ];
  });
}
