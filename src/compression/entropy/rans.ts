import type { BitReader, BitWriter } from '../bits.js';
import { readEliasGamma, writeEliasGamma } from './elias.js';

/**
 * Range asymmetric numeral systems (Duda 2013) with a 31-bit state and renormalisation by bytes. The
 * encoder works from the last symbol to the first, the decoder from the first to the last.
 *
 * Static: frequencies scaled to 2^14 travel first (Elias gamma of frequency + 1 for each symbol).
 * Adaptive: nothing travels first; a symbol of b bits is a path of b binary decisions, most
 * significant first, each with the running probability of its node of the tree.
 */
const LOW = 1 << 23;
const SCALE_BITS = 14;
const SCALE = 1 << SCALE_BITS;
const PROBABILITY_BITS = 12;
const ADAPTATION = 4;

/** Alphabets up to this size can be coded with static frequencies. */
export const RANS_ALPHABET_MAX = 4096;

/** Counts scaled to add up to 2^14, none that occurs below 1. */
export function scaledFrequencies(counts: ArrayLike<number>): Uint16Array {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const scaled = new Uint16Array(counts.length);
  if (total === 0) return scaled;
  let sum = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] > 0) scaled[symbol] = Math.max(1, Math.round((counts[symbol] / total) * SCALE));
    sum += scaled[symbol];
  }
  // What rounding left over goes to, or is taken from, the most frequent symbols, where it costs least.
  while (sum !== SCALE) {
    let largest = 0;
    for (let symbol = 1; symbol < scaled.length; symbol++) if (scaled[symbol] > scaled[largest]) largest = symbol;
    const change = sum > SCALE ? -Math.min(sum - SCALE, Math.ceil(scaled[largest] / 2), scaled[largest] - 1) : SCALE - sum;
    scaled[largest] += change;
    sum += change;
  }
  return scaled;
}

/** Writes symbols 0 .. alphabet - 1: frequencies, length in bytes, bytes. */
export function writeStaticRans(out: BitWriter, symbols: ArrayLike<number>, count: number, alphabet: number): void {
  if (count === 0) return;
  const counts = new Uint32Array(alphabet);
  for (let i = 0; i < count; i++) counts[symbols[i]]++;
  const frequency = scaledFrequencies(counts);
  const start = starts(frequency);
  for (const value of frequency) writeEliasGamma(out, value + 1);
  const bytes = new Uint8Array(count * 2 + 8);
  let at = bytes.length;
  let state = LOW;
  for (let i = count - 1; i >= 0; i--) {
    const symbol = symbols[i];
    const share = frequency[symbol];
    const limit = (LOW >>> SCALE_BITS) * 256 * share;
    while (state >= limit) {
      bytes[--at] = state & 0xff;
      state >>>= 8;
    }
    const quotient = (state / share) | 0;
    state = quotient * SCALE + (state - quotient * share) + start[symbol];
  }
  writeTail(out, bytes.subarray(at), state);
}

export function readStaticRans(body: BitReader, symbols: Uint16Array, count: number, alphabet: number): void {
  if (count === 0) return;
  body.expectBits(alphabet, 1);
  const frequency = new Uint16Array(alphabet);
  let sum = 0;
  for (let symbol = 0; symbol < alphabet; symbol++) {
    const value = readEliasGamma(body) - 1;
    sum += value;
    if (sum > SCALE) break;
    frequency[symbol] = value;
  }
  if (sum !== SCALE) throw body.malformed('symbol frequencies that do not add up');
  const start = starts(frequency);
  const slots = new Uint16Array(SCALE);
  for (let symbol = 0; symbol < alphabet; symbol++) slots.fill(symbol, start[symbol], start[symbol] + frequency[symbol]);
  const tail = readTail(body);
  let { state } = tail;
  const { bytes } = tail;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const slot = state & (SCALE - 1);
    const symbol = slots[slot];
    symbols[i] = symbol;
    state = frequency[symbol] * (state >>> SCALE_BITS) + slot - start[symbol];
    while (state < LOW) {
      if (at >= bytes.length) throw body.malformed('entropy-coded symbols that end too early');
      state = (state << 8) | bytes[at++];
    }
  }
  if (at !== bytes.length || state !== LOW) throw body.malformed('entropy-coded symbols that go on after their end');
}

/** Writes symbols of `width` (1 .. 16) bits with probabilities learnt on the way. */
export function writeAdaptiveRans(out: BitWriter, symbols: ArrayLike<number>, count: number, width: number): void {
  if (count === 0) return;
  const decisions = adaptiveDecisions(symbols, count, width);
  // The rarest decision, with a chance of 15 in 4096, takes 8.1 bits.
  const bytes = new Uint8Array(Math.ceil(decisions.length * 1.02) + 8);
  const { at, state } = packDecisions(decisions, bytes);
  writeTail(out, bytes.subarray(at), state);
}

