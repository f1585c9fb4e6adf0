import { describe, expect, it } from 'vitest';
import { bitReader } from '../../src/compression/bits.js';
import { messageWriter } from '../../src/compression/frame.js';
import { distanceReach, vectorCoder, type CoderKeys, type CoderOptions, type VectorCoder } from '../../src/compression/wyner-ziv/coder.js';
import { coordinates } from '../../src/compression/wyner-ziv/coordinates.js';
import { distanceAdaptiveCoder } from '../../src/compression/wyner-ziv/distance-adaptive.js';
import { stream } from '../../src/random/index.js';
import { bell, prepared, worldOf, layoutOf } from './world.js';
import { clientOf } from './round.js';

const SIZE = 1000;
const vector = bell(SIZE, 1, 'estimator vector');
const known = bell(SIZE, 0.3, 'estimator difference').map((difference, j) => vector[j] + difference);
const distance = squared(known);

function squared(other: Float32Array): number {
  return other.reduce((sum, value, j) => sum + (value - vector[j]) * (value - vector[j]), 0);
}

const keys = (message: number): CoderKeys['shared'] => (purpose) => stream(5, `test ${purpose}`, message);

function encoded(coder: VectorCoder, bits: number, from: Float32Array, side: Float32Array | null, message: number): Uint8Array {
  const out = messageWriter({ scheme: 'test', wireId: 1, direction: 'uplink', size: 0 }, 0);
  coder.encode(out, from, bits, side, null, { shared: keys(message), own: stream(6, 'test own', message) });
  return out.finish().bytes.subarray(3, -4);
}

const transmitted = (coder: VectorCoder, bits: number, side: Float32Array | null, message: number, seenBySender: Float32Array | null = side): Float32Array =>
  coder.reconstruct(coder.read(bitReader(encoded(coder, bits, vector, seenBySender, message), 'test')), side, keys(message))!;

/** Mean of the squared errors, and squared error of the mean vector. */
function errors(messages: number, decode: (message: number) => Float32Array): { readonly error: number; readonly biasSquare: number } {
  const sum = new Float64Array(SIZE);
  let error = 0;
  for (let message = 0; message < messages; message++) {
    const decoded = decode(message);
    error += squared(decoded) / messages;
    decoded.forEach((value, j) => (sum[j] += (value - vector[j]) / messages));
  }
  return { error, biasSquare: sum.reduce((total, value) => total + value * value, 0) };
}

describe('a random subset of the coordinates', () => {
  it.each([[true, 0.5], [false, 0.25], [true, 0.1]])('is unbiased and adds (1 / mu - 1) |x - y|^2 (rotation %s, mu %f)', (rotation, subsample) => {
    const view = coordinates(SIZE, { rotation, blockSize: 256, subsample });
    expect(view.blocks.map(({ size, block }) => size / block.size)).toEqual(view.blocks.map(({ block }) => Math.round(block.size * subsample) / block.size));
    const exact = (message: number): Float32Array => {
      const drawn = view.draw(keys(message));
      return drawn.back(drawn.side(known), drawn.chosen(drawn.turned(vector)).slice());
    };
    const messages = 400;
    const { error, biasSquare } = errors(messages, exact);
    // 400 messages of 1000 elements: 5 % is beyond four standard errors. The mean keeps 1/400 of the error.
    expect(error / (distance * (1 / subsample - 1))).toBeCloseTo(1, 1);
    expect(Math.abs(error / (distance * (1 / subsample - 1)) - 1)).toBeLessThan(0.05);
    expect(biasSquare / (error / messages)).toBeLessThan(1.3);
  });

  it('costs its share of the bits, and other coordinates in each message', () => {
    const options: CoderOptions = { coding: 'modulo', rounding: 'dither', rotation: true, blockSize: 256, scale: 'deviation', biasRatio: 0.5, subsample: 0.5, check: false };
    const half = vectorCoder(1024, options);
    const whole = vectorCoder(1024, { ...options, subsample: 1 });
    expect(whole.bodyBits(3) - half.bodyBits(3)).toBe(3 * 512);
    expect(encoded(half, 3, new Float32Array(1024).fill(1), null, 1).length * 8).toBe(half.bodyBits(3));
    const indices = (message: number) => coordinates(1024, options).draw(keys(message)).chosen(Float32Array.from({ length: 1024 }, (_, j) => j));
    expect(indices(1)).toEqual(indices(1));
    expect(indices(1)).not.toEqual(indices(2));
    expect([...indices(1)]).toEqual([...indices(1)].sort((a, b) => a - b));
  });

  it('decodes to the side information where nothing differs', () => {
    const coder = vectorCoder(SIZE, { coding: 'modulo', rounding: 'dither', rotation: false, blockSize: 256, scale: 'deviation', biasRatio: 0.5, subsample: 0.5, check: false });
    expect(transmitted(coder, 3, vector, 1)).toEqual(vector);
  });
});

