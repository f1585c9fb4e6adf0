/** Appends fields of 0 to 32 bits, least significant bit first within each byte. */
export interface BitWriter {
  /** Bits written so far. */
  readonly bitLength: number;
  /** Appends the low `width` (0 .. 32) bits of `value`. */
  write(value: number, width: number): void;
  /** Appends `count` codes of `width` (0 .. 32) bits each. */
  writeAll(codes: ArrayLike<number>, count: number, width: number): void;
  /** Appends `count` fields, the low `widths[i]` (0 .. 32) bits of `values[i]` each. */
  writeFields(values: Uint32Array, widths: Uint8Array, count: number): void;
  /** `count` zero bits and a one. */
  writeUnary(count: number): void;
  /** An IEEE 754 single, 32 bits. */
  writeFloat(value: number): void;
  writeFloats(values: Float32Array): void;
  /** Fills the last byte with zero bits. */
  align(): void;
  /** The first `count` bits of these words, least significant first. */
  writeBitmap(words: Uint32Array, count: number): void;
  /** All bytes so far, the last one filled with zero bits. */
  toBytes(): Uint8Array;
  /** As `toBytes`, without a copy: what is written next may overwrite it. */
  bytesSoFar(): Uint8Array;
  /** As `toBytes`, and the end of the writer: its memory serves the next one. */
  close(): Uint8Array;
}

const floatBits = new Float32Array(1);
const floatWord = new Int32Array(floatBits.buffer);

/** Memory of the last writer that came to its end, all zero: fresh pages cost more than what is written into them. */
let spare = new Int32Array(0);

function takeWords(count: number): Int32Array<ArrayBuffer> {
  const words = spare.length >= count ? spare : new Int32Array(count);
  if (words === spare) spare = new Int32Array(0);
  return words;
}

/**
 * Bits lie in 32-bit words of little-endian order, so that a field touches two words at most. All bits
 * behind the last one written are zero.
 */
export function bitWriter(capacity = 256): BitWriter {
  let words = takeWords((Math.max(16, capacity) >>> 2) + 2);
  let position = 0;

  /** Room for so many bits more, and for the word behind them that `write` clears. */
  const reserve = (bits: number): void => {
    const needed = ((position + bits) >>> 5) + 2;
    if (needed <= words.length) return;
    const larger = new Int32Array(Math.max(words.length * 2, needed));
    larger.set(words);
    words = larger;
  };
  const write = (value: number, width: number): void => {
    if (width === 0) return;
    const at = position >>> 5;
    const shift = position & 31;
    if (at + 2 > words.length) reserve(32);
    const field = value & (-1 >>> (32 - width));
    words[at] |= field << shift;
    words[at + 1] = (field >>> 1) >>> (31 - shift);
    position += width;
  };

  return {
    get bitLength() {
      return position;
    },
    write,
    writeAll(codes, count, width) {
      if (width > 16 || !(codes instanceof Uint16Array || codes instanceof Uint8Array)) {
        for (let i = 0; i < count; i++) write(codes[i], width);
        return;
      }
      reserve(count * width);
      if (codes instanceof Uint16Array) packWords(words, position, codes, count, width);
      else packBytes(words, position, codes, count, width);
      position += count * width;
    },
    writeFields(values, widths, count) {
      const bits = sumOf(widths, count);
      reserve(bits);
      packFields(words, position, values, widths, count);
      position += bits;
    },
    writeBitmap(bitmap, count) {
      reserve(count);
      const whole = count >>> 5;
      copyWords(words, position, bitmap, whole);
      position += 32 * whole;
      if ((count & 31) !== 0) write(bitmap[whole], count & 31);
    },
    writeUnary(count) {
      reserve(count);
      position += count;
      write(1, 1);
    },
    writeFloat(value) {
      floatBits[0] = value;
      write(floatWord[0], 32);
    },
    writeFloats(values) {
      reserve(values.length * 32);
      if ((position & 7) === 0) {
        new Uint8Array(words.buffer).set(new Uint8Array(values.buffer, values.byteOffset, values.length * 4), position >>> 3);
      } else {
        copyWords(words, position, new Uint32Array(values.buffer, values.byteOffset, values.length), values.length);
      }
      position += values.length * 32;
    },
    align() {
      position += (8 - (position & 7)) & 7;
      reserve(0);
    },
    toBytes: () => new Uint8Array(words.buffer.slice(0, (position + 7) >>> 3)),
    bytesSoFar: () => new Uint8Array(words.buffer, 0, (position + 7) >>> 3),
    close() {
      const bytes = new Uint8Array(words.buffer.slice(0, (position + 7) >>> 3));
      words.fill(0, 0, (position >>> 5) + 1);
      if (words.length > spare.length) spare = words;
      words = new Int32Array(2);
      position = 0;
      return bytes;
    },
  };
}

/** Codes of `width` (0 .. 16) bits from bit `position` on, in locals: the engine keeps captured variables in memory. */
function packWords(words: Int32Array, position: number, codes: Uint16Array, count: number, width: number): void {
  const mask = (1 << width) - 1;
  let at = position >>> 5;
  let filled = position & 31;
  let pending = words[at];
  for (let i = 0; i < count; i++) {
    const code = codes[i] & mask;
    pending |= code << filled;
    filled += width;
    if (filled >= 32) {
      words[at++] = pending;
      filled -= 32;
      pending = code >>> (width - filled);
    }
  }
  words[at] = pending;
}

/** The same for bytes, apart from it because the engine compiles a loop best for one kind of array. */
function packBytes(words: Int32Array, position: number, codes: Uint8Array, count: number, width: number): void {
  const mask = (1 << width) - 1;
  let at = position >>> 5;
  let filled = position & 31;
  let pending = words[at];
  for (let i = 0; i < count; i++) {
    const code = codes[i] & mask;
    pending |= code << filled;
    filled += width;
    if (filled >= 32) {
      words[at++] = pending;
      filled -= 32;
      pending = code >>> (width - filled);
    }
  }
  words[at] = pending;
}

function sumOf(widths: Uint8Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += widths[i];
  return sum;
}

function packFields(words: Int32Array, position: number, values: Uint32Array, widths: Uint8Array, count: number): void {
  let at = position >>> 5;
  let filled = position & 31;
  let pending = words[at];
  for (let i = 0; i < count; i++) {
    const width = widths[i];
    if (width === 0) continue;
    const field = values[i] & (-1 >>> (32 - width));
    pending |= field << filled;
    filled += width;
    if (filled >= 32) {
      words[at++] = pending;
      filled -= 32;
      pending = filled === 0 ? 0 : field >>> (width - filled);
    }
  }
  words[at] = pending;
}

function copyWords(words: Int32Array, position: number, from: Uint32Array, count: number): void {
  const shift = position & 31;
  let at = position >>> 5;
  let pending = words[at];
  for (let i = 0; i < count; i++) {
    const word = from[i] | 0;
    words[at++] = pending | (word << shift);
    pending = (word >>> 1) >>> (31 - shift);
  }
  words[at] = pending;
}
