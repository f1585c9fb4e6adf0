import { runError } from '../../errors.js';
import type { Stream } from '../../random/stream.js';
import { fromBfloat16, toBfloat16Up } from '../bfloat16.js';
import type { BitReader } from '../bits.js';
import type { MessageWriter } from '../frame.js';
import { ditheredIndex, midRiseCode, midRiseValue, nearestIndex, OPTIMAL_SPACING, residue, stochasticIndex } from '../quantizers/lattice.js';
import { rotate, rotateBack, rotatedSize, rotationBlocks, rotationSigns, type RotationBlock } from '../transforms/hadamard.js';

export interface CoderOptions {
  /** `modulo`: residue classes, the decoder needs `known`; `differential`: both ends need it. */
  readonly coding: 'modulo' | 'differential';
  readonly rounding: 'dither' | 'stochastic';
  readonly rotation: boolean;
  readonly blockSize: number;
  /** `deviation`: spacing from the block's deviation, least error; `bound`: from its largest deviation, no failures. */
  readonly scale: 'deviation' | 'bound';
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
  readonly scales: Float32Array;
  readonly codes: Uint16Array;
  readonly check: number | null;
}

export interface VectorCoder {
  /**
   * Writes `vector`. `known` is the side information where the sender has it; `hint` the deviation per
   * block that the receiver expects where the sender has not (null: the vector's own).
   */
  encode(out: MessageWriter, vector: Float32Array, bits: number, known: Float32Array | null, hint: Float32Array | null, keys: CoderKeys): void;
  read(body: BitReader): CodedVector;
  /** The vector as the receiver sees it with this side information; null where the check says that it failed. */
  reconstruct(coded: CodedVector, known: Float32Array | null, shared: CoderKeys['shared']): Float32Array | null;
  /** Root mean square per block of a difference of two vectors, over the padded block. */
  deviations(difference: Float32Array): Float32Array;
  bodyBits(bits: number): number;
  readonly blockCount: number;
}

const BITS_MAX = 8;
const SCALE_BITS = 16;
/** Deviations that a checked class reaches to either side. */
const CHECKED_REACH = 6;
/** Dither has this resolution within a spacing; two draws come from one word. */
const DITHER_UNIT = 1 / 65_536;

