import { runError } from '../../errors.js';
import { windowAt, type BitReader } from '../bits.js';
import { eliasGammaBits, gammaAt, shortGammaField } from '../entropy/elias.js';
import type { MessageWriter } from '../frame.js';
import type { VectorCodec } from './codec.js';

const UNIT_32 = 2.3283064365386963e-10;

export interface QsgdOptions {
  /** s: positive levels. */
  readonly levels: number;
  readonly bucketSize: number;
  readonly norm: 'l2' | 'max';
  readonly coding: 'elias' | 'packed';
  /** The levels are those of the bit length that the plan of the round gives, and packed. */
  readonly planned?: boolean;
}

/** Largest bit length of a plan: levels are written as 16 bits with their sign. */
export const QSGD_BITS = { min: 2, max: 16 };

/** Positive levels of a bit length, sign included. */
const levelsOf = (bitLength: number): number => (1 << (bitLength - 1)) - 1;

/** Body of a planned message in bits. */
export function plannedQsgdBits(size: number, bucketSize: number, bitLength: number): number {
  return 8 + 32 * Math.ceil(size / bucketSize) + size * bitLength;
}

/**
 * QSGD (Alistarh et al., NeurIPS 2017): per bucket, level = floor(s |x| / norm + U[0,1)), value =
 * sign * norm * level / s; unbiased. Message: f32 norm per bucket; `elias`: u32 number of elements
 * that are not zero, then for each the Elias gamma code of its distance from the last one, a sign bit
 * and the gamma code of its level; `packed`: a sign bit and a level of fixed width for each element.
 * Planned, the message begins with its bit length b (u8), the levels are s = 2^(b - 1) - 1, packed, and the range
 * told to the planner is twice the root of the mean square of the norms over elements: with it the
 * grid step is that of a range quantizer of b bits, but for the level that the sign costs.
 */
export function qsgdCodec(size: number, options: QsgdOptions): VectorCodec {
  const { bucketSize, norm, planned = false } = options;
  const coding = planned ? 'packed' : options.coding;
  const buckets = Math.ceil(size / bucketSize);
  const bucketEnd = (bucket: number): number => Math.min(size, (bucket + 1) * bucketSize);
  return {
    encode(out, vector, bitLength, { own }) {
      if (planned && bitLength === 0) throw runError('NO_BIT_PLAN', 'the scheme waits for a planned bit length and the round has no plan', { hint: 'Set a budget and a planner, or a number of levels.' });
      const levels = planned ? levelsOf(bitLength) : options.levels;
      const norms = Float32Array.from({ length: buckets }, (_, bucket) => normOf(vector.subarray(bucket * bucketSize, bucketEnd(bucket)), norm));
      const chosen = new Uint16Array(size);
      const words = new Uint32Array(Math.min(size, bucketSize));
      norms.forEach((length, bucket) => {
        const start = bucket * bucketSize;
        const draws = words.subarray(0, bucketEnd(bucket) - start);
        if (length === 0) return;
        own.fillUint32(draws);
        drawLevels(vector, start, length, levels, draws, chosen);
      });
      out.part('scales');
      if (planned) out.write(bitLength, 8);
      out.writeFloats(norms);
      out.part('values');
      if (coding === 'packed') writePacked(out, vector, chosen, 32 - Math.clz32(levels));
      else writeSparse(out, vector, chosen);
    },
    decode(body) {
      const bitLength = planned ? body.read(8) : null;
      if (bitLength !== null && (bitLength < QSGD_BITS.min || bitLength > QSGD_BITS.max)) throw body.malformed(`a bit length of ${bitLength}`);
      const levels = bitLength === null ? options.levels : levelsOf(bitLength);
      const norms = body.readFloats(buckets);
      if (norms.some((length) => length < 0)) throw body.malformed('a norm below zero');
      const signed = coding === 'packed' ? readPacked(body, size, 32 - Math.clz32(levels), levels) : readSparse(body, size, levels);
      const values = new Float32Array(size);
      let squares = 0;
      norms.forEach((length, bucket) => {
        const end = bucketEnd(bucket);
        squares += (end - bucket * bucketSize) * length * length;
        for (let j = bucket * bucketSize; j < end; j++) values[j] = (length * signed[j]) / levels;
      });
      return { values, range: planned ? (size === 0 ? 0 : 2 * Math.sqrt(squares / size)) : null };
    },
  };
}

function drawLevels(vector: Float32Array, start: number, length: number, levels: number, draws: Uint32Array, chosen: Uint16Array): void {
  for (let i = 0; i < draws.length; i++) {
    // No element exceeds the norm and no draw comes to 1, so no level exceeds the highest. Nothing is below zero: truncation is the floor.
    chosen[start + i] = ((levels * Math.abs(vector[start + i])) / length + draws[i] * UNIT_32) | 0;
  }
}

