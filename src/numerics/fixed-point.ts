import { powerOfTwo } from './float-bits.js';

/**
 * Constants and tables in integer arithmetic, so that they are right to the last bit and the same
 * on every machine. Numbers are integers in units of 2^-BITS; used at start-up only.
 */
const BITS = 160n;
const ONE = 1n << BITS;
const UNIT = powerOfTwo(-160);

/** arctan(numerator / denominator) in units of 2^-bits, by its series; the ratio must be small. */
function arctanSeries(numerator: bigint, denominator: bigint, bits: bigint): bigint {
  const square = numerator * numerator;
  const divisor = denominator * denominator;
  let term = (numerator << bits) / denominator;
  let sum = term;
  for (let n = 3n; term !== 0n; n += 2n) {
    term = (-term * square) / divisor;
    sum += term / n;
  }
  return sum;
}

/** pi in units of 2^-bits (Machin 1706: pi/4 = 4 arctan(1/5) - arctan(1/239)). */
export function piInteger(bits: bigint): bigint {
  const guard = bits + 16n;
  return (4n * (4n * arctanSeries(1n, 5n, guard) - arctanSeries(1n, 239n, guard))) >> 16n;
}

/** ln(numerator / denominator) in units of 2^-160. */
export function logInteger(numerator: number, denominator: number): bigint {
  const difference = BigInt(numerator - denominator);
  const sum = BigInt(numerator + denominator);
  let term = (difference << BITS) / sum;
  let total = term;
  for (let n = 3n; term !== 0n; n += 2n) {
    term = (term * difference * difference) / (sum * sum);
    total += term / n;
  }
  return 2n * total;
}

/** e^x for x in units of 2^-160, in the same units. */
export function expInteger(x: bigint): bigint {
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n; n += 1n) {
    term = (term * x) / (n << BITS);
    sum += term;
  }
  return sum;
}

/** arctan(j / steps) for j = 0 .. steps in units of 2^-160, each from the one before by a small difference of angles. */
export function arctanTable(steps: number): bigint[] {
  const table = [0n];
  for (let j = 1; j <= steps; j++) {
    table.push(table[j - 1] + arctanSeries(BigInt(steps), BigInt(steps * steps + j * (j - 1)), BITS));
  }
  return table;
}

/** The nearest double. */
export function highPart(value: bigint): number {
  return Number(value) * UNIT;
}

/** What the nearest double leaves, as a double. */
export function lowPart(value: bigint): number {
  return Number(value - BigInt(Number(value))) * UNIT;
}

/** The value cut to a multiple of 2^-fractionBits, so that products with small integers are exact. */
export function cut(value: bigint, fractionBits: bigint): bigint {
  const dropped = BITS - fractionBits;
  return (value >> dropped) << dropped;
}

export const LN2_INTEGER = logInteger(2, 1);
export const PI_INTEGER = piInteger(BITS);