/** Message body: u8 bits; bfloat16 scale per block; u32 check; codes of the blocks whose scale is not zero. */
export function vectorCoder(size: number, options: CoderOptions): VectorCoder {
  const blocks = options.rotation ? rotationBlocks(size, options.blockSize) : rotationBlocks(size, options.blockSize).map((block) => ({ ...block, size: block.count }));
  const padded = rotatedSize(blocks);
  const signsFor = (shared: CoderKeys['shared']): Int8Array => (options.rotation ? rotationSigns(blocks, shared('signs')) : new Int8Array(0));
  const turn = (vector: Float32Array, signs: Int8Array): Float32Array => (options.rotation ? rotate(vector, blocks, signs) : vector);

  const spacingOf = (scale: number, bits: number): number => {
    const classes = 1 << bits;
    if (options.scale === 'bound') return options.coding === 'differential' ? (2 * scale) / classes : boundSpacing(scale, classes);
    // A check refuses the whole vector for one wrong class, so the classes must reach far beyond the deviation.
    if (options.check && options.coding === 'modulo') return boundSpacing(CHECKED_REACH * scale, classes);
    return OPTIMAL_SPACING[options.coding === 'differential' ? 'differential' : options.rounding][bits] * scale;
  };
  const boundSpacing = (largest: number, classes: number): number => (2 * largest) / (classes - (options.rounding === 'dither' ? 1 : 2));
  const ditherFor = (shared: CoderKeys['shared']): Uint16Array => {
    if (options.coding === 'differential' || options.rounding === 'stochastic') return new Uint16Array(0);
    const words = new Uint32Array((padded + 1) >>> 1);
    shared('dither').fillUint32(words);
    return new Uint16Array(words.buffer);
  };
  /** Dither in units of the spacing, centred: -1/2 .. 1/2. */
  const ditherAt = (dither: Uint16Array, j: number): number => (dither.length === 0 ? 0 : (dither[j] + 0.5) * DITHER_UNIT - 0.5);

  return {
    encode(out, vector, bits, known, hint, { shared, own }) {
      const signs = signsFor(shared);
      const turned = turn(vector, signs);
      const turnedKnown = known === null ? null : turn(known, signs);
      const classes = 1 << bits;
      const scaleCodes = blocks.map((block, index) => toBfloat16Up(hint !== null && hint[index] > 0 ? hint[index] : measured(turned, turnedKnown, block, options.scale)));
      out.part('header');
      out.write(bits, 8);
      out.part('scales');
      out.writeAll(scaleCodes, scaleCodes.length, SCALE_BITS);
      const dither = ditherFor(shared);
      const codes = new Uint16Array(padded);
      let used = 0;
      let check = CHECK_START;
      blocks.forEach(({ offset, size }, index) => {
        if (scaleCodes[index] === 0) return;
        const spacing = spacingOf(fromBfloat16(scaleCodes[index]), bits);
        for (let j = offset; j < offset + size; j++) {
          if (options.coding === 'differential') {
            codes[used++] = midRiseCode(turned[j] - (turnedKnown === null ? 0 : turnedKnown[j]), spacing, classes);
            continue;
          }
          const lattice = own !== null && options.rounding === 'stochastic'
            ? stochasticIndex(turned[j], spacing, own.uint32() * 2.3283064365386963e-10)
            : ditheredIndex(turned[j], ditherAt(dither, j) * spacing, spacing);
          codes[used++] = residue(lattice, classes);
          if (options.check) check = absorbed(check, lattice);
        }
      });
      if (options.check) {
        out.part('sideInformation');
        out.write(check, 32);
      }
      out.part('values');
      out.writeAll(codes, used, bits);
    },
    read(body) {
      const bits = body.read(8);
      const least = options.coding === 'differential' ? 1 : 2;
      if (bits < least || bits > BITS_MAX) throw body.malformed(`${bits} bits per element`);
      const scaleCodes = new Uint16Array(blocks.length);
      body.readAll(scaleCodes, blocks.length, SCALE_BITS);
      const scales = Float32Array.from(scaleCodes, (code) => {
        if (code >= 0x7f80) throw body.malformed('a scale that is no positive number');
        return fromBfloat16(code);
      });
      const check = options.check ? body.read(32) : null;
      const count = blocks.reduce((sum, { size }, index) => sum + (scales[index] > 0 ? size : 0), 0);
      body.expectBits(count, bits);
      const codes = new Uint16Array(count);
      body.readAll(codes, count, bits);
      return { bits, scales, codes, check };
    },
    reconstruct({ bits, scales, codes, check }, known, shared) {
      const signs = signsFor(shared);
      const turnedKnown = known === null ? new Float32Array(padded) : turn(known, signs);
      const classes = 1 << bits;
      const dither = ditherFor(shared);
      const turned = Float32Array.from(turnedKnown);
      let used = 0;
      let seen = CHECK_START;
      blocks.forEach(({ offset, size }, index) => {
        if (scales[index] === 0) return;
        const spacing = spacingOf(scales[index], bits);
        for (let j = offset; j < offset + size; j++) {
          const code = codes[used++];
          if (options.coding === 'differential') {
            turned[j] = turnedKnown[j] + midRiseValue(code, spacing, classes);
            continue;
          }
          const shift = ditherAt(dither, j);
          const lattice = nearestIndex(turnedKnown[j] / spacing + shift, code, classes);
          turned[j] = spacing * (lattice - shift);
          if (options.check) seen = absorbed(seen, lattice);
        }
      });
      if (options.check && options.coding === 'modulo' && seen >>> 0 !== check) return null;
      const vector = options.rotation ? rotateBack(turned, blocks, signs) : turned;
      if (!vector.every((value) => Number.isFinite(value))) throw runError('MESSAGE_MALFORMED', 'the message leads to numbers that are not finite', { place: { file: 'wyner-ziv uplink message' } });
      return vector;
    },
    deviations: (difference) =>
      Float32Array.from(blocks, ({ offset, count, size }) => {
        let sum = 0;
        for (let j = offset; j < offset + count; j++) sum += difference[j] * difference[j];
        return Math.sqrt(sum / size);
      }),
    blockCount: blocks.length,
    bodyBits: (bits) => 8 + blocks.length * SCALE_BITS + (options.check ? 32 : 0) + padded * bits,
  };
}

const CHECK_START = 0x811c9dc5;

/** One step of a multiplicative hash over lattice indices modulo 2^32. */
function absorbed(check: number, lattice: number): number {
  const mixed = Math.imul(check ^ (lattice | 0), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function measured(vector: Float32Array, known: Float32Array | null, { offset, size }: RotationBlock, scale: CoderOptions['scale']): number {
  let sum = 0;
  let largest = 0;
  for (let j = offset; j < offset + size; j++) {
    const difference = vector[j] - (known === null ? 0 : known[j]);
    sum += difference * difference;
    largest = Math.max(largest, Math.abs(difference));
  }
  return scale === 'bound' ? largest : Math.sqrt(sum / size);
}