function writePacked(out: MessageWriter, vector: Float32Array, chosen: Uint16Array, width: number): void {
  const codes = width < 16 ? new Uint16Array(chosen.length) : new Uint32Array(chosen.length);
  for (let j = 0; j < codes.length; j++) codes[j] = chosen[j] * 2 + Number(vector[j] < 0);
  out.writeAll(codes, codes.length, width + 1);
}

/** Levels with their signs. */
function readPacked(body: BitReader, size: number, width: number, levels: number): Int32Array {
  body.expectBits(size, width + 1);
  const codes = width < 16 ? new Uint16Array(size) : new Uint32Array(size);
  body.readAll(codes, size, width + 1);
  const signed = new Int32Array(size);
  let largest = 0;
  for (let j = 0; j < size; j++) {
    const level = codes[j] >>> 1;
    largest = Math.max(largest, level);
    signed[j] = level - 2 * level * (codes[j] & 1);
  }
  if (largest > levels) throw body.malformed(`level ${largest} of ${levels}`);
  return signed;
}

function writeSparse(out: MessageWriter, vector: Float32Array, chosen: Uint16Array): void {
  let nonZero = 0;
  for (let j = 0; j < chosen.length; j++) nonZero += Number(chosen[j] > 0);
  // Gamma code of the gap, sign and gamma code of the level: one field where they fit, three where they do
  // not. Those of a zero are overwritten by the next, which takes no branch that could be guessed wrong; hence
  // room for one more.
  const fields = new Uint32Array(3 * nonZero + 3);
  const widths = new Uint8Array(3 * nonZero + 3);
  let used = 0;
  let last = -1;
  for (let j = 0; j < chosen.length; j++) {
    const level = chosen[j];
    const gap = j - last;
    const gapWidth = 31 - Math.clz32(gap);
    const levelWidth = 31 - Math.clz32(level);
    const isSent = Number(level > 0);
    const signedLevel = (shortGammaField(level, levelWidth) << 1) | Number(vector[j] < 0);
    if (gapWidth + levelWidth <= 14) {
      fields[used] = shortGammaField(gap, gapWidth) | (signedLevel << (2 * gapWidth + 1));
      widths[used] = 2 * (gapWidth + levelWidth) + 3;
      used += isSent;
    } else {
      fields[used] = 1 << gapWidth;
      fields[used + 1] = gap;
      fields[used + 2] = signedLevel;
      widths[used] = gapWidth + 1;
      widths[used + 1] = gapWidth;
      widths[used + 2] = 2 * levelWidth + 2;
      used += 3 * isSent;
    }
    last += gap * isSent;
  }
  out.write(nonZero, 32);
  out.writeFields(fields, widths, used);
}

function readSparse(body: BitReader, size: number, levels: number): Int32Array {
  const nonZero = body.read(32);
  body.expectBits(nonZero, 3);
  const signed = new Int32Array(size);
  let problem: string | null = null;
  body.scan((words, start, end) => {
    let position = start;
    let index = -1;
    for (let i = 0; i < nonZero && position <= end; i++) {
      // All three codes from one window where they lie within it, as most do.
      const window = windowAt(words, position);
      const gapWidth = 31 - Math.clz32(window & -window);
      const signAndLevel = window >>> (2 * gapWidth + 1);
      const leading = signAndLevel & -2;
      const levelWidth = 30 - Math.clz32(leading & -leading);
      let gap: number;
      let level: number;
      let isNegative: number;
      if (gapWidth >= 0 && levelWidth >= 0 && gapWidth + levelWidth <= 14) {
        gap = (1 << gapWidth) | ((window >>> (gapWidth + 1)) & ((1 << gapWidth) - 1));
        isNegative = signAndLevel & 1;
        level = (1 << levelWidth) | ((signAndLevel >>> (levelWidth + 2)) & ((1 << levelWidth) - 1));
        position += 2 * (gapWidth + levelWidth) + 3;
      } else {
        gap = gammaAt(words, position);
        position += eliasGammaBits(gap);
        isNegative = windowAt(words, position) & 1;
        level = gammaAt(words, position + 1);
        position += 1 + eliasGammaBits(level);
      }
      index += gap;
      if (gap === 0 || level === 0 || level > levels || index >= size) {
        problem = `element ${index} of ${size} at level ${level} of ${levels}`;
        return position;
      }
      signed[index] = level - 2 * level * isNegative;
    }
    return position;
  });
  if (problem !== null) throw body.malformed(problem);
  return signed;
}

/** As a single that is not below the norm, so that no element exceeds it. */
function normOf(vector: Float32Array, norm: QsgdOptions['norm']): number {
  let squares = 0;
  let largest = 0;
  for (let j = 0; j < vector.length; j++) {
    const magnitude = Math.abs(vector[j]);
    squares += magnitude * magnitude;
    largest = magnitude > largest ? magnitude : largest;
  }
  return norm === 'max' ? largest : Math.max(largest, Math.min(Math.sqrt(squares), 3.4e38));
}
