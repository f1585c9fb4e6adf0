import { describe, expect, it } from 'vitest';
import { bitReader } from '../../src/compression/bits.js';
import { fromBfloat16, toBfloat16, toBfloat16Up } from '../../src/compression/bfloat16.js';
import { messageWriter } from '../../src/compression/frame.js';
import { rotate, rotateBack, rotationBlocks, rotationSigns } from '../../src/compression/transforms/hadamard.js';
import { vectorCoder, type CoderOptions } from '../../src/compression/wyner-ziv/coder.js';
import { normal, stream } from '../../src/random/index.js';
import { bell } from './world.js';

describe('the randomized Hadamard rotation', () => {
  it.each([1, 2, 5, 64, 1000, 3000])('is its own inverse and keeps lengths (%i elements)', (size) => {
    const blocks = rotationBlocks(size, 1024);
    const signs = rotationSigns(blocks, stream(1, 'test signs'));
    const vector = bell(size, 1, 'rotation', size);
    const rotated = rotate(vector, blocks, signs);
    const norm = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
    expect(norm(rotated) / norm(vector)).toBeCloseTo(1, 5);
    rotateBack(rotated, blocks, signs).forEach((value, j) => expect(value).toBeCloseTo(vector[j], 5));
  });

  it('is the Walsh-Hadamard matrix', () => {
    const blocks = rotationBlocks(8, 8);
    const signs = new Uint32Array(1);
    for (let column = 0; column < 8; column++) {
      const unit = new Float32Array(8);
      unit[column] = 1;
      rotate(unit, blocks, signs).forEach((value, row) => {
        let ones = row & column;
        let sign = 1;
        for (; ones > 0; ones >>>= 1) if ((ones & 1) === 1) sign = -sign;
        expect(value).toBeCloseTo(sign / Math.sqrt(8), 6);
      });
    }
  });
});

describe('bfloat16', () => {
  it('rounds to nearest even, and up where asked', () => {
    for (const value of [0, 1, -1.5, 0.1, 3.3e38, 1e-40, 123.456]) expect(Math.abs(fromBfloat16(toBfloat16(value)) - value)).toBeLessThanOrEqual(Math.abs(value) / 256 + 1e-40);
    for (const value of [0, 1, 0.1, 1e-42, 7.77, 1e38]) {
      expect(fromBfloat16(toBfloat16Up(value))).toBeGreaterThanOrEqual(value);
      expect(fromBfloat16(toBfloat16Up(value))).toBeLessThanOrEqual(value * 1.0079 + 1e-40);
    }
    expect(fromBfloat16(toBfloat16Up(3.4028234e38))).toBeLessThan(Infinity);
  });
});

const OPTIONS: CoderOptions = { coding: 'modulo', rounding: 'dither', rotation: true, blockSize: 1024, scale: 'deviation', biasRatio: 0.5, subsample: 1, check: false };

/** One message: the client knows the deviation of its difference, the server the side information. */
function transmit(options: CoderOptions, bits: number, vector: Float32Array, known: Float32Array, keys: number) {
  const coder = vectorCoder(vector.length, options);
  const out = messageWriter({ scheme: 'test', wireId: 1, direction: 'uplink', size: 0 }, 0);
  const shared = (purpose: string) => stream(7, `test ${purpose}`, keys);
  coder.encode(out, vector, bits, known, null, { shared, own: stream(8, 'test own', keys) });
  const { bytes } = out.finish();
  const body = bitReader(bytes.subarray(3, -4), 'test');
  return coder.reconstruct(coder.read(body), known, shared);
}

function gaussian(size: number, scale: number, name: string): Float32Array {
  const random = stream(11, `test ${name}`);
  return Float32Array.from({ length: size }, () => scale * normal(random));
}

