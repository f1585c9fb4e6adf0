import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bits, bitsPerSecond, decibels, hertz, joules, metres, metresPerSecond, ratio, seconds, watts } from '../../src/scenario/quantity.js';

const problemOf = (schema: z.ZodType, input: unknown) => {
  const result = schema.safeParse(input);
  return result.success ? `accepted as ${String(result.data)}` : result.error.issues.map(({ message }) => message).join(' | ');
};

describe('quantities', () => {
  it('parse to SI numbers', () => {
    expect(hertz().parse('20 MHz')).toBe(20e6);
    expect(metres().parse('1.5 km')).toBe(1500);
    expect(joules().parse('9 mJ')).toBe(0.009);
    expect(seconds().parse('5ms')).toBe(0.005);
    expect(seconds().parse('3 µs')).toBe(3e-6);
    expect(bits().parse('1500 B')).toBe(12_000);
    expect(bits().parse('1 KiB')).toBe(8192);
    expect(bitsPerSecond().parse('10 Mbit/s')).toBe(1e7);
    expect(metresPerSecond().parse('36 km/h')).toBe(10);
    expect(decibels().parse('-3.5 dB')).toBe(-3.5);
    expect(hertz().parse('1e-3 GHz')).toBe(1e6);
  });

  it('turn dBm into watts, not milliwatts', () => {
    expect(watts().parse('30 dBm')).toBeCloseTo(1, 15);
    expect(watts().parse('23 dBm')).toBeCloseTo(0.199526231496888, 14);
    expect(watts().parse('0 dBm')).toBe(0.001);
    expect(watts().parse('3 dBW')).toBeCloseTo(1.99526231496888, 13);
  });

  it('refuse a bare number, a wrong unit and a wrong dimension, naming what is right', () => {
    expect(problemOf(watts(), 20)).toContain('20 has no unit; expected a power such as "23 dBm" (units: W, mW');
    expect(problemOf(watts(), '20')).toContain('20 has no unit');
    expect(problemOf(watts(), '20 MHz')).toContain('"MHz" is not a unit of power but of frequency');
    expect(problemOf(hertz(), '20 Mhz')).toContain('(did you mean "MHz"?)');
    expect(problemOf(hertz(), 'fast')).toContain('"fast" is not a frequency');
    expect(problemOf(hertz(), '20 toString')).toContain('"toString" is not a unit of frequency');
    expect(problemOf(hertz(), undefined)).toContain('expected a frequency');
  });

  it('refuse what is out of range, in words', () => {
    expect(problemOf(hertz(), '-5 MHz')).toBe('"-5 MHz" is negative; expected a frequency above zero');
    expect(problemOf(hertz(), '0 Hz')).toBe('"0 Hz" is too small; expected a frequency above zero');
    expect(problemOf(metres({ min: 10 }), '5 m')).toBe('"5 m" is too small; expected a length of at least 10 m');
    expect(problemOf(metres({ max: 10 }), '5 km')).toBe('"5 km" is too large; expected a length of at most 10 m');
    expect(problemOf(hertz(), '1e400 Hz')).toContain('out of range');
  });

  it('are written back in SI units, to the same bits', () => {
    for (const [schema, text] of [[hertz(), '3.5 GHz'], [watts(), '23 dBm'], [seconds(), '0.1 us'], [joules(), '1e-28 J'], [bits(), '3 B'], [decibels(), '-3.1 dB']] as const) {
      const value = schema.parse(text);
      expect(schema.parse(z.encode(schema, value))).toBe(value);
    }
    expect(z.encode(hertz(), 2e7)).toBe('20000000 Hz');
  });

  it('tell an editor their pattern in the JSON Schema', () => {
    const { pattern } = z.toJSONSchema(hertz(), { io: 'input' });
    expect('20 MHz').toMatch(new RegExp(pattern!));
    expect('20 mHz').not.toMatch(new RegExp(pattern!));
  });
});

describe('ratios', () => {
  it('are numbers or percentages from 0 to 1', () => {
    expect(ratio().parse(0.25)).toBe(0.25);
    expect(ratio().parse('1 %')).toBe(0.01);
    expect(ratio().parse('2.5%')).toBe(0.025);
    expect(problemOf(ratio(), 1.5)).toBe('1.5 is too large; expected a ratio of at most 1');
    expect(problemOf(ratio(), '-1 %')).toContain('negative');
    expect(problemOf(ratio(), '0.5')).toContain('is not a ratio; expected a ratio such as 0.01 or "1 %"');
    expect(ratio({ min: 0 }).parse('150 %')).toBe(1.5);
  });
});
