import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as numerics from '../../src/numerics/index.js';

/** Arguments and values computed with mpmath at 40 digits (quantiles by its root finder), as the nearest doubles. */
const vectors: Record<string, number[][]> = JSON.parse(readFileSync(new URL('reference/special.json', import.meta.url), 'utf8'));

type Special = (...args: number[]) => number;
const relative: Record<string, readonly [(...args: never[]) => number, number]> = {
  erf: [numerics.erf, 9e-16],
  erfc: [numerics.erfc, 1.3e-15],
  qFunction: [numerics.qFunction, 1.8e-15],
  normalQuantile: [numerics.normalQuantile, 2e-15],
  lowerRegularizedGamma: [numerics.lowerRegularizedGamma, 5e-13],
  upperRegularizedGamma: [numerics.upperRegularizedGamma, 5e-13],
  regularizedBeta: [numerics.regularizedBeta, 1e-12],
  studentTQuantile: [numerics.studentTQuantile, 1e-11],
  besselI0: [numerics.besselI0, 3e-15],
  besselI0Scaled: [numerics.besselI0Scaled, 2e-15],
  lambertW0: [numerics.lambertW0, 2e-14],
  marcumQ1: [numerics.marcumQ1, 1e-12],
  marcumP1: [numerics.marcumP1, 1e-12],
};
const absolute: Record<string, readonly [(...args: never[]) => number, number]> = {
  besselJ0: [numerics.besselJ0, 1e-15],
};

function call(f: (...args: never[]) => number, args: readonly number[]): number {
  return (f as Special)(...args);
}

describe('special functions against high-precision values', () => {
  it.each(Object.keys(relative))('%s is within its stated relative error', (name) => {
    const [f, bound] = relative[name];
    expect(vectors[name].length).toBeGreaterThan(15);
    for (const row of vectors[name]) {
      const expected = row.at(-1)!;
      expect(Math.abs(call(f, row.slice(0, -1)) / expected - 1), `${name}(${row.slice(0, -1).join(', ')})`).toBeLessThan(bound);
    }
  });

  it.each(Object.keys(absolute))('%s is within its stated absolute error', (name) => {
    const [f, bound] = absolute[name];
    for (const row of vectors[name]) expect(Math.abs(call(f, row.slice(0, -1)) - row.at(-1)!), `${name}(${row[0]})`).toBeLessThan(bound);
  });

  it('logGamma is within 1e-14 absolute or 1e-15 relative', () => {
    for (const [x, expected] of vectors.logGamma) expect(Math.abs(numerics.logGamma(x) - expected)).toBeLessThan(Math.max(1e-14, 1e-15 * Math.abs(expected)));
  });
});

describe('bits', () => {
  it('are frozen at one inner point of each function', () => {
    const bits = (value: number): string => new BigUint64Array(Float64Array.of(value).buffer)[0].toString(16).padStart(16, '0');
    const points: Record<string, number> = {
      erf: numerics.erf(0.7), erfc: numerics.erfc(3.3), qFunction: numerics.qFunction(4.2), normalQuantile: numerics.normalQuantile(0.017),
      logGamma: numerics.logGamma(3.7), lowerRegularizedGamma: numerics.lowerRegularizedGamma(2.5, 1.5),
      upperRegularizedGamma: numerics.upperRegularizedGamma(12, 20), regularizedBeta: numerics.regularizedBeta(0.3, 2.5, 14),
      studentTQuantile: numerics.studentTQuantile(0.975, 4), besselJ0: numerics.besselJ0(7.1), besselJ0Far: numerics.besselJ0(71),
      besselI0: numerics.besselI0(3.1), besselI0Scaled: numerics.besselI0Scaled(45), lambertW0: numerics.lambertW0(0.8),
      marcumQ1: numerics.marcumQ1(1.4, 2.2), marcumP1: numerics.marcumP1(4.5, 0.9),
    };
    expect(Object.fromEntries(Object.entries(points).map(([name, value]) => [name, bits(value)]))).toMatchInlineSnapshot(`
      {
        "besselI0": "40152d8f2d546da0",
        "besselI0Scaled": "3fae88e31324155a",
        "besselJ0": "3fd323a866c4fad6",
        "besselJ0Far": "3fa615faef5fb031",
        "erf": "3fe5b08c21171645",
        "erfc": "3ec9a661bcdec4af",
        "lambertW0": "3fdf5d459497e7f0",
        "logGamma": "3ff6d9625e359b80",
        "lowerRegularizedGamma": "3fd3336e9bcf3c97",
        "marcumP1": "3f106b37c5dde33d",
        "marcumQ1": "3fd3c3af5e515af1",
        "normalQuantile": "c000f5e82564f1a7",
        "qFunction": "3eebfcf1c72e0825",
        "regularizedBeta": "3fee013274ec6342",
        "studentTQuantile": "40063628d9efb5d8",
        "upperRegularizedGamma": "3f95e66d4d218aad",
      }
    `);
  });
});