describe('the error of Wyner-Ziv coding', () => {
  const size = 65_536;
  const vector = gaussian(size, 3, 'vector');
  const known = Float32Array.from(gaussian(size, 0.1, 'difference'), (difference, j) => vector[j] - difference);
  const squaredError = (a: Float32Array): number => a.reduce((sum, value, j) => sum + (value - vector[j]) * (value - vector[j]), 0) / size;
  const variance = squaredError(known);
  const messages = 3;

  /**
   * Mean squared error over the variance of a normal difference, as tabulated, for 3 x 65,536 elements.
   * The few elements that wrap weigh (k spacing)^2 each, so their number's scatter enters the tolerance:
   * 6 % (scales are rounded up by up to 0.8 %) and three standard deviations of that term.
   */
  it.each([
    ['dither', 'modulo', 2, 1.74, 0.3178, 1.6e-3],
    ['dither', 'modulo', 3, 0.9523, 0.0881, 2.3e-4],
    ['dither', 'modulo', 4, 0.5163, 0.0251, 4.4e-5],
    ['dither', 'modulo', 5, 0.2786, 0.00716, 8.9e-6],
    ['dither', 'modulo', 6, 0.1491, 0.00202, 1.9e-6],
    ['dither', 'modulo', 8, 0.0417, 0.00016, 9e-8],
    ['stochastic', 'modulo', 2, 1.612, 0.625, 6.5e-3],
    ['stochastic', 'modulo', 3, 0.909, 0.1671, 6.3e-4],
    ['stochastic', 'modulo', 4, 0.496, 0.0471, 1e-4],
    ['stochastic', 'modulo', 6, 0.144, 0.0038, 4.1e-6],
    ['dither', 'differential', 1, 1.596, 0.3634, 0],
    ['dither', 'differential', 2, 0.9957, 0.1189, 0],
    ['dither', 'differential', 3, 0.5859, 0.0374, 0],
    ['dither', 'differential', 4, 0.3353, 0.0115, 0],
    ['dither', 'differential', 6, 0.1041, 0.00104, 0],
  ] as const)('is the tabulated one with %s, %s coding at %i bits', (rounding, coding, bits, spacing, expected, failure) => {
    let error = 0;
    for (let key = 0; key < messages; key++) error += squaredError(transmit({ ...OPTIONS, rounding, coding }, bits, vector, known, key)!) / messages;
    const wrap = (1 << bits) * spacing;
    const scatter = (Math.sqrt(failure / (size * messages)) * wrap * wrap) / expected;
    expect(Math.abs(error / variance / expected - 1)).toBeLessThan(0.06 + 3 * scatter);
  });

  it('wraps as often as tabulated (without rotation, so that wrapped elements can be told)', () => {
    for (const [bits, rate] of [[2, 1.6e-3], [3, 2.3e-4]] as const) {
      const spacing = { 2: 1.74, 3: 0.9523 }[bits] * Math.sqrt(variance);
      let failures = 0;
      for (let key = 0; key < 5; key++) {
        const decoded = transmit({ ...OPTIONS, rotation: false, blockSize: 4096 }, bits, vector, known, 100 + key)!;
        for (let j = 0; j < size; j++) if (Math.abs(decoded[j] - vector[j]) > spacing) failures++;
      }
      const expected = rate * size * 5;
      // The same differences in each message: dither alone differs, hence the wide tolerance.
      expect(Math.abs(failures - expected)).toBeLessThan(0.25 * expected + 4 * Math.sqrt(expected));
    }
  });

  it('never fails within a bound', () => {
    for (const rounding of ['dither', 'stochastic'] as const) {
      const decoded = transmit({ ...OPTIONS, rounding, scale: 'bound', rotation: false }, 4, vector, known, 3)!;
      const reach = known.reduce((largest, value, j) => Math.max(largest, Math.abs(value - vector[j])), 0);
      const worst = decoded.reduce((largest, value, j) => Math.max(largest, Math.abs(value - vector[j])), 0);
      expect(worst).toBeLessThanOrEqual((reach * 2.02) / 14);
    }
  });

  it('is taken out of the deviation that the receiver tells', () => {
    for (const rounding of ['dither', 'stochastic'] as const) {
      const coder = vectorCoder(size, { ...OPTIONS, rounding });
      const out = messageWriter({ scheme: 'test', wireId: 1, direction: 'uplink', size: 0 }, 0);
      const shared = (purpose: string) => stream(7, `test ${purpose}`);
      coder.encode(out, vector, 2, known, null, { shared, own: stream(8, 'test own') });
      const coded = coder.read(bitReader(out.finish().bytes.subarray(3, -4), 'test'));
      const decoded = coder.reconstruct(coded, known, shared)!;
      const told = coder.deviations!(decoded.map((value, j) => value - known[j]), coded);
      const mean = told.reduce((sum, deviation) => sum + deviation / told.length, 0);
      // Wrong classes come nearer to the side information than the vector is; blocks of 1024 and more, 5 %.
      expect(Math.abs(mean / Math.sqrt(variance) - 1)).toBeLessThan(0.05);
    }
  });

  it('is noticed by the check where the side information is far off', () => {
    const checked = { ...OPTIONS, check: true };
    expect(transmit(checked, 4, vector, known, 1)).not.toBeNull();
    const coder = vectorCoder(size, checked);
    const out = messageWriter({ scheme: 'test', wireId: 1, direction: 'uplink', size: 0 }, 0);
    const shared = (purpose: string) => stream(7, `test ${purpose}`);
    coder.encode(out, vector, 4, known, null, { shared, own: null });
    const body = bitReader(out.finish().bytes.subarray(3, -4), 'test');
    expect(coder.reconstruct(coder.read(body), new Float32Array(size), shared)).toBeNull();
  });
});
