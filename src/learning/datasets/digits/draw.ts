import type { Stream } from '../../../random/stream.js';
import { GLYPHS } from './glyphs.js';
import type { Coverage } from './raster.js';
import { drawLine, SIDE } from './raster.js';

/** How much images differ from the clean glyph. All values are uniform between the two ends. */
const HEIGHT_PX = [14, 21] as const;
const ASPECT = [0.6, 0.95] as const;
/** Tangent of half the rotation angle: 0.2 is 22.6 degrees. */
const HALF_TURN_TANGENT = 0.16;
const SHEAR = 0.3;
/** The margin to the border that the centre may use up, 1 being all of it. */
const TRANSLATION = 0.75;
/** Second-order bending of the strokes, in units of the glyph. */
const BENDING = 0.3;
const JITTER = 0.025;
const HALF_WIDTH_PX = [0.7, 1.6] as const;
const INK = [0.55, 1] as const;
const BACKGROUND = [0, 0.2] as const;
const BACKGROUND_SLOPE = 0.2;
const NOISE = [0.02, 0.1] as const;
const OCCLUSION_PROBABILITY = 0.3;
const CLUTTER_STROKES = 2;

/** Scratch grids, one pair for all images of a thread. */
const ink: Coverage = new Float64Array(SIDE * SIDE);
const erased: Coverage = new Float64Array(SIDE * SIDE);

/**
 * Draws one image of a digit into `pixels` (SIDE * SIDE bytes from `offset`): strokes of a random
 * way of writing it, bent, sheared, turned, scaled and shifted, of random thickness and contrast,
 * with stray strokes, a bar that rubs out part of it, an uneven background and noise. Everything
 * comes from `stream` by exact operations (no transcendental functions), so that the bytes are the
 * same on every machine.
 */
export function drawDigit(digit: number, stream: Stream, pixels: Uint8Array, offset: number): void {
  const unit = (): number => stream.uint32() * (1 / 4_294_967_296);
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * unit();
  const symmetric = (limit: number): number => limit * (2 * unit() - 1);
  const below = (n: number): number => Math.floor(n * unit());

  ink.fill(0);
  const variants = GLYPHS[digit];
  drawGlyph(variants[below(variants.length)], { between, symmetric });

  for (let left = below(CLUTTER_STROKES + 1); left > 0; left--) {
    const x = SIDE * unit();
    const y = SIDE * unit();
    drawLine(ink, x, y, x + symmetric(7), y + symmetric(7), 0.4 + 0.7 * unit());
  }
  const occluded = unit() < OCCLUSION_PROBABILITY;
  if (occluded) {
    erased.fill(0);
    drawLine(erased, SIDE * unit(), SIDE * unit(), SIDE * unit(), SIDE * unit(), 0.6 + unit());
  }

  const background = between(BACKGROUND);
  const contrast = between(INK);
  const slopeX = symmetric(BACKGROUND_SLOPE) / SIDE;
  const slopeY = symmetric(BACKGROUND_SLOPE) / SIDE;
  const noise = between(NOISE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = y * SIDE + x;
      const covered = occluded ? ink[at] * (1 - erased[at]) : ink[at];
      const level = background + slopeX * (x - SIDE / 2) + slopeY * (y - SIDE / 2);
      const value = level + covered * contrast * (1 - level) + noise * bellShaped(stream.uint32());
      pixels[offset + at] = value <= 0 ? 0 : value >= 1 ? 255 : Math.floor(value * 255 + 0.5);
    }
  }
}

interface Draws {
  readonly between: (range: readonly [number, number]) => number;
  readonly symmetric: (limit: number) => number;
}

function drawGlyph({ points, joined }: (typeof GLYPHS)[number][number], { between, symmetric }: Draws): void {
  const height = between(HEIGHT_PX);
  const width = height * between(ASPECT);
  const t = symmetric(HALF_TURN_TANGENT);
  const cosine = (1 - t * t) / (1 + t * t);
  const sine = (2 * t) / (1 + t * t);
  const shear = symmetric(SHEAR);
  const centreX = SIDE / 2 - 0.5 + symmetric(TRANSLATION * Math.max(0, (SIDE - width) / 2 - 2));
  const centreY = SIDE / 2 - 0.5 + symmetric(TRANSLATION * Math.max(0, (SIDE - height) / 2 - 2));
  const bend = Array.from({ length: 6 }, () => symmetric(BENDING));
  const halfWidth = between(HALF_WIDTH_PX);
  let lastX = 0;
  let lastY = 0;
  for (let i = 0; i < joined.length; i++) {
    const u = points[2 * i] - 0.5;
    const v = points[2 * i + 1] - 0.5;
    const bentU = u + bend[0] * v * v + bend[1] * u * v + bend[2] * u * u + symmetric(JITTER) + shear * -v;
    const bentV = v + bend[3] * u * u + bend[4] * u * v + bend[5] * v * v + symmetric(JITTER);
    const x = centreX + cosine * width * bentU - sine * height * bentV;
    const y = centreY + sine * width * bentU + cosine * height * bentV;
    if (joined[i] === 1) drawLine(ink, lastX, lastY, x, y, halfWidth);
    lastX = x;
    lastY = y;
  }
}

/** Sum of the four bytes of a random word, centred and scaled to variance 1: bell-shaped within +-3.45. */
function bellShaped(word: number): number {
  const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
  return (sum - 510) * BELL_SCALE;
}

/** One over the standard deviation of the sum of four uniform bytes, sqrt(4 (256^2 - 1) / 12). */
const BELL_SCALE = 1 / Math.sqrt((4 * 65_535) / 12);
