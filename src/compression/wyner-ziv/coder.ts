import { runError } from '../../errors.js';
import { log } from '../../numerics/index.js';
import type { Stream } from '../../random/stream.js';
import { fromBfloat16, toBfloat16Up } from '../bfloat16.js';
import type { BitReader } from '../bits.js';
import { allFinite } from '../finite.js';
import type { MessageWriter } from '../frame.js';
import { ditheredIndex, midRiseCode, midRiseValue, nearestIndex, OPTIMAL_SPACING, residue, stochasticIndex } from '../quantizers/lattice.js';
import { ditherOf, fromDitheredClasses, toDitheredClasses, type LatticeBlock } from '../quantizers/lattice-classes.js';
import { coordinates, type CodedBlock, type CoordinateOptions, type DrawnCoordinates } from './coordinates.js';

export interface CoderOptions extends CoordinateOptions {
  /** `modulo`: residue classes, the decoder needs `known`; `differential`: both ends need it. */
  readonly coding: 'modulo' | 'differential';
  readonly rounding: 'dither' | 'stochastic';
  /**
   * `deviation`: spacing from the block's deviation, least error; `bound`: from its largest deviation, no
   * failures; `distance`: from the block's distance Delta, such that a rotated coordinate is beyond
   * Delta' with a probability of at most 2 biasRatio^3 (see `distanceReach`).
   */
  readonly scale: 'deviation' | 'bound' | 'distance';
  /** delta / Delta of `distance`, above 0 and below 1. */
  readonly biasRatio: number;
  /** A 32-bit check of the lattice indices, by which the decoder notices wrong classes. */
  readonly check: boolean;
}

/** Randomness of one message: what both ends draw alike, and the sender's own for stochastic rounding. */
export interface CoderKeys {
  readonly shared: (purpose: string) => Stream;
  readonly own: Stream | null;
}

/** The fields of a message before they meet the side information. */
export interface CodedVector {
  readonly bits: number;
  /** See `Escalation`. */
  readonly repair: number;
  readonly scales: Float32Array;
  readonly codes: Uint16Array;
  readonly check: number | null;
}

/**
 * How a message answers failed checks. With `repair` of 1 to 6 so many of its bits widen the reach of the
 * classes, which doubles with each, at the spacing of the bits without them. With `EXACT_REPAIR` the
 * spacing is such that no class can be wrong against side information that the sender knows, or none.
 */
export interface Escalation {
  readonly bits: number;
  readonly repair: number;
}
export const EXACT_REPAIR = 7;

/** After so many failures in a row. */
export function escalated(bits: number, failures: number): Escalation {
  return bits + failures <= BITS_MAX ? { bits: bits + failures, repair: failures } : { bits: BITS_MAX, repair: EXACT_REPAIR };
}

export interface VectorCoder {
  /**
   * Writes `vector`. `known` is the side information where the sender has it; `hint` the deviation per
   * block that the receiver expects where the sender has not (null: the vector's own). What it returns is
   * the vector as a receiver with the same side information sees it, as `reconstruct` gives it.
   */
  encode(out: MessageWriter, vector: Float32Array, bits: number, known: Float32Array | null, hint: Float32Array | null, keys: CoderKeys, repair?: number): () => Float32Array | null;
  read(body: BitReader): CodedVector;
  /** The vector as the receiver sees it with this side information; null where the check says that it failed. */
  reconstruct(coded: CodedVector, known: Float32Array | null, shared: CoderKeys['shared']): Float32Array | null;
  /**
   * Deviation per block of a vector from its side information, as the receiver can tell: root mean square of
   * the difference of what it received, over the padded block, less the noise of quantization. With that
   * noise, spacings made of the deviations seen before would feed themselves from round to round. Null where
   * the sender needs no hint.
   */
  readonly deviations: ((difference: Float32Array, coded: CodedVector) => Float32Array) | null;
  bodyBits(bits: number): number;
  readonly blockCount: number;
}

