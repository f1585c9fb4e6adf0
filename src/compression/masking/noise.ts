import { normal, stream, type Stream } from '../../random/index.js';
import type { ParameterLayout, TensorRole } from '../../learning/contract.js';

export interface MaskOptions {
  readonly noise: 'uniform' | 'gaussian' | 'bernoulli';
  /** alpha: half width, standard deviation or size of the noise. */
  readonly magnitude: number;
  /** Mask values -1 and +1 instead of 0 and 1. */
  readonly signed: boolean;
}

const UNIT_32 = 2.3283064365386963e-10;
/** Noise nearer to zero is replaced by this, because masks are decided on update / noise. */
const SMALLEST = Math.fround(1e-8);

/** Noise both ends make from a 32-bit seed (Li et al., ACM MM 2024), as singles. */
export function maskNoise(seed: number, size: number, { noise, magnitude }: MaskOptions): Float32Array {
  const random = stream(seed, 'fedmrn noise');
  const values = new Float32Array(size);
  if (noise === 'gaussian') {
    for (let j = 0; j < size; j++) values[j] = magnitude * normal(random);
    for (let j = 0; j < size; j++) if (Math.abs(values[j]) < SMALLEST) values[j] = SMALLEST;
    return values;
  }
  for (let start = 0; start < size; start += WORDS.length) {
    const part = values.subarray(start, start + WORDS.length);
    random.fillUint32(part.length === WORDS.length ? WORDS : WORDS.subarray(0, part.length));
    if (noise === 'uniform') fillUniformNoise(part, magnitude);
    else fillSigns(part, magnitude);
  }
  return values;
}

/** Words drawn at a time. */
const WORDS = new Uint32Array(4096);

function fillUniformNoise(values: Float32Array, magnitude: number): void {
  for (let j = 0; j < values.length; j++) {
    const value = Math.fround(magnitude * (2 * (WORDS[j] * UNIT_32) - 1));
    values[j] = Math.abs(value) < SMALLEST ? SMALLEST : value;
  }
}

function fillSigns(values: Float32Array, magnitude: number): void {
  for (let j = 0; j < values.length; j++) {
    const value = Math.fround(WORDS[j] < 0x80000000 ? -magnitude : magnitude);
    values[j] = Math.abs(value) < SMALLEST ? SMALLEST : value;
  }
}

/** Probability that the mask is 1 (or +1) for an update u under noise n: clip(u/n) or clip((u/n + 1) / 2). */
export function maskChance(update: number, noise: number, signed: boolean): number {
  const ratio = update / noise;
  const chance = signed ? (ratio + 1) / 2 : ratio;
  return chance < 0 ? 0 : chance > 1 ? 1 : chance;
}

/** Stochastic mask bits, one draw per element: floor(chance + U) as the source has it. */
export function drawMask(update: Float32Array, noise: Float32Array, signed: boolean, random: Stream): Uint8Array {
  const words = new Uint32Array(update.length);
  random.fillUint32(words);
  return maskFrom(update, noise, signed, words);
}

export function maskFrom(update: Float32Array, noise: Float32Array, signed: boolean, words: Uint32Array): Uint8Array {
  const mask = new Uint8Array(update.length);
  // Without the clip: a chance below 0 never comes to 1, one above 1 always does.
  if (signed) for (let j = 0; j < mask.length; j++) mask[j] = Number((update[j] / noise[j] + 1) / 2 + words[j] * UNIT_32 >= 1);
  else for (let j = 0; j < mask.length; j++) mask[j] = Number(update[j] / noise[j] + words[j] * UNIT_32 >= 1);
  return mask;
}

/** The update that a mask bit stands for. */
export const maskedNoise = (bit: number, noise: number, signed: boolean): number => (signed ? (2 * bit - 1) * noise : bit * noise);

/** The expected masked update: u limited to what the noise can express. */
export function clippedUpdate(update: number, noise: number, signed: boolean): number {
  const ratio = update / noise;
  const low = signed ? -1 : 0;
  return Math.fround(noise * (ratio < low ? low : ratio > 1 ? 1 : ratio));
}

/** Where masked parameters are, and those that travel in full. */
export interface MaskedParts {
  readonly maskedSize: number;
  readonly fullSize: number;
  gatherMasked(vector: Float32Array): Float32Array;
  gatherFull(vector: Float32Array): Float32Array;
  scatter(masked: Float32Array, full: Float32Array, vector: Float32Array): void;
}

/** By default the weights of layers are masked; biases and normalisation travel in full. */
export function maskedParts(layout: ParameterLayout, isMasked: (role: TensorRole) => boolean = (role) => role === 'weight'): MaskedParts {
  const trainable = layout.tensors.filter((tensor) => tensor.trainable);
  const masked = trainable.filter(({ role }) => isMasked(role));
  const full = trainable.filter(({ role }) => !isMasked(role));
  const sizeOf = (tensors: typeof trainable): number => tensors.reduce((sum, { size }) => sum + size, 0);
  const gather = (tensors: typeof trainable, vector: Float32Array): Float32Array => {
    const gathered = new Float32Array(sizeOf(tensors));
    let at = 0;
    for (const { offset, size } of tensors) {
      gathered.set(vector.subarray(offset, offset + size), at);
      at += size;
    }
    return gathered;
  };
  const scatter = (tensors: typeof trainable, gathered: Float32Array, vector: Float32Array): void => {
    let at = 0;
    for (const { offset, size } of tensors) {
      vector.set(gathered.subarray(at, at + size), offset);
      at += size;
    }
  };
  return {
    maskedSize: sizeOf(masked),
    fullSize: sizeOf(full),
    gatherMasked: (vector) => gather(masked, vector),
    gatherFull: (vector) => gather(full, vector),
    scatter(maskedValues, fullValues, vector) {
      scatter(masked, maskedValues, vector);
      scatter(full, fullValues, vector);
    },
  };
}
