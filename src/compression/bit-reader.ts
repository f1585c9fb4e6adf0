import { runError, type WflError } from '../errors.js';
import { allFinite } from './finite.js';

/** Reads what a `BitWriter` wrote; reading past the end is a run error with the byte offset. */
export interface BitReader {
  readonly bitsLeft: number;
  read(width: number): number;
  /** Fills `codes[0 .. count)` with codes of `width` (0 .. 32) bits. */
  readAll(codes: Uint8Array | Uint16Array | Uint32Array | Int32Array, count: number, width: number): void;
  /** The next `count` bits, 32 to a word, the last word filled with zeros. */
  readBitmap(count: number): Uint32Array;
  /**
   * For decoders of many symbols at once: `decode` gets the words of the message, the bit position to begin
   * at and the one where the message ends, and returns the position it came to, which must not lie behind the
   * end. Words behind the end are zero, two of them at least.
   */
  scan(decode: (words: Int32Array, position: number, end: number) => number): void;
  /** The number of zero bits before the next one, which is read too. */
  readUnary(): number;
  /** A finite single; NaN or infinity is a run error. */
  readFloat(): number;
  readFloats(count: number): Float32Array;
  align(): void;
  skip(bits: number): void;
  /** An error at the present position, for decoders that find what cannot be. */
  malformed(problem: string): WflError;
  /** Demands `count` items of at least `bitsEach` bits each to be left, before memory is reserved for them. */
  expectBits(count: number, bitsEach: number): void;
  /** Demands that nothing but zero bits filling the last byte is left. */
  end(): void;
}

const floatBits = new Float32Array(1);
const floatWord = new Int32Array(floatBits.buffer);

/** `what` names the message in errors, as in `uplink message`. */
export function bitReader(bytes: Uint8Array, what: string): BitReader {
  const totalBits = bytes.length * 8;
  let words = paddedWords(bytes.length > HEAD_BYTES ? bytes.subarray(0, HEAD_BYTES) : bytes);
  let readableBits = bytes.length > HEAD_BYTES ? HEAD_BYTES * 8 : totalBits;
  let position = 0;

  /** The words of the whole message: singles at byte boundaries, which most long messages are, do without. */
  const allWords = (): Int32Array => {
    if (readableBits < totalBits) words = paddedWords(bytes);
    readableBits = totalBits;
    return words;
  };

  const fail = (code: string, problem: string): WflError => runError(code, problem, { place: { file: what, byteOffset: position >>> 3 } });
  const tooShort = (bits: number): WflError => fail('MESSAGE_TRUNCATED', `the message ends ${bits - (totalBits - position)} bits too early`);
  const need = (bits: number): void => {
    if (bits > totalBits - position) throw tooShort(bits);
  };
  const read = (width: number): number => {
    if (width > totalBits - position) throw tooShort(width);
    if (width === 0) return 0;
    if (position + width > readableBits) allWords();
    const field = windowAt(words, position) & (-1 >>> (32 - width));
    position += width;
    return field >>> 0;
  };
  const notFinite = (): WflError => fail('MESSAGE_MALFORMED', 'the message holds a number that is not finite');
  const readFloat = (): number => {
    floatWord[0] = read(32);
    const value = floatBits[0];
    if (!Number.isFinite(value)) throw notFinite();
    return value;
  };

  return {
    get bitsLeft() {
      return totalBits - position;
    },
    read,
    readAll(codes, count, width) {
      if (count > codes.length) throw new Error('more codes than room for them');
      need(count * width);
      if (width <= 16 && codes instanceof Uint16Array) {
        unpackWords(allWords(), position, codes, count, width);
        position += count * width;
      } else if (width <= 16 && codes instanceof Uint8Array) {
        unpackBytes(allWords(), position, codes, count, width);
        position += count * width;
      } else {
        for (let i = 0; i < count; i++) codes[i] = read(width);
      }
    },
    readBitmap(count) {
      need(count);
      const bitmap = new Uint32Array((count + 31) >>> 5);
      copyWords(allWords(), position, bitmap, count >>> 5);
      position += count & -32;
      if ((count & 31) !== 0) bitmap[count >>> 5] = read(count & 31);
      return bitmap;
    },
    scan(decode) {
      const reached = decode(allWords(), position, totalBits);
      if (reached > totalBits) throw tooShort(reached - position);
      position = reached;
    },
    readUnary() {
      if (readableBits < totalBits) allWords();
      const start = position;
      while (position < totalBits) {
        const rest = words[position >>> 5] >>> (position & 31);
        if (rest !== 0) {
          position += 31 - Math.clz32(rest & -rest);
          return position++ - start;
        }
        position = ((position >>> 5) + 1) * 32;
      }
      position = totalBits;
      throw fail('MESSAGE_TRUNCATED', 'the message ends within a unary number');
    },
    readFloat,
    readFloats(count) {
      need(count * 32);
      const values = new Float32Array(count);
      if ((position & 7) === 0) {
        const start = position >>> 3;
        new Uint8Array(values.buffer).set(bytes.subarray(start, start + count * 4));
      } else {
        copyWords(allWords(), position, new Uint32Array(values.buffer), count);
      }
      if (!allFinite(values)) {
        position += values.findIndex((value) => !Number.isFinite(value)) * 32;
        throw notFinite();
      }
      position += count * 32;
      return values;
    },
    align() {
      const fill = (8 - (position & 7)) & 7;
      if (read(fill) !== 0) throw fail('MESSAGE_MALFORMED', 'bits that only fill a byte are not zero');
    },
    skip(bits) {
      need(bits);
      position += bits;
    },
    malformed: (problem) => fail('MESSAGE_MALFORMED', problem),
    expectBits(count, bitsEach) {
      need(count * bitsEach);
    },
    end() {
      const left = totalBits - position;
      if (left >= 8) throw fail('MESSAGE_MALFORMED', `the message goes on for ${left} bits after its end`);
      if (read(left) !== 0) throw fail('MESSAGE_MALFORMED', 'bits that only fill the last byte are not zero');
    },
  };
}

