import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { convertToCsv, convertToParquet } from '../../src/results/conversions.js';
import { TABLES, type ClientRow } from '../../src/results/tables.js';
import { openRowFile } from '../../src/results/writer.js';
import { madeUpClient } from './made-up-study.js';

const { clients } = TABLES;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfl-results-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function written(rows: readonly ClientRow[]): string {
  const path = join(folder, 'clients.jsonl');
  const writer = openRowFile(clients, path);
  for (const row of rows) writer.write(row);
  writer.close();
  return path;
}

describe('Parquet', () => {
  it('holds the same values as the rows, with 64-bit counts and nulls', async () => {
    const rows = [madeUpClient({ los: true, uplink_bits: 5_000_000_000 }), madeUpClient({ client: 1, local_loss: null, gain_db: -0.1 + -0.2 })];
    const parquet = join(folder, 'clients.parquet');
    await convertToParquet(clients, written(rows), parquet);
    const read = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
    const plain = read.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : (value as unknown)])));
    expect(plain).toEqual(rows);
  });

  it('is a valid file with all columns when there are no rows', async () => {
    const parquet = join(folder, 'clients.parquet');
    await convertToParquet(clients, written([]), parquet);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(parquet));
    expect(metadata.num_rows).toBe(0n);
    expect(metadata.schema.slice(1).map(({ name }) => name)).toEqual(clients.columns.map(({ name }) => name));
  });

  it('writes several row groups, so that memory does not grow with the table', async () => {
    const rows = Array.from({ length: 60_000 }, (_, client) => madeUpClient({ client }));
    const parquet = join(folder, 'clients.parquet');
    await convertToParquet(clients, written(rows), parquet);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(parquet));
    expect(metadata.num_rows).toBe(60_000n);
    expect(metadata.row_groups).toHaveLength(2);
  });
});

describe('CSV', () => {
  it('has a header, empty fields for null, and quotes what needs it', () => {
    const csv = join(folder, 'clients.csv');
    convertToCsv(clients, written([madeUpClient({ scheme: 'a, "b"' })]), csv);
    const [header, line, end] = readFileSync(csv, 'utf8').split('\r\n');
    expect(header).toBe(clients.columns.map(({ name }) => name).join(','));
    expect(line).toMatch(/^"a, ""b""",1,0,0,delivered,0.1,80,,-101.5,/);
    expect(end).toBe('');
  });
});
