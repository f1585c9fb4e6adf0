import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { wasm } from '../../../src/learning/engines/webassembly.js';

setFlagsFromString('--experimental-wasm-relaxed-simd');

/** An elementary function of a build, over many arguments at once. */
async function elementary(file: string): Promise<(which: number, x: Float32Array) => Float32Array> {
  const memory = new wasm.Memory({ initial: 32, maximum: 65_536, shared: true });
  const module = await wasm.compile(new Uint8Array(readFileSync(new URL(`../../../kernels/${file}`, import.meta.url))));
  const { exports } = new wasm.Instance(module, { env: { memory } });
  const from = Math.ceil(exports.heapBase() / 64) * 64;
  return (which, x) => {
    const to = from + 4 * x.length;
    new Float32Array(memory.buffer, from, x.length).set(x);
    exports.elementary(which, from, to, x.length);
    return Float32Array.from(new Float32Array(memory.buffer, to, x.length));
  };
}

/** Distance of a float from a real number, in units of the last place of that number as a float. */
function errorInUlp(value: number, exact: number): number {
  const bits = new Uint32Array(Float32Array.of(Math.abs(exact)).buffer)[0];
  const next = new Float32Array(Uint32Array.of(bits + 1).buffer)[0];
  return Math.abs(value - exact) / (next - Math.fround(Math.abs(exact)));
}

const sweep = (low: number, high: number, count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
const largest = (x: Float32Array, y: Float32Array, exact: (x: number) => number): number => x.reduce((worst, value, i) => Math.max(worst, errorInUlp(y[i], exact(value))), 0);

describe('elementary functions of the kernels', async () => {
  const relaxed = await elementary('portable-relaxed.wasm');
  const exact = await elementary('portable-exact.wasm');

  it('exp is within 1.5 units of the last place from -87 to 88, and 0 below', () => {
    const x = sweep(-87.3, 88, 60_000);
    expect(largest(x, relaxed(0, x), Math.exp)).toBeLessThan(1.5);
    expect([...relaxed(0, Float32Array.of(0, -0, -88, -1e30, -Infinity))]).toEqual([1, 1, 0, 0, 0]);
    expect(relaxed(0, Float32Array.of(NaN))[0]).toBeNaN();
    expect(Number.isFinite(relaxed(0, Float32Array.of(1e30))[0])).toBe(true);
  });

  it('tanh is within 3 units of the last place, odd, and 1 far out', () => {
    const x = Float32Array.from([...sweep(-12, 12, 60_000), ...sweep(-0.01, 0.01, 5_000)].filter((value) => value !== 0));
    const y = relaxed(1, x);
    expect(largest(x, y, Math.tanh)).toBeLessThan(3);
    expect(relaxed(1, x.map((value) => -value))).toEqual(y.map((value) => -value));
    expect([...relaxed(1, Float32Array.of(0, -0, 20, -20, Infinity))]).toEqual([0, -0, 1, -1, 1]);
    expect(relaxed(1, Float32Array.of(NaN))[0]).toBeNaN();
  });

  it('the logistic function is within 3 units of the last place', () => {
    const x = sweep(-80, 80, 60_000);
    expect(largest(x, relaxed(2, x), (value) => 1 / (1 + Math.exp(-value)))).toBeLessThan(3);
  });

  it('give the same bits with emulated multiply-add', () => {
    const x = sweep(-90, 90, 20_000);
    for (const which of [0, 1, 2]) expect(Buffer.compare(Buffer.from(exact(which, x).buffer), Buffer.from(relaxed(which, x).buffer))).toBe(0);
  });
});
