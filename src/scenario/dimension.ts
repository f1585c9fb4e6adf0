import { pow } from '../numerics/index.js';
import { didYouMean } from '../errors.js';

/**
 * Units as scenarios write them, each with its conversion to the SI unit of its dimension. Decibels
 * exist only here, at the edge; everything inside is linear.
 */
export interface Dimension {
  /** With its article, for messages. */
  readonly name: string;
  readonly example: string;
  /** The unit of the parsed number; `value + siUnit` parses back to the same number. */
  readonly siUnit: string;
  readonly units: Readonly<Record<string, (value: number) => number>>;
}

const times = (factor: number) => (value: number) => value * factor;
/** Division keeps `9 mJ` at 0.009, where a product with 1e-3 is one bit off. */
const over = (divisor: number) => (value: number) => value / divisor;

/** Linear ratio of a level in decibels. */
export const ratioOfDecibels = (decibels: number): number => pow(10, decibels / 10);

export const DIMENSIONS = {
  length: {
    name: 'a length',
    example: '250 m',
    siUnit: 'm',
    units: { m: times(1), km: times(1e3), cm: over(1e2), mm: over(1e3) },
  },
  frequency: {
    name: 'a frequency',
    example: '20 MHz',
    siUnit: 'Hz',
    units: { Hz: times(1), kHz: times(1e3), MHz: times(1e6), GHz: times(1e9) },
  },
  power: {
    name: 'a power',
    example: '23 dBm',
    siUnit: 'W',
    units: { W: times(1), mW: over(1e3), uW: over(1e6), kW: times(1e3), dBm: (level) => ratioOfDecibels(level) / 1e3, dBW: ratioOfDecibels },
  },
  time: {
    name: 'a time',
    example: '5 ms',
    siUnit: 's',
    units: { s: times(1), ms: over(1e3), us: over(1e6), ns: over(1e9), min: times(60), h: times(3600) },
  },
  energy: {
    name: 'an energy',
    example: '10 mJ',
    siUnit: 'J',
    units: { J: times(1), mJ: over(1e3), uJ: over(1e6), kJ: times(1e3), Wh: times(3600) },
  },
  speed: {
    name: 'a speed',
    example: '3 km/h',
    siUnit: 'm/s',
    units: { 'm/s': times(1), 'km/h': over(3.6) },
  },
  level: {
    name: 'a level in decibels',
    example: '5 dB',
    siUnit: 'dB',
    units: { dB: times(1) },
  },
  size: {
    name: 'a data size',
    example: '1500 B',
    siUnit: 'bit',
    units: { bit: times(1), kbit: times(1e3), Mbit: times(1e6), B: times(8), kB: times(8e3), MB: times(8e6), KiB: times(8192), MiB: times(8_388_608) },
  },
  dataRate: {
    name: 'a data rate',
    example: '10 Mbit/s',
    siUnit: 'bit/s',
    units: { 'bit/s': times(1), 'kbit/s': times(1e3), 'Mbit/s': times(1e6), 'Gbit/s': times(1e9) },
  },
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof DIMENSIONS;

/** A decimal number as scenarios write it, without its sign. */
export const UNSIGNED_NUMBER = String.raw`(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;

const QUANTITY = new RegExp(String.raw`^\s*([+-]?${UNSIGNED_NUMBER})\s*([A-Za-zµμ/%]+)\s*$`);

/** `a frequency such as "20 MHz" (units: Hz, kHz, MHz, GHz)`. */
export function describeDimension({ name, example, units }: Dimension): string {
  return `${name} such as "${example}" (units: ${Object.keys(units).join(', ')})`;
}

/** The SI value of a text such as `20 MHz`, or what is wrong with it. */
export function parseQuantity(dimension: Dimension, text: string): { readonly value: number } | { readonly problem: string } {
  const bare = dimension.name.replace(/^an? /, '');
  const match = QUANTITY.exec(text);
  if (match === null) {
    return { problem: isNumber(text) ? `${text.trim()} has no unit` : `"${text}" is not ${dimension.name}` };
  }
  const convert = conversionOf(dimension, match[2]);
  if (convert === undefined) {
    return { problem: `"${match[2]}" is not a unit of ${bare}${suggestUnit(dimension, match[2])}` };
  }
  const value = convert(Number(match[1]));
  return Number.isFinite(value) ? { value } : { problem: `"${text}" is out of range` };
}

/** The conversion of a unit to SI, with `µ` read as `u`; undefined for no unit of this dimension. */
export function conversionOf(dimension: Dimension, unit: string): ((value: number) => number) | undefined {
  const ascii = unit.replace(/[µμ]/g, 'u');
  return Object.hasOwn(dimension.units, ascii) ? dimension.units[ascii] : undefined;
}

/** Units are short, so that of another dimension, or one letter in two, is no slip of the finger. */
function suggestUnit(dimension: Dimension, unit: string): string {
  const other = Object.values<Dimension>(DIMENSIONS).find((candidate) => conversionOf(candidate, unit) !== undefined);
  if (other !== undefined) return ` but of ${other.name.replace(/^an? /, '')}`;
  const candidates = Object.keys(dimension.units).filter((known) => unit.length > 2 || known.toLowerCase() === unit.toLowerCase());
  return didYouMean(unit, candidates);
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}
