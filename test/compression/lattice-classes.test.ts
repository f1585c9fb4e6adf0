import { describe, expect, it } from 'vitest';
import { fromDitheredClasses, plainFromClasses, plainToClasses, toDitheredClasses, type LatticeBlock } from '../../src/compression/quantizers/lattice-classes.js';
import { ditheredIndex, nearestIndex, residue } from '../../src/compression/quantizers/lattice.js';
import { normal, stream } from '../../src/random/index.js';

/** Blocks of one size and a shorter last one; those without a spacing are left out, as by a zero scale. */
function blocksOf(length: number, size: number, spacings: readonly (number | null)[]): LatticeBlock[] {
  const blocks: LatticeBlock[] = [];
  let codesAt = 0;
  for (let offset = 0, index = 0; offset < length; offset += size, index++) {
    const spacing = spacings[index % spacings.length];
    if (spacing === null) continue;
    const count = Math.min(size, length - offset);
    blocks.push({ offset, size: count, codesAt, spacing });
    codesAt += count;
  }
  return blocks;
}

describe('dithered residue classes of blocks', () => {
  const draws = stream(1, 'lattice classes');
  for (const { length, size } of [{ length: 1, size: 64 }, { length: 300, size: 64 }, { length: 20_001, size: 1000 }, { length: 40_003, size: 4096 }, { length: 30, size: 7 }]) {
    it.each([2, 4, 8, 256])(`are those of one element at a time, and decode alike, for ${length} elements in blocks of ${size} and %i classes`, (classes) => {
      const values = Float32Array.from({ length }, (_, j) => normal(draws) * (j % 50 === 0 ? 1e12 : 1));
      const known = values.map((value) => value + 0.3 * normal(draws));
      const dither = new Uint16Array(length).map(() => draws.uint32());
      const blocks = blocksOf(length, size, [0.9, 1e-3, null, 1e-38, 7]);
      const count = blocks.reduce((sum, block) => sum + block.size, 0);
      const [codes, plainCodes] = [new Uint16Array(count), new Uint16Array(count)];
      toDitheredClasses(blocks, values, dither, classes, codes);
      plainToClasses(blocks, values, dither, classes, plainCodes);
      expect(codes).toEqual(plainCodes);
      const [points, plainPoints] = [known.slice(), known.slice()];
      fromDitheredClasses(blocks, codes, dither, classes, points);
      plainFromClasses(blocks, codes, dither, classes, plainPoints);
      expect(points).toEqual(plainPoints);
      for (const { offset, size: own, codesAt, spacing } of blocks) {
        for (let i = 0; i < own; i += 13) {
          const shift = (dither[offset + i] + 0.5) / 65_536 - 0.5;
          expect(codes[codesAt + i]).toBe(residue(ditheredIndex(values[offset + i], shift * spacing, spacing), classes));
          expect(points[offset + i]).toBe(Math.fround(spacing * (nearestIndex(known[offset + i] / spacing + shift, codes[codesAt + i], classes) - shift)));
        }
      }
    });
  }
});
