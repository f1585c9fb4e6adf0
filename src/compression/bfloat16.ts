/** The upper half of a single: 8 bits of exponent, 7 of mantissa. */
const single = new Float32Array(1);
const word = new Uint32Array(single.buffer);
const LARGEST = 0x7f7f;

/** Nearest bfloat16 (ties to even) of a finite number; what would round to infinity stays at the largest. */
export function toBfloat16(value: number): number {
  single[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = ((bits & 0x7fffffff) + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  return sign | Math.min(magnitude, LARGEST);
}

/** Smallest bfloat16 that is not below a number from 0 on. */
export function toBfloat16Up(value: number): number {
  single[0] = value;
  if (single[0] < value) word[0] += 1;
  return Math.min((word[0] + 0xffff) >>> 16, LARGEST);
}

export function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return single[0];
}
