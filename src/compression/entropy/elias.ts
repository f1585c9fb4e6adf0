import type { BitReader, BitWriter } from '../bits.js';

/**
 * Universal codes for whole numbers 1 .. 2^32 - 1 (Elias 1975). Gamma: the number of bits after the
 * leading one in unary, then these bits. Delta: that number plus one in gamma, then these bits.
 * Bits follow least significant first.
 */
const leadingPosition = (value: number): number => 31 - Math.clz32(value);

export function writeEliasGamma(out: BitWriter, value: number): void {
  const width = leadingPosition(value);
  out.writeUnary(width);
  out.write(value, width);
}

export function readEliasGamma(body: BitReader): number {
  const width = body.readUnary();
  if (width > 31) throw body.malformed(`an Elias gamma number of ${width} bits`);
  return body.read(width) + ((1 << width) >>> 0);
}

export function writeEliasDelta(out: BitWriter, value: number): void {
  const width = leadingPosition(value);
  writeEliasGamma(out, width + 1);
  out.write(value, width);
}

export function readEliasDelta(body: BitReader): number {
  const width = readEliasGamma(body) - 1;
  if (width > 31) throw body.malformed(`an Elias delta number of ${width} bits`);
  return body.read(width) + ((1 << width) >>> 0);
}

export const eliasGammaBits = (value: number): number => 2 * leadingPosition(value) + 1;
export const eliasDeltaBits = (value: number): number => leadingPosition(value) + eliasGammaBits(leadingPosition(value) + 1);