describe('identities and ends', () => {
  it('quantiles invert their distributions', () => {
    for (const p of [1e-300, 1e-12, 0.001, 0.2, 0.5, 0.8]) {
      expect(numerics.qFunction(numerics.inverseQFunction(p)) / p - 1).toBeCloseTo(0, 12);
    }
    expect([numerics.normalQuantile(0), numerics.normalQuantile(1), numerics.normalQuantile(0.5)]).toEqual([-Infinity, Infinity, 0]);
    expect(numerics.normalQuantile(1.5)).toBeNaN();
  });

  it("Student's t factor of a 95 % interval is the one in every table", () => {
    expect(numerics.studentTQuantile(0.975, 1)).toBeCloseTo(12.706_204_736_174_7, 10);
    expect(numerics.studentTQuantile(0.975, 4)).toBeCloseTo(2.776_445_105_197_79, 11);
    expect(numerics.studentTQuantile(0.025, 9)).toBeCloseTo(-2.262_157_162_798_2, 11);
    expect(numerics.studentTQuantile(0.5, 3)).toBe(0);
    expect(numerics.studentTQuantile(0.975, 0)).toBeNaN();
  });

  it('complementary pairs sum to one', () => {
    for (const [a, x] of [[0.5, 0.2], [3, 2.5], [100, 110]] as const) {
      expect(numerics.lowerRegularizedGamma(a, x) + numerics.upperRegularizedGamma(a, x)).toBeCloseTo(1, 14);
      expect(numerics.marcumQ1(a / 10, x / 8) + numerics.marcumP1(a / 10, x / 8)).toBeCloseTo(1, 12);
      expect(numerics.regularizedBeta(0.3, a, x) + numerics.regularizedBeta(0.7, x, a)).toBeCloseTo(1, 13);
      expect(numerics.erf(x) + numerics.erfc(x)).toBeCloseTo(1, 15);
    }
  });

  it("Marcum's Q without a line of sight is the Rayleigh tail", () => {
    for (const b of [0, 0.3, 2, 7]) {
      expect(numerics.marcumQ1(0, b) / numerics.exp((-b * b) / 2) - 1).toBeCloseTo(0, 13);
      expect(numerics.marcumP1(0, b)).toBeCloseTo(-numerics.expm1((-b * b) / 2), 13);
    }
  });

  it('has the ends of each domain right', () => {
    expect([numerics.erf(Infinity), numerics.erf(-Infinity), numerics.erfc(-Infinity), numerics.erfc(Infinity)]).toEqual([1, -1, 2, 0]);
    expect([numerics.qFunction(0), numerics.qFunction(-40), numerics.qFunction(40)]).toEqual([0.5, 1, 0]);
    expect([numerics.besselJ0(0), numerics.besselI0(0), numerics.besselJ0(Infinity), numerics.besselI0(800)]).toEqual([1, 1, 0, Infinity]);
    expect([numerics.lambertW0(0), numerics.lambertW0(Math.E), numerics.lambertW0(Infinity)]).toEqual([0, 1, Infinity]);
    expect(numerics.lambertW0(-0.4)).toBeNaN();
    expect([numerics.lowerRegularizedGamma(2, 0), numerics.upperRegularizedGamma(2, 0), numerics.lowerRegularizedGamma(2, Infinity)]).toEqual([0, 1, 1]);
    expect([numerics.regularizedBeta(0, 2, 3), numerics.regularizedBeta(1, 2, 3)]).toEqual([0, 1]);
    expect(numerics.erf(NaN)).toBeNaN();
    expect(numerics.regularizedBeta(1.5, 2, 3)).toBeNaN();
  });
});

describe('root finding', () => {
  const cubic = (x: number): number => x * x * x - 2 * x - 5;
  it.each([['bisect', numerics.bisect], ['brent', numerics.brent]] as const)('%s finds a bracketed zero to the last digits', (_, find) => {
    expect(find(cubic, 2, 3)).toBeCloseTo(2.094_551_481_542_326_5, 14);
    expect(find((x) => numerics.cos(x) - x, 0, 1)).toBeCloseTo(0.739_085_133_215_160_6, 14);
    expect(find((x) => x, -1, 3)).toBeCloseTo(0, 14);
    expect(find((x) => x - 3, 3, 9)).toBe(3);
    expect(find((x) => (x < 0.3 ? -1 : 1), 0, 1)).toBeCloseTo(0.3, 14);
    expect(Math.abs(find(cubic, 2, 3, 1e-3) - 2.094_551_481_542_326_5)).toBeLessThan(1e-3);
    expect(() => find(cubic, 3, 4)).toThrow(expect.objectContaining({ code: 'ROOT_NOT_BRACKETED' }));
  });

  it('brent needs few evaluations of a smooth function', () => {
    let evaluations = 0;
    numerics.brent((x) => { evaluations++; return numerics.exp(x) - 5; }, 0, 10);
    expect(evaluations).toBeLessThan(20);
  });
});
