import { describe, expect, it } from 'vitest';
import { upperRegularizedGamma } from '../../src/numerics/index.js';
import { permutation, sampleWithoutReplacement, shuffle, stream, uniformInteger } from '../../src/random/index.js';

/** P value that the counts come from equal probabilities. */
function evenness(counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  const expected = total / counts.length;
  const statistic = counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0);
  return upperRegularizedGamma((counts.length - 1) / 2, statistic / 2);
}

function tally(draws: number, outcomes: number, draw: (i: number) => number): number[] {
  const counts = Array.from({ length: outcomes }, () => 0);
  for (let i = 0; i < draws; i++) counts[draw(i)]++;
  return counts;
}

describe('choosing at random (fixed seeds, chi-square p above 0.001)', () => {
  it.each([1, 2, 3, 7, 10, 1000])('integers below %d are equally likely (60,000 draws)', (below) => {
    const draws = stream(1, 'integers', below);
    const counts = tally(60_000, below, () => uniformInteger(draws, below));
    if (below > 1) expect(evenness(counts)).toBeGreaterThan(0.001);
  });

  it('integers below a number just over 2^31 are not biased to the lower half', () => {
    const draws = stream(1, 'wide');
    const below = 3_221_225_472; // 3/4 of 2^32: the remainder alone would favour the lower third two to one
    expect(evenness(tally(30_000, 3, () => Math.floor((3 * uniformInteger(draws, below)) / below)))).toBeGreaterThan(0.001);
    for (let i = 0; i < 100; i++) expect(uniformInteger(draws, 4_294_967_296)).toBeLessThan(4_294_967_296);
  });

  it('all 24 orders of four values are equally likely (24,000 shuffles)', () => {
    const draws = stream(2, 'shuffle');
    const index = new Map<string, number>();
    const counts = tally(24_000, 24, () => {
      const order = shuffle(draws, ['a', 'b', 'c', 'd']).join('');
      if (!index.has(order)) index.set(order, index.size);
      return index.get(order)!;
    });
    expect(index.size).toBe(24);
    expect(evenness(counts)).toBeGreaterThan(0.001);
  });

  it('a permutation holds each number once, and shuffling works in place on typed arrays', () => {
    expect([...permutation(stream(3, 'permutation'), 100).sort()]).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const values = Int32Array.of(5, 6, 7);
    expect(shuffle(stream(3, 'typed'), values)).toBe(values);
    expect([...permutation(stream(3, 'none'), 0)]).toEqual([]);
  });

  it('a sample without replacement has no repeats and all 60 ordered triples of five are equally likely (30,000 samples)', () => {
    const draws = stream(4, 'sample');
    const index = new Map<string, number>();
    const counts = tally(30_000, 60, () => {
      const sample = sampleWithoutReplacement(draws, 5, 3);
      expect(new Set(sample).size).toBe(3);
      const key = sample.join();
      if (!index.has(key)) index.set(key, index.size);
      return index.get(key)!;
    });
    expect(evenness(counts)).toBeGreaterThan(0.001);
    expect([...sampleWithoutReplacement(draws, 6, 6).sort()]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sampleWithoutReplacement(draws, 1_000_000_000, 4)).toHaveLength(4);
  });
});
