import { z } from 'zod';
import { pow } from '../numerics/index.js';
import { didYouMean } from '../errors.js';

/**
 * Physical quantities as scenarios write them (`20 MHz`, `23 dBm`, `1.5 km`, `10 mJ`), parsed to
 * plain SI numbers. Decibels exist only here, at the edge; everything inside is linear.
 */
interface Dimension {
  readonly name: string;
  readonly example: string;
  readonly units: Readonly<Record<string, (value: number) => number>>;
}

const times = (factor: number) => (value: number) => value * factor;
/** Linear ratio of a level in decibels. */
export const ratioOfDecibels = (decibels: number): number => pow(10, decibels / 10);

const LENGTH: Dimension = { name: 'a length', example: '250 m', units: { m: times(1), km: times(1e3), cm: times(1e-2), mm: times(1e-3) } };
const FREQUENCY: Dimension = { name: 'a frequency', example: '20 MHz', units: { Hz: times(1), kHz: times(1e3), MHz: times(1e6), GHz: times(1e9) } };
const POWER: Dimension = {
  name: 'a power',
  example: '23 dBm',
  units: { W: times(1), mW: times(1e-3), uW: times(1e-6), kW: times(1e3), dBm: (v) => ratioOfDecibels(v) * 1e-3, dBW: ratioOfDecibels },
};
const TIME: Dimension = { name: 'a time', example: '5 ms', units: { s: times(1), ms: times(1e-3), us: times(1e-6), min: times(60), h: times(3600) } };
const ENERGY: Dimension = { name: 'an energy', example: '10 mJ', units: { J: times(1), mJ: times(1e-3), uJ: times(1e-6), kJ: times(1e3), Wh: times(3600) } };
const SPEED: Dimension = { name: 'a speed', example: '3 km/h', units: { 'm/s': times(1), 'km/h': times(1 / 3.6) } };
const LEVEL: Dimension = { name: 'a level in decibels', example: '5 dB', units: { dB: times(1) } };
const SIZE: Dimension = {
  name: 'a data size',
  example: '1500 B',
  units: { B: times(8), kB: times(8e3), MB: times(8e6), KiB: times(8192), MiB: times(8_388_608), bit: times(1), kbit: times(1e3), Mbit: times(1e6) },
};

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;

function quantity(dimension: Dimension, { min, max }: Limits = {}): z.ZodType<number> {
  const pattern = new RegExp(`^\\s*(${NUMBER})\\s*([A-Za-z/]+)\\s*$`);
  const expected = `${dimension.name} such as "${dimension.example}" (units: ${Object.keys(dimension.units).join(', ')})`;
  return z
    .string({ error: () => `expected ${expected}` })
    .meta({ description: `${dimension.name}, as "${dimension.example}"`, examples: [dimension.example] })
    .transform((text, context) => {
      const refuse = (message: string): never => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      const match = pattern.exec(text);
      if (match === null) return refuse(`"${text}" is not ${dimension.name}; expected ${expected}`);
      const unit = match[2]!;
      const convert = Object.hasOwn(dimension.units, unit) ? dimension.units[unit] : undefined;
      if (convert === undefined) {
        return refuse(`"${unit}" is not a unit of ${dimension.name.replace(/^an? /, '')}${didYouMean(unit, Object.keys(dimension.units))}; expected ${expected}`);
      }
      const value = convert(Number(match[1]));
      if (!Number.isFinite(value)) return refuse(`"${text}" is out of range; expected ${expected}`);
      if (min !== undefined && value < min) return refuse(`"${text}" is too small; expected ${dimension.name} of at least ${min} in SI units`);
      if (max !== undefined && value > max) return refuse(`"${text}" is too large; expected ${dimension.name} of at most ${max} in SI units`);
      return value;
    });
}

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

/** Smallest positive number: for quantities that must not be zero. */
export const POSITIVE: Limits = { min: Number.MIN_VALUE };
const NOT_NEGATIVE: Limits = { min: 0 };

export const metres = (limits: Limits = NOT_NEGATIVE): z.ZodType<number> => quantity(LENGTH, limits);
export const hertz = (limits: Limits = POSITIVE): z.ZodType<number> => quantity(FREQUENCY, limits);
export const watts = (limits: Limits = NOT_NEGATIVE): z.ZodType<number> => quantity(POWER, limits);
export const seconds = (limits: Limits = NOT_NEGATIVE): z.ZodType<number> => quantity(TIME, limits);
export const joules = (limits: Limits = POSITIVE): z.ZodType<number> => quantity(ENERGY, limits);
export const metresPerSecond = (limits: Limits = NOT_NEGATIVE): z.ZodType<number> => quantity(SPEED, limits);
/** Stays in dB, for noise figures, margins and offsets; convert with `ratioOfDecibels`. */
export const decibels = (limits: Limits = {}): z.ZodType<number> => quantity(LEVEL, limits);
export const bits = (limits: Limits = NOT_NEGATIVE): z.ZodType<number> => quantity(SIZE, limits);