const BITS_MAX = 8;
const SCALE_BITS = 16;
/** Share of a square that is taken for signal at least. */
const LEAST_SIGNAL = 0.05;
/** Deviations that a checked class reaches to either side. */
const CHECKED_REACH = 6;

/** Message body: u8 bits and, in its upper half, repair; bfloat16 scale per block; u32 check; codes of the blocks whose scale is not zero. */
export function vectorCoder(size: number, options: CoderOptions): VectorCoder {
  const view = coordinates(size, options);
  const { blocks, count: codedCount } = view;
  const reach = options.scale === 'distance' ? distanceReach(options.biasRatio) : 0;

  const spacingOf = (scale: number, { bits, repair }: Escalation): number => {
    if (repair === EXACT_REPAIR) return boundSpacing(scale, 1 << bits);
    const base = bits - repair;
    const classes = 1 << base;
    if (options.scale === 'bound') return options.coding === 'differential' ? (2 * scale) / classes : boundSpacing(scale, classes);
    // A check refuses the whole vector for one wrong class, so the classes must reach far beyond the deviation.
    if (options.check && options.coding === 'modulo') return boundSpacing(Math.max(CHECKED_REACH, reach) * scale, classes);
    if (options.scale === 'distance') return options.coding === 'differential' ? (2 * reach * scale) / classes : boundSpacing(reach * scale, classes);
    return OPTIMAL_SPACING[options.coding === 'differential' ? 'differential' : options.rounding][base] * scale;
  };
  const boundSpacing = (largest: number, classes: number): number => (2 * largest) / (classes - (options.rounding === 'dither' ? 1 : 2));
  const ditherFor = (shared: CoderKeys['shared']): Uint16Array => {
    if (options.coding === 'differential' || options.rounding === 'stochastic') return new Uint16Array(0);
    const words = new Uint32Array((codedCount + 1) >>> 1);
    shared('dither').fillUint32(words);
    return new Uint16Array(words.buffer);
  };
  /** The common case, without a check that needs every lattice index. */
  const isPlain = options.coding === 'modulo' && options.rounding === 'dither' && !options.check;
  /** Those whose scale is not zero. */
  const sentBlocks = (scales: Float32Array, escalation: Escalation): readonly LatticeBlock[] => {
    const sent: LatticeBlock[] = [];
    let codesAt = 0;
    blocks.forEach(({ offset, size }, index) => {
      if (scales[index] === 0) return;
      sent.push({ offset, size, codesAt, spacing: spacingOf(scales[index], escalation) });
      codesAt += size;
    });
    return sent;
  };
  /** The vector out of codes and the coordinates of its side information, which are used up; null where the check fails. */
  const resolve = ({ bits, repair, scales, codes, check }: CodedVector, side: Float32Array, drawn: DrawnCoordinates, dither: Uint16Array): Float32Array | null => {
    const turned = drawn.chosen(side);
    const classes = 1 << bits;
    if (isPlain) {
      fromDitheredClasses(sentBlocks(scales, { bits, repair }), codes, dither, classes, turned);
      return finished(drawn.back(side, turned));
    }
    let used = 0;
    let seen = CHECK_START;
    blocks.forEach(({ offset, size }, index) => {
      if (scales[index] === 0) return;
      const spacing = spacingOf(scales[index], { bits, repair });
      const own = codes.subarray(used, used + size);
      used += size;
      if (options.coding === 'differential') fromMidRise(own, turned, offset, spacing, classes);
      else seen = fromClasses(own, turned, offset, spacing, classes, dither, options.check ? seen : null);
    });
    if (options.check && options.coding === 'modulo' && seen >>> 0 !== check) return null;
    return finished(drawn.back(side, turned));
  };

  return {
    encode(out, vector, bits, known, hint, { shared, own }, repair = 0) {
      const drawn = view.draw(shared);
      const turned = drawn.chosen(drawn.turned(vector));
      const side = drawn.side(known);
      const turnedKnown = drawn.chosen(side);
      const classes = 1 << bits;
      const scaleCodes = Uint16Array.from(blocks, (block, index) => toBfloat16Up(hint !== null && hint[index] > 0 ? hint[index] : measured(turned, turnedKnown, block, repair === EXACT_REPAIR ? 'bound' : options.scale)));
      const scales = Float32Array.from(scaleCodes, fromBfloat16);
      out.part('header');
      out.write(bits | (repair << 4), 8);
      out.part('scales');
      out.writeAll(scaleCodes, scaleCodes.length, SCALE_BITS);
      const dither = ditherFor(shared);
      const buffer = new Uint16Array(codedCount);
      const draws = own !== null && options.rounding === 'stochastic' ? new Uint32Array(options.blockSize) : null;
      let used = 0;
      let check = CHECK_START;
      if (isPlain) {
        const sent = sentBlocks(scales, { bits, repair });
        toDitheredClasses(sent, turned, dither, classes, buffer);
        used = sent.reduce((sum, { size }) => sum + size, 0);
      } else blocks.forEach(({ offset, size }, index) => {
        if (scales[index] === 0) return;
        const spacing = spacingOf(scales[index], { bits, repair });
        const codes = buffer.subarray(used, used + size);
        used += size;
        if (options.coding === 'differential') {
          toMidRise(turned, turnedKnown, offset, spacing, classes, codes);
        } else if (own !== null && draws !== null) {
          own.fillUint32(draws.subarray(0, size));
          check = toClassesAtRandom(turned, offset, spacing, classes, draws, codes, options.check ? check : null);
        } else {
          check = toClasses(turned, offset, spacing, classes, dither, codes, options.check ? check : null);
        }
      });
      if (options.check) {
        out.part('sideInformation');
        out.write(check, 32);
      }
      const codes = buffer.subarray(0, used);
      out.part('values');
      out.writeAll(codes, used, bits);
      return () => resolve({ bits, repair, scales, codes, check: options.check ? check >>> 0 : null }, side, drawn, dither);
    },
    read(body) {
      const how = body.read(8);
      const bits = how & 15;
      const repair = how >>> 4;
      const least = options.coding === 'differential' ? 1 : 2;
      if (bits < least || bits > BITS_MAX) throw body.malformed(`${bits} bits per element`);
      if (repair !== 0 && (!options.check || options.coding === 'differential' || (repair !== EXACT_REPAIR && bits - repair < least))) throw body.malformed(`a repair of ${repair}`);
      const scaleCodes = new Uint16Array(blocks.length);
      body.readAll(scaleCodes, blocks.length, SCALE_BITS);
      if (scaleCodes.some((code) => code >= 0x7f80)) throw body.malformed('a scale that is no positive number');
      const scales = Float32Array.from(scaleCodes, fromBfloat16);
      const check = options.check ? body.read(32) : null;
      const count = blocks.reduce((sum, { size }, index) => sum + (scales[index] > 0 ? size : 0), 0);
      body.expectBits(count, bits);
      const codes = new Uint16Array(count);
      body.readAll(codes, count, bits);
      return { bits, repair, scales, codes, check };
    },
    reconstruct(coded, known, shared) {
      const drawn = view.draw(shared);
      return resolve(coded, drawn.side(known), drawn, ditherFor(shared));
    },
    deviations: (difference, coded) =>
      Float32Array.from(blocks, ({ stretch, block: { offset, count, size: padded } }, index) => {
        let sum = 0;
        for (let j = offset; j < offset + count; j++) sum += difference[j] * difference[j];
        // Of a subset each coordinate counts as many as it stands for.
        const square = sum / (padded * stretch);
        if (coded.scales[index] === 0) return Math.sqrt(square);
        const spacing = spacingOf(coded.scales[index], coded);
        const noise = (spacing * spacing) / (options.rounding === 'dither' ? 12 : 6);
        return Math.sqrt(Math.max(square - noise, LEAST_SIGNAL * square));
      }),
    blockCount: blocks.length,
    bodyBits: (bits) => 8 + blocks.length * SCALE_BITS + (options.check ? 32 : 0) + codedCount * bits,
  };
}

