import { describe, expect, it } from 'vitest';
import { bitReader } from '../../src/compression/bits.js';
import { messageWriter } from '../../src/compression/frame.js';
import { medianTree } from '../../src/compression/quantizers/median-tree.js';
import { canPredict, predict } from '../../src/compression/residual/prediction.js';
import { addResidual, writeResidual } from '../../src/compression/residual/residual-codec.js';
import { kthLargestMagnitude } from '../../src/compression/selection.js';
import { normal, stream } from '../../src/random/index.js';
import { clientOf, downlinkTo, trainedFrom } from './round.js';
import { layoutOf, prepared, roundOf, worldOf } from './world.js';

const kind = { scheme: 'test', wireId: 1, direction: 'uplink', size: 0 } as const;

/** Output of the compressor, and the bits of its body as the paper counts them. */
function compressed(residual: Float32Array, sparsity: number, depth: number, format: 'paper' | 'rice' = 'paper') {
  const out = messageWriter(kind, 0);
  writeResidual(out, medianTree(residual, sparsity, depth), format);
  const { bytes, parts } = out.finish();
  const values = new Float32Array(residual.length);
  const body = bitReader(bytes.subarray(3, -4), 'test');
  addResidual(body, values, format);
  body.end();
  return { values, bits: parts.values + parts.indices + parts.scales, nonZero: values.filter((value) => value !== 0).length };
}

describe('the median-tree compressor', () => {
  it('survives nothing, zeros, constants and one outlier', () => {
    for (const vector of [new Float32Array(0), new Float32Array(50), new Float32Array(50).fill(-2), Float32Array.from({ length: 50 }, (_, j) => (j === 3 ? 1e30 : 1e-3 * j))]) {
      for (const sparsity of [0, 0.5, 0.99]) {
        for (const depth of [1, 2, 4]) {
          const { values } = compressed(vector, sparsity, depth, 'rice');
          values.forEach((value, j) => expect(value === 0 || vector.includes(value) || Math.sign(value) === Math.sign(vector[j])).toBe(true));
        }
      }
    }
    expect(compressed(new Float32Array(50).fill(-2), 0.9, 1).values).toEqual(new Float32Array(50).fill(-2));
  });

  it('finds the k-th largest magnitude exactly', () => {
    const random = stream(1, 'test selection');
    const vector = Float32Array.from({ length: 3000 }, (_, j) => (j % 7 === 0 ? 0.25 : normal(random)));
    const sorted = Float32Array.from(vector, Math.abs).sort().reverse();
    for (const k of [1, 2, 50, 1499, 2999, 3000]) expect(kthLargestMagnitude(vector, k)).toBe(sorted[k - 1]);
  });
});

describe("the paper's volumes", () => {
  const random = stream(2, 'test residual');
  const cnn = Float32Array.from({ length: 1_020_160 }, () => normal(random));

  it.each([
    [0.95, 1, 25_505, 459_154],
    [0.995, 1, 2_551, 45_982],
  ])('are met by the body on 1,020,160 parameters at sparsity %f', (sparsity, depth, nonZero, bits) => {
    const result = compressed(cnn, sparsity, depth);
    expect(result.nonZero).toBe(nonZero);
    expect(result.bits).toBe(bits);
    const rice = compressed(cnn, sparsity, depth, 'rice');
    expect(rice.values).toEqual(result.values);
    expect(rice.bits).toBeLessThan(0.75 * bits);
  });

  it.each([[0.95, 27_838], [0.99, 5_626], [0.995, 2_854]])('are met on the 61,706 parameters of LeNet-5 at sparsity %f', (sparsity, bits) => {
    expect(compressed(cnn.subarray(0, 61_706), sparsity, 1).bits).toBe(bits);
  });

  it('refuse gaps that the format of the paper cannot hold', () => {
    const vector = new Float32Array(200_000);
    vector[199_999] = 1;
    expect(() => compressed(vector, 0.999, 1)).toThrowError(expect.objectContaining({ code: 'GAP_TOO_LONG' }));
    expect(compressed(vector, 0.999, 1, 'rice').values).toEqual(vector);
  });
});

describe('predictions', () => {
  const of = (value: number): Float32Array => Float32Array.of(value);
  const own = [of(1), of(3)];
  const opposite = [of(2), of(5), of(9)];

  it('follow the rules', () => {
    expect(predict('last', own, opposite)).toEqual(of(3));
    expect(predict('opposite', own, opposite)).toEqual(of(9));
    expect(predict('half', own, opposite)).toEqual(of(5));
    expect(predict('extrapolate1', own, opposite)).toEqual(of(7));
    expect(predict('extrapolate2', own, opposite)).toEqual(of(9 + 2 * (3 - 5) - (1 - 2)));
  });

  it('wait until there is enough history', () => {
    expect(canPredict('extrapolate2', own, opposite)).toBe(true);
    expect(canPredict('extrapolate2', own, opposite.slice(1))).toBe(false);
    expect(canPredict('half', [], opposite)).toBe(false);
  });
});

describe('ResFed', () => {
  it.each([
    [{}, [[true, true], [true, false], [false, false], [false, false]]],
    [{ uplinkRule: 'last', downlinkRule: 'none' }, [[true, true], [true, false], [true, false], [true, false]]],
    [{ uplinkRule: 'opposite', downlinkRule: 'none' }, [[true, false], [true, false], [true, false], [true, false]]],
    [{ uplinkRule: 'opposite', downlinkRule: 'opposite' }, [[true, false], [false, false], [false, false], [false, false]]],
  ])('%j starts with full models down and up where its rules look back: %j', (given, expected) => {
    const world = worldOf(layoutOf([400]));
    const { scheme, options } = prepared('resfed', given);
    const server = scheme.server(options, world);
    const half = clientOf(scheme, options, world, 0);
    const sizes = Array.from({ length: 4 }, (_, round) => {
      const down = downlinkTo(server.broadcast(roundOf(round, [0])), 0);
      const up = trainedFrom(half, world, down.bytes, 0, round);
      if ('silent' in up) throw new Error('silent');
      server.receive(0, up.bytes);
      half.settled(round, 'accepted');
      server.aggregate();
      return [down.bytes.length > 1600, up.bytes.length > 1600];
    });
    expect(sizes).toEqual(expected);
  });

  it('refuses gradients', () => {
    const { scheme, options } = prepared('resfed');
    expect(() => scheme.server(options, worldOf(layoutOf([5]), 'gradient'))).toThrowError(expect.objectContaining({ code: 'WRONG_INPUT', exitCode: 2 }));
  });
});