/** Each binary decision with the chance of a zero before it (times two). Without branches, which would be guessed wrong half of the time. */
function adaptiveDecisions(symbols: ArrayLike<number>, count: number, width: number): Uint16Array {
  const decisions = new Uint16Array(count * width);
  const chances = freshChances(width);
  let step = 0;
  for (let i = 0; i < count; i++) {
    let rest = symbols[i] << (32 - width);
    let node = 1;
    for (let bit = 0; bit < width; bit++) {
      // All ones for a one, else zero.
      const mask = rest >> 31;
      rest <<= 1;
      const chance = chances[node];
      decisions[step++] = (chance << 1) - mask;
      const change = (mask === 0 ? SCALE_OF_CHANCE - chance : chance) >>> ADAPTATION;
      chances[node] = chance + ((change ^ mask) - mask);
      node = 2 * node - mask;
    }
  }
  return decisions;
}

/** Fills `bytes` from its end, last decision first; returns where they begin and the state that is left. */
function packDecisions(decisions: Uint16Array, bytes: Uint8Array): { readonly at: number; readonly state: number } {
  let at = bytes.length;
  let state = LOW;
  for (let step = decisions.length - 1; step >= 0; step--) {
    const entry = decisions[step];
    const zero = entry >>> 1;
    const mask = -(entry & 1);
    const share = (zero ^ mask) + ((SCALE_OF_CHANCE + 1) & mask);
    const limit = share << (LIMIT_BITS - PROBABILITY_BITS);
    while (state >= limit) {
      bytes[--at] = state;
      state >>>= 8;
    }
    // quotient * 2^12 + rest + start of the decision, with the rest as what the quotient leaves of the state.
    state = (Math.imul((state * RECIPROCALS[share]) | 0, SCALE_OF_CHANCE - share) + state + (zero & mask)) | 0;
  }
  return { at, state };
}

export function readAdaptiveRans(body: BitReader, symbols: Uint16Array, count: number, width: number): void {
  if (count === 0) return;
  const chances = freshChances(width);
  const tail = readTail(body);
  let { state } = tail;
  const { bytes } = tail;
  let at = 0;
  for (let i = 0; i < count; i++) {
    let node = 1;
    for (let bit = 0; bit < width; bit++) {
      const chance = chances[node];
      const slot = state & (SCALE_OF_CHANCE - 1);
      const quotient = state >>> PROBABILITY_BITS;
      if (slot < chance) {
        state = chance * quotient + slot;
        chances[node] = chance + ((SCALE_OF_CHANCE - chance) >>> ADAPTATION);
        node = 2 * node;
      } else {
        state = (SCALE_OF_CHANCE - chance) * quotient + slot - chance;
        chances[node] = chance - (chance >>> ADAPTATION);
        node = 2 * node + 1;
      }
      while (state < LOW) {
        if (at >= bytes.length) throw body.malformed('entropy-coded symbols that end too early');
        state = (state << 8) | bytes[at++];
      }
    }
    symbols[i] = node - (1 << width);
  }
  if (at !== bytes.length || state !== LOW) throw body.malformed('entropy-coded symbols that go on after their end');
}

const SCALE_OF_CHANCE = 1 << PROBABILITY_BITS;

/** A state of 31 bits, and the next byte would be its lowest. */
const LIMIT_BITS = 31;

/** Larger by 2^-40 of themselves, so that rounding takes no quotient below a whole number: still far less than lifts one of 31 bits to the next. */
const RECIPROCALS = Float64Array.from({ length: SCALE_OF_CHANCE + 1 }, (_, share) => (1 + 9.094947017729282e-13) / share);

/** Probability of a zero at each node, in 1/4096; the adaptation keeps it within 15 .. 4081. */
const freshChances = (width: number): Uint16Array => new Uint16Array(1 << width).fill(SCALE_OF_CHANCE / 2);

function starts(frequency: Uint16Array): Uint32Array {
  const start = new Uint32Array(frequency.length);
  for (let symbol = 1; symbol < frequency.length; symbol++) start[symbol] = start[symbol - 1] + frequency[symbol - 1];
  return start;
}

function writeTail(out: BitWriter, bytes: Uint8Array, state: number): void {
  writeEliasGamma(out, bytes.length + 1);
  out.write(state, 31);
  out.writeAll(bytes, bytes.length, 8);
}

function readTail(body: BitReader): { readonly state: number; readonly bytes: Uint8Array } {
  const length = readEliasGamma(body) - 1;
  const state = body.read(31);
  if (state < LOW) throw body.malformed('an entropy coder in a state it cannot have');
  body.expectBits(length, 8);
  const bytes = new Uint8Array(length);
  body.readAll(bytes, length, 8);
  return { state, bytes };
}
