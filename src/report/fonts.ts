import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The fonts that pictures are drawn with, so that they look the same on every machine. */
export const FONT_FILES: readonly string[] = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => require.resolve(`dejavu-fonts-ttf/ttf/${name}`));

/** Width of a text in pixels at a font size in pixels. */
export type TextWidth = (text: string, fontSize: number) => number;

/**
 * Reads the advance widths of a TrueType font (tables `head`, `hhea`, `hmtx` and format 4 of `cmap`;
 * OpenType specification 1.9), without which the layout of a figure would rest on a guess.
 */
export function readTextWidth(fontFile: string): TextWidth {
  const font = readFileSync(fontFile);
  const tables = new Map<string, number>();
  for (let table = 0; table < font.readUInt16BE(4); table++) {
    const entry = 12 + 16 * table;
    tables.set(font.toString('latin1', entry, entry + 4), font.readUInt32BE(entry + 8));
  }
  const start = (name: string): number => {
    const offset = tables.get(name);
    if (offset === undefined) throw new Error(`${fontFile} has no table ${name}`);
    return offset;
  };
  const unitsPerEm = font.readUInt16BE(start('head') + 18);
  const metrics = font.readUInt16BE(start('hhea') + 34);
  const advance = (glyph: number): number => font.readUInt16BE(start('hmtx') + 4 * Math.min(glyph, metrics - 1));
  const glyphOf = readCharacterMap(font, start('cmap'), fontFile);
  const widths = new Map<string, number>();
  const characterWidth = (character: string): number => {
    const known = widths.get(character);
    if (known !== undefined) return known;
    const width = advance(glyphOf(character.codePointAt(0) ?? 0)) / unitsPerEm;
    widths.set(character, width);
    return width;
  };
  return (text, fontSize) => fontSize * Array.from(text).reduce((sum, character) => sum + characterWidth(character), 0);
}

/** The glyph of a character of the basic plane; 0, the glyph of an unknown character, for any other. */
function readCharacterMap(font: Buffer, cmap: number, fontFile: string): (codePoint: number) => number {
  const subtables = Array.from({ length: font.readUInt16BE(cmap + 2) }, (_, index) => cmap + font.readUInt32BE(cmap + 4 + 8 * index + 4));
  const format4 = subtables.find((offset) => font.readUInt16BE(offset) === 4);
  if (format4 === undefined) throw new Error(`${fontFile} has no character map of format 4`);
  const doubledSegments = font.readUInt16BE(format4 + 6);
  const ends = format4 + 14;
  const starts = ends + doubledSegments + 2;
  const deltas = starts + doubledSegments;
  const offsets = deltas + doubledSegments;
  return (codePoint) => {
    for (let segment = 0; segment < doubledSegments; segment += 2) {
      if (font.readUInt16BE(ends + segment) < codePoint) continue;
      const first = font.readUInt16BE(starts + segment);
      if (first > codePoint) return 0;
      const rangeOffset = font.readUInt16BE(offsets + segment);
      const delta = font.readUInt16BE(deltas + segment);
      if (rangeOffset === 0) return (codePoint + delta) & 0xffff;
      const glyph = font.readUInt16BE(offsets + segment + rangeOffset + 2 * (codePoint - first));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0;
  };
}
