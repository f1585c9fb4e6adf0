import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../src/compression/float16.js';
import type { VectorCodec } from '../../src/compression/codecs/codec.js';
import { floatCodec } from '../../src/compression/codecs/float.js';
import { qsgdCodec } from '../../src/compression/codecs/qsgd.js';
import { rotatedCodec } from '../../src/compression/codecs/rotated.js';
import { scaledSignCodec, signCodec } from '../../src/compression/codecs/sign.js';
import { keptCount, largestIndices, randomSparseCodec, sparseCodec, thresholdIndices } from '../../src/compression/codecs/sparse.js';
import { ternaryCodec } from '../../src/compression/codecs/ternary.js';
import { uniformCodec } from '../../src/compression/codecs/uniform.js';
import { messageWriter, openMessage } from '../../src/compression/frame.js';
import { normal, stream } from '../../src/random/index.js';

const kind = { scheme: 'test', wireId: 1, direction: 'uplink', size: 0 } as const;

function pass(codec: VectorCodec, vector: Float32Array, key = 0) {
  const shared = (purpose: string) => stream(3, `test shared ${purpose}`, key);
  const out = messageWriter(kind, 0);
  codec.encode(out, vector, 0, { own: stream(4, 'test own', key), shared });
  const message = out.finish();
  const { body } = openMessage(message.bytes, kind);
  const { values } = codec.decode(body, { shared });
  body.end();
  return { values, message };
}

function gaussian(size: number, scale = 1): Float32Array {
  const random = stream(5, 'test codecs', size);
  return Float32Array.from({ length: size }, () => scale * normal(random));
}

const whole = (size: number) => [{ offset: 0, size }];
const CODECS: Readonly<Record<string, (size: number) => VectorCodec>> = {
  float32: (size) => floatCodec(size, 'float32'),
  float16: (size) => floatCodec(size, 'float16'),
  bfloat16: (size) => floatCodec(size, 'bfloat16'),
  'uniform 4 bits': (size) => uniformCodec(whole(size), size, 4),
  'QSGD with Elias codes': (size) => qsgdCodec(size, { levels: 16, bucketSize: 512, norm: 'l2', coding: 'elias' }),
  'QSGD packed': (size) => qsgdCodec(size, { levels: 4, bucketSize: 100, norm: 'max', coding: 'packed' }),
  TernGrad: (size) => ternaryCodec(whole(size), size, 0),
  signs: (size) => signCodec(size),
  'scaled signs': (size) => scaledSignCodec(whole(size), size),
  'top-k': (size) => sparseCodec(size, (vector) => largestIndices(vector, 0.05)),
  threshold: (size) => sparseCodec(size, (vector) => thresholdIndices(vector, 1.5)),
  'random-k': (size) => randomSparseCodec(size, 0.1, false),
  DRIVE: (size) => rotatedCodec(size, { bits: 1, blockSize: 1024, scale: 'unbiased' }),
  'EDEN 3 bits': (size) => rotatedCodec(size, { bits: 3, blockSize: 256, scale: 'least-error' }),
};

describe.each(Object.entries(CODECS))('%s', (_name, codec) => {
  it.each([0, 1, 2, 7, 1000, 100_000])('passes %i elements', (size) => {
    const { values, message } = pass(codec(size), gaussian(size));
    expect(values.length).toBe(size);
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
    expect(Object.values(message.parts).reduce((sum, bits) => sum + bits, 0)).toBe(message.bytes.length * 8);
  });

  it.each([
    ['zeros', new Float32Array(300)],
    ['a constant', new Float32Array(300).fill(-2.5)],
    ['denormals', Float32Array.from({ length: 300 }, (_, j) => (j - 150) * 1.4e-45)],
    ['one huge outlier', Float32Array.from({ length: 300 }, (_, j) => (j === 41 ? -1e30 : 1e-3 * j))],
  ])('survives %s', (_what, vector) => {
    const { values } = pass(codec(300), vector);
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
  });
});