/** Enough for the fields in front of most messages. */
const HEAD_BYTES = 512;

/** Whole words, and zeros behind the last, so that a field is two words wherever it begins. */
function paddedWords(bytes: Uint8Array): Int32Array {
  const words = new Int32Array((bytes.length >>> 2) + 3);
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** The 32 bits from a bit position on. */
export const windowAt = (words: Int32Array, position: number): number =>
  (words[position >>> 5] >>> (position & 31)) | ((words[(position >>> 5) + 1] << 1) << (31 - (position & 31)));

/** Codes of `width` (0 .. 16) bits from bit `position` on, in locals: the engine keeps captured variables in memory. */
function unpackWords(words: Int32Array, position: number, codes: Uint16Array, count: number, width: number): void {
  const mask = (1 << width) - 1;
  let at = position >>> 5;
  let shift = position & 31;
  for (let i = 0; i < count; i++) {
    codes[i] = ((words[at] >>> shift) | ((words[at + 1] << 1) << (31 - shift))) & mask;
    shift += width;
    at += shift >>> 5;
    shift &= 31;
  }
}

/** The same for bytes, apart from it because the engine compiles a loop best for one kind of array. */
function unpackBytes(words: Int32Array, position: number, codes: Uint8Array, count: number, width: number): void {
  const mask = (1 << width) - 1;
  let at = position >>> 5;
  let shift = position & 31;
  for (let i = 0; i < count; i++) {
    codes[i] = ((words[at] >>> shift) | ((words[at + 1] << 1) << (31 - shift))) & mask;
    shift += width;
    at += shift >>> 5;
    shift &= 31;
  }
}

function copyWords(words: Int32Array, position: number, to: Uint32Array, count: number): void {
  const shift = position & 31;
  let at = position >>> 5;
  for (let i = 0; i < count; i++) {
    to[i] = (words[at] >>> shift) | ((words[at + 1] << 1) << (31 - shift));
    at++;
  }
}
