/** IEEE 754 half precision: 5 bits of exponent, 10 of mantissa. */
const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);
const LARGEST = 0x7bff;

/** Nearest half (ties to even) of a finite number; beyond the largest half (65504) it stays there. */
export function toFloat16(value: number): number {
  single[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  const exponent = (magnitude >>> 23) - 112;
  if (exponent >= 31) return sign | LARGEST;
  if (exponent < -10) return sign;
  // Below the normal halves the hidden one is shifted in with the mantissa.
  const mantissa = exponent > 0 ? magnitude - (112 << 23) : (magnitude & 0x7fffff) | 0x800000;
  const shift = exponent > 0 ? 13 : 14 - exponent;
  const rounded = (mantissa + ((1 << (shift - 1)) - 1) + ((mantissa >>> shift) & 1)) >>> shift;
  return sign | Math.min(rounded, LARGEST);
}

export function fromFloat16(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * 5.960464477539063e-8;
  word[0] = ((exponent + 112) << 23) | (mantissa << 13);
  return sign * single[0];
}
