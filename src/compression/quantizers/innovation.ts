import type { BitReader } from '../bits.js';
import { allFinite } from '../finite.js';
import type { MessageWriter } from '../frame.js';

/**
 * LAQ's deterministic quantizer (Sun et al., NeurIPS 2019): 2^b points from ref - R to ref + R, where
 * ref is the vector both ends have from the last upload and R the largest deviation from it:
 *
 *   code = floor((g - ref + R) / step + 1/2),  step = 2 R / (2^b - 1),  Q = ref - R + step * code
 *
 * so that |g - Q| <= step / 2. Zero is not on the grid: an element that did not change still moves by
 * half a step. Message: f32 R, then b bits per element; R = 0 goes without codes.
 */
export interface Innovation {
  readonly radius: number;
  readonly codes: Uint16Array;
  /** What the receiver will hold. */
  readonly quantized: Float32Array;
}

export function quantizeInnovation(vector: Float32Array, reference: Float32Array, bits: number): Innovation {
  const radius = Math.fround(largestDeviation(vector, reference));
  const codes = new Uint16Array(vector.length);
  if (radius === 0) return { radius, codes, quantized: reference.slice() };
  const top = (1 << bits) - 1;
  const step = (2 * radius) / top;
  const quantized = new Float32Array(vector.length);
  for (let j = 0; j < vector.length; j++) {
    // Half a step above what is at least zero but for rounding: truncation is the floor.
    const nearest = ((vector[j] - reference[j] + radius) / step + 0.5) | 0;
    const code = nearest > top ? top : nearest;
    codes[j] = code;
    quantized[j] = reference[j] + (step * code - radius);
  }
  return { radius, codes, quantized };
}

function largestDeviation(vector: Float32Array, reference: Float32Array): number {
  let largest = 0;
  for (let j = 0; j < vector.length; j++) {
    const deviation = Math.abs(vector[j] - reference[j]);
    largest = deviation > largest ? deviation : largest;
  }
  return largest;
}

function applyInnovation(reference: Float32Array, radius: number, codes: Uint16Array, bits: number): Float32Array {
  const step = (2 * radius) / ((1 << bits) - 1);
  const quantized = new Float32Array(reference.length);
  for (let j = 0; j < reference.length; j++) quantized[j] = reference[j] + (step * codes[j] - radius);
  return quantized;
}

export function writeInnovation(out: MessageWriter, { radius, codes }: Innovation, bits: number): void {
  out.part('scales');
  out.writeFloat(radius);
  out.part('values');
  if (radius > 0) out.writeAll(codes, codes.length, bits);
}

/** The vector that the sender quantized to, from the reference both ends share, and the radius. */
export function readInnovation(body: BitReader, reference: Float32Array, bits: number): Pick<Innovation, 'radius' | 'quantized'> {
  const radius = body.readFloat();
  if (radius < 0) throw body.malformed(`a radius of ${radius}`);
  if (radius === 0) return { radius, quantized: reference.slice() };
  body.expectBits(reference.length, bits);
  const codes = new Uint16Array(reference.length);
  body.readAll(codes, codes.length, bits);
  const quantized = applyInnovation(reference, radius, codes, bits);
  if (!allFinite(quantized)) throw body.malformed('an innovation beyond the range of singles');
  return { radius, quantized };
}
