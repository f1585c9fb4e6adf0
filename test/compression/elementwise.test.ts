import { describe, expect, it } from 'vitest';
import { addHalfDifference, allFinite, extremes, plainAllFinite, scale, subtract } from '../../src/compression/elementwise.js';
import { stream } from '../../src/random/stream.js';

/** Lengths that a plain loop takes, that fill no page, and that take several. */
const LENGTHS = [0, 1, 255, 256, 257, 1000, 16_384, 16_385, 40_001];

/** Singles of all sizes, denormals and signed zeros among them. */
function singles(length: number, id: number): Float32Array {
  const words = new Uint32Array(length);
  stream(1, 'elementwise', id).fillUint32(words);
  const values = new Float32Array(words.buffer);
  return values.map((value, j) => (Number.isFinite(value) ? (j % 7 === 0 ? value * 1e-44 : value) : -0));
}

describe('passes over vectors', () => {
  for (const length of LENGTHS) {
    const [a, x, y] = [1, 2, 3].map((id) => singles(length, id));
    const round = Math.fround;

    it(`give the bits of plain arithmetic rounded to single, for ${length} elements`, () => {
      const out = new Float32Array(length);
      subtract(out, x, y);
      expect(out).toEqual(x.map((value, j) => round(value - y[j])));
      scale(out, x, round(0.7));
      expect(out).toEqual(x.map((value) => round(value * round(0.7))));
      addHalfDifference(out, a, x, y);
      expect(out).toEqual(a.map((value, j) => round(value + round(0.5 * round(x[j] - y[j])))));
    });

    it(`may write over an operand, and leave what is behind the end, for ${length} elements`, () => {
      const long = Float32Array.from([...x, 5, 6, 7]);
      const out = long.subarray(0, length);
      const expected = x.map((value, j) => round(value - y[j]));
      subtract(out, out, y);
      expect(out).toEqual(expected);
      expect([...long.subarray(length)]).toEqual([5, 6, 7]);
    });

    if (length > 0) it(`find the smallest and the largest of ${length} elements, and of zeros the first`, () => {
      const sorted = a.toSorted();
      expect(extremes(a)).toEqual({ lo: sorted[0], hi: sorted[length - 1] });
      for (const sign of [1, -1]) {
        const least = a.map((value, j) => (j === length >> 1 ? -0 : j === length - 1 ? 0 : value)).map((value) => (value === 0 ? value : sign * Math.abs(value) + sign));
        const zero = least[least.indexOf(0)];
        expect(sign === 1 ? extremes(least).lo : extremes(least).hi).toBe(zero);
      }
    });

    it(`find NaN and infinity wherever they are among ${length} elements, and nothing else`, () => {
      expect(allFinite(a)).toBe(true);
      for (const wrong of [NaN, Infinity, -Infinity]) {
        for (const at of [0, length >> 1, length - 1].filter((place) => place >= 0 && place < length)) {
          const spoilt = a.slice();
          spoilt[at] = wrong;
          expect(allFinite(spoilt)).toBe(false);
          expect(plainAllFinite(spoilt)).toBe(false);
          expect(allFinite(a)).toBe(true);
        }
      }
    });
  }
});