describe('16-bit floats', () => {
  it('are exact where they can be, nearest elsewhere, and saturate', () => {
    for (let code = 0; code < 0x7c00; code += 7) expect(toFloat16(fromFloat16(code))).toBe(code);
    for (let code = 0; code < 0x7bff; code += 3) {
      const low = fromFloat16(code);
      const high = fromFloat16(code + 1);
      expect([low, high]).toContain(fromFloat16(toFloat16(low + (high - low) * 0.49)));
      // Ties go to the even code.
      expect(toFloat16((low + high) / 2) & 1).toBe(0);
    }
    expect(fromFloat16(toFloat16(1e6))).toBe(65_504);
    expect(fromFloat16(toFloat16(-65_519))).toBe(-65_504);
    expect(fromFloat16(toFloat16(-1e-9))).toBe(-0);
    expect(toFloat16(1)).toBe(0x3c00);
    expect(toFloat16(-2)).toBe(0xc000);
    expect(toFloat16(5.960464477539063e-8)).toBe(1);
  });
});

/** Mean over messages of decoded vectors, and the mean squared error of one over |x|^2. */
function statistics(codec: VectorCodec, vector: Float32Array, messages: number) {
  const mean = new Float64Array(vector.length);
  let error = 0;
  const power = vector.reduce((sum, value) => sum + value * value, 0);
  for (let key = 0; key < messages; key++) {
    const { values } = pass(codec, vector, key);
    values.forEach((value, j) => {
      mean[j] += value / messages;
      error += ((value - vector[j]) * (value - vector[j])) / power / messages;
    });
  }
  const bias = mean.reduce((sum, value, j) => sum + (value - vector[j]) * (value - vector[j]), 0) / power;
  return { error, bias };
}

describe('errors', () => {
  const vector = gaussian(4096, 0.01);

  it.each(['uniform 4 bits', 'QSGD with Elias codes', 'QSGD packed', 'TernGrad', 'DRIVE'])('of %s average out (60 messages)', (name) => {
    const { error, bias } = statistics(CODECS[name](4096), vector, 60);
    // The mean of 60 unbiased messages has a sixtieth of the error of one.
    expect(bias * 60).toBeLessThan(1.15 * error);
  });

  /** Normalised mean squared error on normal vectors: pi/2 - 1 for one unbiased bit, D / (1 - D) with the distortion D of the best quantizer. */
  it.each([
    [1, 'unbiased', 0.5708],
    [1, 'least-error', 0.3634],
    [2, 'unbiased', 0.1331],
    [2, 'least-error', 0.1175],
    [3, 'unbiased', 0.03572],
    [4, 'unbiased', 0.00959],
  ] as const)('of the rotated codec with %i bits, %s scale, are the known ones within 4 % (16,384 elements)', (bits, scale, expected) => {
    const { error } = statistics(rotatedCodec(16_384, { bits, blockSize: 4096, scale }), gaussian(16_384), 2);
    expect(Math.abs(error / expected - 1)).toBeLessThan(0.04);
  });

  it('of unbiased random-k are d/k - 1', () => {
    const { error, bias } = statistics(randomSparseCodec(4096, 0.1, true), vector, 60);
    expect(error).toBeCloseTo(9, 0);
    expect(bias * 60).toBeLessThan(1.15 * error);
  });
});

describe('sparse choices', () => {
  it('keep exactly the asked number, the largest, and no zeros', () => {
    const vector = Float32Array.of(3, -1, 1, 0, 1, -5, 0, 1);
    expect([...largestIndices(vector, 3 / 8)]).toEqual([0, 1, 5]);
    expect([...largestIndices(vector, 1)]).toEqual([0, 1, 2, 4, 5, 7]);
    expect([...thresholdIndices(vector, 2)]).toEqual([0, 5]);
    expect(keptCount(1000, 0.0001)).toBe(1);
  });
});

describe('sizes', () => {
  it('are what the sources say', () => {
    const size = 10_000;
    const vector = gaussian(size);
    expect(pass(CODECS['TernGrad'](size), vector).message.parts.values).toBe(size * 1.6);
    expect(pass(CODECS['signs'](size), vector).message.parts.values).toBe(size);
    expect(pass(CODECS['DRIVE'](8192), vector.subarray(0, 8192)).message.parts).toMatchObject({ values: 8192, scales: 8 * 32 });
    expect(pass(CODECS['top-k'](size), vector).message.parts.values).toBe(500 * 32);
    expect(pass(CODECS['random-k'](size), vector).message.parts).toMatchObject({ values: 1000 * 32, indices: 0 });
    // Sparse QSGD: sqrt(n) levels or so per bucket, a few bits each.
    expect(pass(qsgdCodec(size, { levels: 1, bucketSize: size, norm: 'l2', coding: 'elias' }), vector).message.bytes.length).toBeLessThan(300);
  });
});