/**
 * Delta' over the deviation of a rotated coordinate, Delta / sqrt(d): sqrt(6 ln(Delta / delta)), after which
 * a coordinate is out of reach with a probability of at most 2 (delta / Delta)^3 (Mayekar, Suresh, Tyagi
 * 2021; sub-Gaussian tail). delta is what they allow for bias; for a mean over n clients Delta / sqrt(n).
 */
export const distanceReach = (biasRatio: number): number => Math.sqrt(-6 * log(biasRatio));

const CHECK_START = 0x811c9dc5;

/** One step of a multiplicative hash over lattice indices modulo 2^32. */
function absorbed(check: number, lattice: number): number {
  const mixed = Math.imul(check ^ (lattice | 0), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function finished(vector: Float32Array): Float32Array {
  if (!allFinite(vector)) throw runError('MESSAGE_MALFORMED', 'the message leads to numbers that are not finite', { place: { file: 'wyner-ziv uplink message' } });
  return vector;
}

/** Residue classes of the elements from `offset` on, after dither. Returns the check with their lattice indices, 0 without one. */
function toClasses(turned: Float32Array, offset: number, spacing: number, classes: number, dither: Uint16Array, codes: Uint16Array, check: number | null): number {
  let seen = check ?? 0;
  for (let i = 0; i < codes.length; i++) {
    const lattice = ditheredIndex(turned[offset + i], (dither.length === 0 ? 0 : ditherOf(dither[offset + i])) * spacing, spacing);
    codes[i] = residue(lattice, classes);
    if (check !== null) seen = absorbed(seen, lattice);
  }
  return seen;
}

/** The same with random rounding. */
function toClassesAtRandom(turned: Float32Array, offset: number, spacing: number, classes: number, draws: Uint32Array, codes: Uint16Array, check: number | null): number {
  let seen = check ?? 0;
  for (let i = 0; i < codes.length; i++) {
    const lattice = stochasticIndex(turned[offset + i], spacing, draws[i] * 2.3283064365386963e-10);
    codes[i] = residue(lattice, classes);
    if (check !== null) seen = absorbed(seen, lattice);
  }
  return seen;
}

/** Replaces side information by the point of each class nearest to it. Returns as `toClasses`. */
function fromClasses(codes: Uint16Array, turned: Float32Array, offset: number, spacing: number, classes: number, dither: Uint16Array, check: number | null): number {
  let seen = check ?? 0;
  for (let i = 0; i < codes.length; i++) {
    const shift = dither.length === 0 ? 0 : ditherOf(dither[offset + i]);
    const lattice = nearestIndex(turned[offset + i] / spacing + shift, codes[i], classes);
    turned[offset + i] = spacing * (lattice - shift);
    if (check !== null) seen = absorbed(seen, lattice);
  }
  return seen;
}

function toMidRise(turned: Float32Array, known: Float32Array, offset: number, spacing: number, classes: number, codes: Uint16Array): void {
  for (let i = 0; i < codes.length; i++) codes[i] = midRiseCode(turned[offset + i] - known[offset + i], spacing, classes);
}

function fromMidRise(codes: Uint16Array, turned: Float32Array, offset: number, spacing: number, classes: number): void {
  for (let i = 0; i < codes.length; i++) turned[offset + i] += midRiseValue(codes[i], spacing, classes);
}

function measured(vector: Float32Array, known: Float32Array, { offset, size }: CodedBlock, scale: CoderOptions['scale']): number {
  const end = offset + size;
  if (scale === 'bound') {
    let largest = 0;
    for (let j = offset; j < end; j++) largest = Math.max(largest, Math.abs(vector[j] - known[j]));
    return largest;
  }
  let sum = 0;
  for (let j = offset; j < end; j++) {
    const difference = vector[j] - known[j];
    sum += difference * difference;
  }
  return Math.sqrt(sum / size);
}
