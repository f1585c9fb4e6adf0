import { describe, expect, it } from 'vitest';
import { DELAY_PROFILES, delayProfile } from '../../src/channel/delay-profile.js';
import { plainCombiner, responseLayout, tapCombiner } from '../../src/channel/tap-combination.js';
import { MOST_TAPS, plainTapSums, tapSums, tapWaves, WAVES } from '../../src/channel/tap-waves.js';
import { drawWaves } from '../../src/channel/waves.js';
import { plainRotatedSums, rotatedSums, WAVE_VALUES } from '../../src/channel/wave-sums.js';
import { stream } from '../../src/random/index.js';

describe('sums of the waves of taps', () => {
  it.each(DELAY_PROFILES)('are the same bits with vectors and without, for profile %s', (name) => {
    const draws = stream(3, 'tap-test');
    const waves = tapWaves(delayProfile(name, 1e-7).powers, () => drawWaves(draws, WAVES));
    const vectors = new Float64Array(2 * MOST_TAPS);
    const plain = new Float64Array(2 * MOST_TAPS);
    for (const point of [0, 1, -1, 12_345, -67_890, 2 ** 40]) {
      tapSums(waves, point, vectors);
      plainTapSums(waves, point, plain);
      expect(vectors, `at point ${point}`).toEqual(plain);
    }
  });

  it('are sums of cosines and sines to within 5e-6 for each wave', () => {
    const draws = stream(4, 'tap-test');
    const powers = Float64Array.of(0.75, 0.25);
    const drawn = powers.map(() => 0);
    const cycles: [number, number][][] = [];
    const waves = tapWaves(powers, () => {
      const tap = drawWaves(draws, WAVES);
      cycles.push(Array.from(tap.turns, (turns, n) => [turns, tap.phases[n]]));
      return tap;
    });
    const sums = new Float64Array(2 * MOST_TAPS);
    for (const point of [0, 7, 1000]) {
      tapSums(waves, point, sums);
      drawn.forEach((_, tap) => {
        const sumOf = (part: (x: number) => number): number => cycles[tap].reduce((sum, [turns, phase]) => sum + part(2 * Math.PI * (turns * point + phase)), 0);
        const scale = Math.sqrt(powers[tap] / WAVES);
        expect(Math.abs(sums[2 * tap] - scale * sumOf(Math.cos))).toBeLessThan(5e-6 * WAVES * scale);
        expect(Math.abs(sums[2 * tap + 1] - scale * sumOf(Math.sin))).toBeLessThan(5e-6 * WAVES * scale);
      });
    }
  });
});

describe('sums of waves that are rotated from point to point', () => {
  it.each([[4, 1], [8, 17], [32, 129], [32, 160]])('are the same bits with vectors and without, for %d waves at %d points', (count, points) => {
    const waves = new Float64Array(count * WAVE_VALUES);
    for (let wave = 0; wave < count; wave++) {
      const draws = stream(6, 'rotations', wave);
      const step = 0.1 * draws.uniform();
      waves.set([draws.uniform(), draws.uniform() - 0.5, Math.cos(step), -Math.sin(step), Math.sin(step)], wave * WAVE_VALUES);
    }
    const vectors = new Float64Array(2 * points);
    const plain = new Float64Array(2 * points);
    // Twice: nothing of the sums before is left.
    for (let i = 0; i < 2; i++) rotatedSums(waves, vectors);
    plainRotatedSums(waves, plain);
    expect(vectors).toEqual(plain);
  });
});

describe('taps at resource blocks', () => {
  const amplitudes = Float64Array.from({ length: 2 * MOST_TAPS }, (_, i) => stream(5, 'amplitudes', i).uniform() - 0.5);

  it.each([3, 4, 9, 24, 52, 273])('have the same bits with vectors and without, whole and in parts, for %d blocks', (blocks) => {
    const vectors = tapCombiner(360e3, blocks);
    const plain = plainCombiner(360e3, blocks);
    for (const name of DELAY_PROFILES) {
      const profile = delayProfile(name, 300e-9);
      const { ofReal, ofImaginary } = responseLayout(blocks);
      const last = Math.ceil(blocks / 2) - 1;
      const parts: [number, number][] = [[0, last], [last, last], [0, 0], [last >> 1, Math.min(last, (last >> 1) + 2)]];
      for (const [from, to] of parts) {
        vectors.response.fill(NaN);
        vectors.combine(profile, amplitudes, from, to);
        plain.combine(profile, amplitudes, from, to);
        for (let pair = from; pair <= to; pair++) {
          for (const block of [pair, blocks - 1 - pair]) {
            expect(vectors.response[ofReal + block], `${name}, block ${block}`).toBe(plain.response[ofReal + block]);
            expect(vectors.response[ofImaginary + block], `${name}, block ${block}`).toBe(plain.response[ofImaginary + block]);
          }
        }
      }
    }
  });

  it('are kept apart by profile, however many there are', () => {
    const vectors = tapCombiner(180e3, 52);
    const plain = plainCombiner(180e3, 52);
    const profiles = Array.from({ length: 40 }, (_, index) => delayProfile('A', 1e-8 * (index + 1)));
    const { ofReal, ofImaginary } = responseLayout(52);
    const blocksOf = (response: Float64Array): Float64Array[] => [response.slice(ofReal, ofReal + 52), response.slice(ofImaginary, ofImaginary + 52)];
    for (const profile of [...profiles, ...profiles]) {
      vectors.combine(profile, amplitudes, 0, 25);
      plain.combine(profile, amplitudes, 0, 25);
      expect(blocksOf(vectors.response)).toEqual(blocksOf(plain.response));
    }
  });

  it('turn by the phase of their delay at the middle of the block', () => {
    const profile = delayProfile('E', 100e-9);
    const [blocks, blockHz] = [7, 720e3];
    const combiner = tapCombiner(blockHz, blocks);
    const { ofReal, ofImaginary } = responseLayout(blocks);
    combiner.combine(profile, amplitudes, 0, 3);
    const { response } = combiner;
    // The line-of-sight part comes last, at no delay.
    const delays = [...profile.delaysS, 0];
    for (let block = 0; block < blocks; block++) {
      let re = 0;
      let im = 0;
      delays.forEach((delayS, tap) => {
        const phase = -2 * Math.PI * (block - (blocks - 1) / 2) * blockHz * delayS;
        re += amplitudes[2 * tap] * Math.cos(phase) - amplitudes[2 * tap + 1] * Math.sin(phase);
        im += amplitudes[2 * tap] * Math.sin(phase) + amplitudes[2 * tap + 1] * Math.cos(phase);
      });
      expect(response[ofReal + block]).toBeCloseTo(re, 12);
      expect(response[ofImaginary + block]).toBeCloseTo(im, 12);
    }
  });
});
