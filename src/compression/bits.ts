import { runError, type WflError } from '../errors.js';

/** Appends fields of 0 to 32 bits, least significant bit first within each byte. */
export interface BitWriter {
  /** Bits written so far. */
  readonly bitLength: number;
  /** Appends the low `width` (0 .. 32) bits of `value`. */
  write(value: number, width: number): void;
  /** Appends `count` codes of `width` (0 .. 32) bits each. */
  writeAll(codes: ArrayLike<number>, count: number, width: number): void;
  /** `count` zero bits and a one. */
  writeUnary(count: number): void;
  /** An IEEE 754 single, 32 bits. */
  writeFloat(value: number): void;
  writeFloats(values: Float32Array): void;
  /** Fills the last byte with zero bits. */
  align(): void;
  /** All bytes so far, the last one filled with zero bits. */
  toBytes(): Uint8Array;
}

const floatBits = new Float32Array(1);
const floatWord = new Uint32Array(floatBits.buffer);

export function bitWriter(capacity = 256): BitWriter {
  let bytes = new Uint8Array(Math.max(16, capacity));
  let length = 0;
  // Bits that do not fill a byte yet; fewer than 8 between calls.
  let pending = 0;
  let pendingBits = 0;

  const reserve = (extra: number): void => {
    if (length + extra <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + extra));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  };
  const writeShort = (value: number, width: number): void => {
    pending |= value << pendingBits;
    pendingBits += width;
    while (pendingBits >= 8) {
      bytes[length++] = pending & 0xff;
      pending >>>= 8;
      pendingBits -= 8;
    }
  };
  const write = (value: number, width: number): void => {
    reserve(5);
    if (width <= 16) {
      writeShort(value & ((1 << width) - 1), width);
    } else {
      writeShort(value & 0xffff, 16);
      writeShort((value >>> 16) & ((1 << (width - 16)) - 1), width - 16);
    }
  };
  const align = (): void => {
    if (pendingBits > 0) write(0, 8 - pendingBits);
  };

  return {
    get bitLength() {
      return length * 8 + pendingBits;
    },
    write,
    writeAll(codes, count, width) {
      if (width === 0) return;
      if (width > 16) {
        for (let i = 0; i < count; i++) write(codes[i], width);
        return;
      }
      reserve(Math.ceil((count * width) / 8) + 4);
      // Locals, because the engine keeps captured variables in memory and locals in registers.
      const target = bytes;
      const mask = (1 << width) - 1;
      let at = length;
      let accumulator = pending;
      let filled = pendingBits;
      for (let i = 0; i < count; i++) {
        accumulator |= (codes[i] & mask) << filled;
        filled += width;
        while (filled >= 8) {
          target[at++] = accumulator & 0xff;
          accumulator >>>= 8;
          filled -= 8;
        }
      }
      length = at;
      pending = accumulator;
      pendingBits = filled;
    },
    writeUnary(count) {
      let zeros = count;
      for (; zeros >= 16; zeros -= 16) write(0, 16);
      write(1 << zeros, zeros + 1);
    },
    writeFloat(value) {
      floatBits[0] = value;
      write(floatWord[0], 32);
    },
    writeFloats(values) {
      if (pendingBits === 0) {
        reserve(values.length * 4);
        bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.length * 4), length);
        length += values.length * 4;
        return;
      }
      const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
      for (const word of words) write(word, 32);
    },
    align,
    toBytes() {
      reserve(1);
      const total = pendingBits > 0 ? length + 1 : length;
      if (pendingBits > 0) bytes[length] = pending;
      return bytes.slice(0, total);
    },
  };
}

/** Reads what a `BitWriter` wrote; reading past the end is a run error with the byte offset. */
export interface BitReader {
  readonly bitsLeft: number;
  read(width: number): number;
  /** Fills `codes[0 .. count)` with codes of `width` (0 .. 32) bits. */
  readAll(codes: Uint8Array | Uint16Array | Uint32Array | Int32Array, count: number, width: number): void;
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

/** `what` names the message in errors, as in `uplink message`. */
export function bitReader(bytes: Uint8Array, what: string): BitReader {
  const totalBits = bytes.length * 8;
  let position = 0;

  const fail = (code: string, problem: string): WflError => runError(code, problem, { place: { file: what, byteOffset: position >>> 3 } });
  const need = (bits: number): void => {
    if (bits > totalBits - position) throw fail('MESSAGE_TRUNCATED', `the message ends ${bits - (totalBits - position)} bits too early`);
  };
  const readShort = (width: number): number => {
    const at = position >>> 3;
    const word = bytes[at] | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const value = (word >>> (position & 7)) & ((1 << width) - 1);
    position += width;
    return value;
  };
  const read = (width: number): number => {
    need(width);
    if (width <= 16) return readShort(width);
    const low = readShort(16);
    return low + readShort(width - 16) * 65536;
  };
  const readFloat = (): number => {
    floatWord[0] = read(32);
    const value = floatBits[0];
    if (!Number.isFinite(value)) throw fail('MESSAGE_MALFORMED', 'the message holds a number that is not finite');
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
      if (width > 16) {
        for (let i = 0; i < count; i++) codes[i] = read(width);
        return;
      }
      const mask = (1 << width) - 1;
      let at = position >>> 3;
      let filled = 0;
      let accumulator = 0;
      if ((position & 7) !== 0) {
        filled = 8 - (position & 7);
        accumulator = bytes[at++] >>> (position & 7);
      }
      for (let i = 0; i < count; i++) {
        while (filled < width) {
          accumulator |= bytes[at++] << filled;
          filled += 8;
        }
        codes[i] = accumulator & mask;
        accumulator >>>= width;
        filled -= width;
      }
      position += count * width;
    },
    readUnary() {
      const start = position;
      while (position < totalBits) {
        const rest = bytes[position >>> 3] >>> (position & 7);
        if (rest !== 0) {
          position += 31 - Math.clz32(rest & -rest);
          return position++ - start;
        }
        position = ((position >>> 3) + 1) * 8;
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
        for (let i = 0; i < count; i++) {
          if (!Number.isFinite(values[i])) {
            position += i * 32;
            throw fail('MESSAGE_MALFORMED', 'the message holds a number that is not finite');
          }
        }
        position += count * 32;
      } else {
        for (let i = 0; i < count; i++) values[i] = readFloat();
      }
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
