import { interval95, mean } from '../results/statistics.js';
import type { Row } from '../results/tables.js';
import type { JsonRecord } from './json.js';
import type { FigureMetadata, Reduction } from './template.js';

/** Digits that can be seen in a picture; more would only make files larger. */
const DRAWN_DIGITS = 7;

const REDUCE: Readonly<Record<Reduction, (values: readonly number[]) => number>> = {
  last: (values) => values[values.length - 1],
  sum: (values) => values.reduce((total, value) => total + value, 0),
  mean,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

interface Group {
  readonly key: Row;
  /** Values by column and seed. */
  readonly values: Readonly<Record<string, Map<number, number[]>>>;
}

/**
 * What a figure draws: the rows are grouped, each column is reduced within each seed, and then
 * averaged over the seeds. A column `x` gets `x_low` and `x_high`, its 95 % t interval over seeds,
 * which is null where one seed ran. Values that are null in all rows of a group are null.
 */
export function figureData(figure: FigureMetadata, rows: Iterable<Row>): JsonRecord[] {
  const columns = Object.keys(figure.columns);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (figure.requires !== undefined && row[figure.requires] === null) continue;
    const id = JSON.stringify(figure.groupBy.map((name) => row[name]));
    let group = groups.get(id);
    if (group === undefined) {
      group = {
        key: Object.fromEntries(figure.groupBy.map((name) => [name, row[name]])),
        values: Object.fromEntries(columns.map((name) => [name, new Map<number, number[]>()])),
      };
      groups.set(id, group);
    }
    for (const name of columns) {
      const value = row[name];
      if (value !== null) appendTo(group.values[name], Number(row['seed']), Number(value));
    }
  }
  const drawn = [...groups.values()].map(({ key, values }) => ({
    key,
    columns: Object.fromEntries(columns.map((name) => [name, overSeeds([...values[name].values()].map(REDUCE[figure.columns[name]]))])),
  }));
  const { long } = figure;
  if (long === undefined) {
    return drawn.map(({ key, columns }) =>
      Object.entries(columns).reduce((point: JsonRecord, [name, value]) => ({ ...point, ...named(name, value) }), key),
    );
  }
  return drawn.flatMap(({ key, columns }) =>
    Object.entries(long.labels)
      .filter(([name]) => columns[name].value !== null)
      .map(([name, label]) => ({ ...key, [long.key]: label, ...named('value', columns[name]) })),
  );
}

function appendTo(bySeed: Map<number, number[]>, seed: number, value: number): void {
  const values = bySeed.get(seed);
  if (values === undefined) bySeed.set(seed, [value]);
  else values.push(value);
}

interface OverSeeds {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

function overSeeds(bySeed: readonly number[]): OverSeeds {
  if (bySeed.length === 0) return { value: null, low: null, high: null };
  const interval = interval95(bySeed);
  return { value: drawn(mean(bySeed)), low: interval && drawn(interval.low), high: interval && drawn(interval.high) };
}

const drawn = (value: number): number => Number(value.toPrecision(DRAWN_DIGITS));
const named = (name: string, { value, low, high }: OverSeeds): JsonRecord => ({ [name]: value, [`${name}_low`]: low, [`${name}_high`]: high });
