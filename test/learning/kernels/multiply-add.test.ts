import { describe, expect, it } from 'vitest';
import { createNative, nativeHandles } from '../../../src/learning/engines/native.js';
import { compileExact, compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { modelNamed } from '../../../src/learning/models/index.js';
import { stream } from '../../../src/random/stream.js';

const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0];
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0];

/** A finite float as an integer times 2^-149. */
function units(value: number): bigint {
  const bits = bitsOf(value);
  const exponent = (bits >>> 23) & 0xff;
  const fraction = BigInt(bits & 0x7fffff);
  const magnitude = exponent === 0 ? fraction : (fraction | 0x800000n) << BigInt(exponent - 1);
  return bits >>> 31 === 1 ? -magnitude : magnitude;
}

/** a * b + c rounded once, to nearest even, from exact integers. */
function reference(a: number, b: number, c: number): number {
  if (![a, b, c].every(Number.isFinite)) return a * b + c;
  /* In units of 2^-298. */
  const sum = units(a) * units(b) + (units(c) << 149n);
  if (sum === 0n) return a * b + c;
  const magnitude = sum < 0n ? -sum : sum;
  const length = magnitude.toString(2).length;
  /* Bits below the last place of a float of that size; subnormals end at 2^-149. */
  const below = BigInt(Math.max(length - 24, 149));
  const half = 1n << (below - 1n);
  const rest = magnitude & ((1n << below) - 1n);
  let quotient = magnitude >> below;
  if (rest > half || (rest === half && (quotient & 1n) === 1n)) quotient += 1n;
  const value = Math.fround(Number(quotient) * 2 ** (Number(below) - 298 + 100) * 2 ** -100);
  return sum < 0n ? -value : value;
}

function operands(): { a: number; b: number; c: number }[] {
  const draw = stream(3, 'test-multiply-add');
  const finite = (): number => {
    const value = floatOf(draw.uint32());
    return Number.isFinite(value) ? value : 1.5;
  };
  const near = (value: number, steps: number): number => {
    const moved = floatOf((bitsOf(value) + steps) >>> 0);
    return Number.isFinite(moved) ? moved : value;
  };
  const cases: { a: number; b: number; c: number }[] = [];
  for (let i = 0; i < 3_000; i++) {
    const [a, b] = [finite(), finite()];
    cases.push({ a, b, c: finite() });
    /* The sum is about the rounding error of the product. */
    cases.push({ a, b, c: near(-Math.fround(a * b), (i % 5) - 2) });
    /* Operands of like size. */
    const [d, e, f] = [1 + draw.uniform(), 1 + draw.uniform(), draw.uniform() - 0.5].map(Math.fround);
    cases.push({ a: d, b: e, c: f }, { a: d, b: -e, c: Math.fround(f * 2 ** -24) }, { a: d, b: e, c: Math.fround(f * 2 ** 25) });
    /* Results among the subnormals. */
    cases.push({ a: Math.fround(d * 2 ** -70), b: Math.fround(e * 2 ** -72), c: floatOf(i % 97) });
  }
  /* Products half-way between two floats, with addends that decide or do not. */
  for (const c of [0, 2 ** -149, -(2 ** -149), 2 ** -60, -(2 ** -60), 2 ** -23, 1]) {
    for (const odd of [1, 3, 5]) cases.push({ a: 1 + odd * 2 ** -12, b: 1 + 2 ** -12, c }, { a: -(1 + odd * 2 ** -12), b: 1 + 2 ** -12, c });
  }
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 3.4028234663852886e38, 2 ** -149, 2 ** -126];
  for (const a of special) for (const b of special) for (const c of special) cases.push({ a, b, c });
  return cases;
}

describe('multiply-add', async () => {
  const engines = [createPortable(await compileExact()), createPortable(await compilePortable()), ...nativeHandles().map(createNative)];

  it.each(engines.map((engine) => ({ name: engine.instructionSet, engine })))('$name: is rounded once for every kind of operand', ({ engine }) => {
    const network = engine.load(modelNamed('logistic', [2, 2, 1], 2), 1);
    const wrong = operands().filter(({ a, b, c }) => {
      const y = Float32Array.of(c);
      network.axpy(a, Float32Array.of(b), y, 1);
      const exact = Math.fround(reference(a, b, c));
      return Number.isNaN(exact) ? !Number.isNaN(y[0]) : !Object.is(y[0], exact);
    });
    expect(wrong).toEqual([]);
  });
});
