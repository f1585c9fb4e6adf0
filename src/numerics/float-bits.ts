/** Access to the fields of a binary64 number, the same on either byte order. */

const FLOAT = new Float64Array(1);
const WORDS = new Int32Array(FLOAT.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Sign, exponent and the upper 20 bits of the fraction, as a signed 32-bit integer. */
export function highWord(x: number): number {
  FLOAT[0] = x;
  return WORDS[HIGH];
}

/** The lower 32 bits of the fraction, as a signed 32-bit integer. */
export function lowWord(x: number): number {
  FLOAT[0] = x;
  return WORDS[1 - HIGH];
}

const POWERS_OF_TWO = new Float64Array(2046);
for (let exponent = 0, up = 1, down = 1; exponent <= 1023; exponent++, up *= 2, down /= 2) {
  POWERS_OF_TWO[1022 + exponent] = up;
  if (exponent <= 1022) POWERS_OF_TWO[1022 - exponent] = down;
}

/** 2^exponent for an integer exponent from -1022 to 1023. */
export function powerOfTwo(exponent: number): number {
  return POWERS_OF_TWO[exponent + 1022];
}

/** x * 2^exponent, rounded once where the result is subnormal and x has magnitude in [0.5, 4). */
export function scaleByPowerOfTwo(x: number, exponent: number): number {
  if (exponent > 1022) return x * powerOfTwo(1022) * powerOfTwo(Math.min(exponent - 1022, 1023));
  if (exponent < -1020) return x * powerOfTwo(Math.max(exponent + 1000, -1022)) * powerOfTwo(-1000);
  return x * powerOfTwo(exponent);
}

/** x * 2^exponent for any x whose result is normal, in two steps so that neither factor leaves the normal range. */
export function rescale(x: number, exponent: number): number {
  const half = Math.floor(exponent / 2);
  return scaleByPowerOfTwo(scaleByPowerOfTwo(x, half), exponent - half);
}

/** The exponent e with 2^e <= |x| < 2^(e+1), for a finite x other than zero. */
export function exponentOf(x: number): number {
  const biased = (highWord(x) >>> 20) & 0x7ff;
  return biased === 0 ? ((highWord(x * 18_014_398_509_481_984) >>> 20) & 0x7ff) - 1077 : biased - 1023;
}
