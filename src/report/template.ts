import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import { TABLE_NAMES, TABLES, type TableName } from '../results/tables.js';
import { defineTable, type Table } from '../table.js';
import { isJsonRecord, parseJson, type Json, type JsonRecord } from './json.js';

/** How the rows of a group are reduced to one value, before the mean over seeds. */
const REDUCTIONS = ['last', 'sum', 'mean', 'max', 'min'] as const;
export type Reduction = (typeof REDUCTIONS)[number];

const figureSchema = z.strictObject({
  title: z.string().min(1),
  description: z.string().min(1),
  /** Place in the report; figures of the same place follow their names. */
  order: z.number().default(100),
  /** Which table is drawn. */
  table: z.enum(TABLE_NAMES),
  /** `at-target`: of `rounds`, for each scheme and seed only the round in which the target accuracy was reached. */
  rows: z.enum(['all', 'at-target']).default('all'),
  /** Columns that name what a drawn point stands for: `scheme` and `round`, or `scheme` alone. */
  groupBy: z.array(z.string()).min(1),
  /** The drawn columns, and how the rows of one seed within a group are reduced. */
  columns: z.record(z.string(), z.enum(REDUCTIONS)),
  /** A column that must not be null in the rows that are drawn. */
  requires: z.string().optional(),
  /** Adds the data set `front`: the drawn rows that are not beaten in both, the less `cost` and the more `value` the better. */
  front: z.strictObject({ cost: z.string(), value: z.string() }).optional(),
  /** Turns the columns into rows: a row per column with its label in `key`, its value in `value`. */
  long: z.strictObject({ key: z.string(), labels: z.record(z.string(), z.string()) }).optional(),
});

/** What a template says of itself in `usermeta.figure`. */
export type FigureMetadata = z.infer<typeof figureSchema>;

/** A figure template: an entry of the figure table. */
export interface FigureTemplate extends FigureMetadata {
  readonly name: string;
  readonly describe: string;
  readonly file: string;
  readonly specification: JsonRecord;
}

const SUFFIX = '.vl.json';
/** The templates that come with the program; both `src` and `dist` lie two levels below the package. */
export const PLOTS_FOLDER = fileURLToPath(new URL('../../plots', import.meta.url));

/** The figures of a folder of templates, in the order of the report. A user adds a figure by adding a file. */
export function loadFigures(folder: string = PLOTS_FOLDER): Table<FigureTemplate> {
  const files = filesOf(folder).filter((name) => name.endsWith(SUFFIX)).toSorted();
  const figures = files.map((name) => readTemplate(join(folder, name)));
  return defineTable('figure', figures.toSorted((a, b) => a.order - b.order));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw inputError('NO_PLOTS_FOLDER', `the folder of figure templates ${folder} cannot be read`, { expected: `a folder with files *${SUFFIX}`, cause });
  }
}

function readTemplate(file: string): FigureTemplate {
  const refuse = (problem: string, expected: string, cause?: unknown): Error =>
    inputError('BAD_FIGURE_TEMPLATE', problem, { place: { file }, expected, cause });
  let specification: Json;
  try {
    specification = parseJson(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw refuse(`the figure template is not JSON (${String(cause)})`, 'a Vega-Lite specification', cause);
  }
  const usermeta = isJsonRecord(specification) ? specification['usermeta'] : undefined;
  if (!isJsonRecord(specification) || !isJsonRecord(usermeta)) {
    throw refuse('the figure template does not say what it draws', 'a Vega-Lite specification with "usermeta": {"figure": {...}}');
  }
  const figure = figureSchema.safeParse(usermeta['figure']);
  if (!figure.success) throw refuse(`usermeta.figure of the template is wrong: ${z.prettifyError(figure.error)}`, 'title, description, table, groupBy and columns');
  const known = columnNames(figure.data.table);
  const { groupBy, columns, requires, long, front } = figure.data;
  for (const column of [...groupBy, ...Object.keys(columns), ...Object.keys(long?.labels ?? {}), ...(requires === undefined ? [] : [requires])]) {
    if (!known.includes(column)) throw refuse(`${figure.data.table} has no column "${column}"${didYouMean(column, known)}`, `one of ${known.join(', ')}`);
  }
  if (figure.data.rows === 'at-target' && figure.data.table !== 'rounds') throw refuse(`${figure.data.table} has no rows at the target`, 'the table rounds');
  for (const column of front === undefined ? [] : [front.cost, front.value]) {
    if (!Object.hasOwn(columns, column)) throw refuse(`the front is of the column "${column}", which is not drawn`, `one of ${Object.keys(columns).join(', ')}`);
  }
  return { ...figure.data, name: basename(file, SUFFIX), describe: firstSentence(figure.data.description), file, specification };
}

const firstSentence = (text: string): string => /^.*?\.(?=\s|$)/s.exec(text)?.[0] ?? text;
const columnNames = (table: TableName): string[] => TABLES[table].columns.map(({ name }) => name);
