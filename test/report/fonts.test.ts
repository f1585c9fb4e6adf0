import { describe, expect, it } from 'vitest';
import { FONT_FILES, readTextWidth } from '../../src/report/fonts.js';

describe('the width of a text', () => {
  const width = readTextWidth(FONT_FILES[0]);

  // Advance widths of DejaVu Sans 2.37 in units of 1/2048 em.
  it.each([['0', 1303], ['i', 569], ['W', 2025], [' ', 651], ['é', 1260], ['±', 1716]])('of %j is that of the font', (text, units) => {
    expect(width(text, 2048)).toBe(units);
  });

  it('adds up over its characters and grows with the font size', () => {
    expect(width('Wi', 11)).toBeCloseTo(width('W', 11) + width('i', 11), 12);
    expect(width('Wi', 22)).toBeCloseTo(2 * width('Wi', 11), 12);
  });

  it('of a character that the font lacks is that of the box drawn for it', () => {
    expect(width('\u{10FFFF}', 2048)).toBe(width('\uFFFE', 2048));
  });
});