describe('the spacing from a distance', () => {
  it('has the reach and spacing of the worked examples at d = 1024 and Delta = 1', () => {
    expect(distanceReach(1 / Math.sqrt(100)) / 32).toBeCloseTo(0.1162, 4);
    expect((2 * distanceReach(1 / Math.sqrt(100))) / 32 / 14).toBeCloseTo(0.01659, 5);
  });

  it.each(['dither', 'stochastic'] as const)('fails in at most 2 biasRatio^3 of the elements, with %s', (rounding) => {
    for (const biasRatio of [0.3, 0.1]) {
      // The differences are normal as they are: without rotation, wrong elements can be told.
      const coder = vectorCoder(SIZE, { coding: 'modulo', rounding, rotation: false, blockSize: 1024, scale: 'distance', biasRatio, subsample: 1, check: false });
      const spacing = (2 * distanceReach(biasRatio) * Math.sqrt(distance / SIZE)) / (rounding === 'dither' ? 15 : 14);
      let wrong = 0;
      for (let message = 0; message < 100; message++) {
        transmitted(coder, 4, known, message).forEach((value, j) => (wrong += Math.abs(value - vector[j]) > 1.1 * spacing ? 1 : 0));
      }
      expect(wrong / (100 * SIZE)).toBeLessThan(2 * biasRatio ** 3);
    }
  });
});

describe('the distance-adaptive quantizer', () => {
  const plain = distanceAdaptiveCoder(SIZE, { rotation: false, blockSize: 1024, subsample: 1 });

  it('is the worked rule: y + (2 M / T) (N_x - N_y)', () => {
    // T = 1 and M = 4: every element moves by 8, by -8 or not at all, and towards x only.
    const values = vector.slice();
    values[0] = 4;
    const side = Float32Array.from(known, (value) => Math.max(-4, Math.min(4, value)));
    const body = encoded(plain, 1, values, null, 1);
    const decoded = plain.reconstruct(plain.read(bitReader(body, 'test')), side, keys(1))!;
    for (let j = 0; j < SIZE; j++) {
      const move = decoded[j] - side[j];
      if (Math.abs(move) < 1e-5) continue;
      expect(Math.abs(move)).toBeCloseTo(8, 4);
      expect(Math.sign(move)).toBe(Math.sign(values[j] - side[j]));
    }
  });

  it.each([1, 2, 4])('has no bias and the variance (2 M |x - y| - |x - y|^2) / T, with %i bits', (bits) => {
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const coded = plain.read(bitReader(encoded(plain, bits, vector, null, 0), 'test'));
    const range = coded.scales[0];
    expect(range).toBeGreaterThanOrEqual(largest);
    // Bfloat16, rounded up.
    expect(range).toBeLessThanOrEqual(largest * 1.0079);
    const messages = 300;
    const { error, biasSquare } = errors(messages, (message) => transmitted(plain, bits, known, message, null));
    const variance = vector.reduce((sum, value, j) => {
      const away = Math.abs(value - Math.max(-range, Math.min(range, known[j])));
      return sum + (2 * range * away - away * away) / ((1 << bits) - 1);
    }, 0);
    // 300,000 elements.
    expect(Math.abs(error / variance - 1)).toBeLessThan(0.03);
    expect(biasSquare / (error / messages)).toBeLessThan(1.3);
  });

  it('errs less the nearer the side information is, whatever the sender knows of it', () => {
    const rotated = distanceAdaptiveCoder(SIZE, { rotation: true, blockSize: 1024, subsample: 1 });
    const at = (share: number): number => errors(20, (message) => transmitted(rotated, 2, known.map((value, j) => vector[j] + share * (value - vector[j])), message, null)).error;
    // The variance goes with the distance, not with its square.
    expect(Math.abs(at(1) / at(0.1) / 10 - 1)).toBeLessThan(0.15);
    expect(transmitted(rotated, 2, vector, 1).every((value, j) => Math.abs(value - vector[j]) < 1e-5)).toBe(true);
  });

  it('takes side information beyond the range for its edge, and zero vectors for zero', () => {
    const far = new Float32Array(SIZE).fill(1e6);
    expect(errors(50, (message) => transmitted(plain, 3, far, message, null)).biasSquare).toBeLessThan(SIZE);
    const body = encoded(plain, 3, new Float32Array(SIZE), null, 1);
    expect(body.length).toBe(3);
    expect(plain.reconstruct(plain.read(bitReader(body, 'test')), far, keys(1))).toEqual(new Float32Array(SIZE));
  });

  it('keeps no vector at a client that needs none', () => {
    const stateOf = (given: Record<string, unknown>): number => {
      const { scheme, options } = prepared('wyner-ziv', { quantizer: 'distance-adaptive', ...given });
      return JSON.stringify(clientOf(scheme, options, worldOf(layoutOf([500]), 'update', 2), 0).state()).length;
    };
    expect(stateOf({ gain: false })).toBeLessThan(60);
    expect(stateOf({ sideInformation: 'aggregate' })).toBeLessThan(60);
    expect(stateOf({})).toBeGreaterThan(500);
  });
});

describe('options of wyner-ziv', () => {
  it.each([
    [{ quantizer: 'distance-adaptive', coding: 'differential' }, 'has no lattice'],
    [{ quantizer: 'distance-adaptive', check: true }, 'has no lattice'],
    [{ quantizer: 'distance-adaptive', scale: 'bound' }, 'has no lattice'],
    [{ biasRatio: 0.1 }, 'scale distance'],
    [{ subsample: 0.5, gain: false }, 'grows from round to round'],
    [{ subsample: 0 }, 'OUT_OF_RANGE'],
    [{ bits: 1 }, 'useless with modulo'],
  ])('%j are refused', (given, why) => {
    const parsed = prepared('wyner-ziv', {}).scheme.schema.safeParse(given);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error)).toContain(why);
  });
});
