import { closeSync, fsyncSync, openSync } from 'node:fs';
import { publishFile, temporaryName, writeAll } from './writer.js';
import { readRows } from './reader.js';
import type { AnyTable, Column, ColumnType, Row } from './tables.js';

/** Rows per row group: what is held in memory at a time. */
const ROW_GROUP = 50_000;
const PARQUET_TYPES = { text: 'STRING', count: 'INT64', number: 'DOUBLE', flag: 'BOOLEAN' } as const satisfies Record<ColumnType, string>;

/** Converts a file of rows to Parquet, one row group at a time; the file appears when it is complete. */
export async function convertToParquet(table: AnyTable, rowsPath: string, parquetPath: string): Promise<void> {
  const { fileWriter, parquetWriteRows } = await import('hyparquet-writer');
  const temporary = temporaryName(parquetPath);
  await parquetWriteRows({
    writer: fileWriter(temporary),
    rows: parquetRows(table, rowsPath),
    columns: table.columns.map(({ name, type, nullable }) => ({ name, type: PARQUET_TYPES[type], nullable })),
    rowGroupSize: ROW_GROUP,
    createdBy: 'wfl-sim',
  });
  const file = openSync(temporary, 'r+');
  fsyncSync(file);
  closeSync(file);
  publishFile(temporary, parquetPath);
}

/** Parquet's 64-bit integers are BigInts on this side. */
function* parquetRows(table: AnyTable, rowsPath: string): Generator<Record<string, unknown>> {
  const counts = table.columns.filter((column) => column.type === 'count').map((column) => column.name);
  for (const row of readRows<Row>(table, rowsPath)) {
    const converted: Record<string, unknown> = { ...row };
    for (const name of counts) if (typeof row[name] === 'number') converted[name] = BigInt(row[name]);
    yield converted;
  }
}

/** Converts a file of rows to CSV (RFC 4180, a header line, empty fields for null). */
export function convertToCsv(table: AnyTable, rowsPath: string, csvPath: string): void {
  const temporary = temporaryName(csvPath);
  const file = openSync(temporary, 'w');
  let position = 0;
  const append = (lines: readonly string[]): void => {
    const bytes = Buffer.from(lines.join(''));
    writeAll(file, bytes, position);
    position += bytes.length;
  };
  try {
    let lines = [csvLine(table.columns.map((column) => column.name))];
    for (const row of readRows<Row>(table, rowsPath)) {
      lines.push(csvLine(fieldsOf(table.columns, row)));
      if (lines.length < ROW_GROUP) continue;
      append(lines);
      lines = [];
    }
    append(lines);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  publishFile(temporary, csvPath);
}

const fieldsOf = (columns: readonly Column[], row: Row): string[] => columns.map(({ name }) => String(row[name] ?? ''));
const csvLine = (fields: readonly string[]): string => `${fields.map(csvField).join(',')}\r\n`;
const csvField = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
