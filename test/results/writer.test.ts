import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from '../../src/results/reader.js';
import { isRow, TABLES, type ClientRow } from '../../src/results/tables.js';
import { openRowFile, writeFileAtomically } from '../../src/results/writer.js';
import { madeUpClient } from './made-up-study.js';

const { clients } = TABLES;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfl-results-'));
  path = join(folder, 'clients.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const row = (client: number): ClientRow => madeUpClient({ client, gain_db: -100 - client / 3 });
const clientsIn = (file: string): number[] => [...readRows(clients, file)].map(({ client }) => client);

describe('a file of rows', () => {
  it('reads back the rows that were written, bit for bit', () => {
    const writer = openRowFile(clients, path);
    const rows = Array.from({ length: 50 }, (_, client) => row(client));
    for (const each of rows) writer.write(each);
    writer.close();
    expect([...readRows(clients, path)]).toEqual(rows);
  });

  it('has the columns in the order of the table, whatever the order of the row', () => {
    const writer = openRowFile(clients, path);
    const reversed = Object.fromEntries(Object.entries(row(1)).reverse());
    if (!isRow(clients, reversed)) throw new Error('the order of columns must not matter');
    writer.write(row(1));
    writer.write(reversed);
    writer.close();
    const [first, second] = readFileSync(path, 'utf8').split('\n');
    expect(second).toBe(first);
    expect([...(first ?? '').matchAll(/"([a-z_]+)":/g)].map((match) => match[1])).toEqual(clients.columns.map(({ name }) => name));
  });

  it('flush returns the length of the file, and all rows are in it', () => {
    const writer = openRowFile(clients, path);
    writer.write(row(0));
    const offset = writer.flush();
    expect(statSync(path).size).toBe(offset);
    writer.write(row(1));
    expect(writer.flush()).toBeGreaterThan(offset);
    expect(clientsIn(path)).toEqual([0, 1]);
    writer.close();
  });

  it('reopened at the offset of a checkpoint, continues to the same bytes as without the interruption', () => {
    const whole = openRowFile(clients, join(folder, 'whole.jsonl'));
    for (let client = 0; client < 6; client++) whole.write(row(client));
    whole.close();

    const first = openRowFile(clients, path);
    for (let client = 0; client < 3; client++) first.write(row(client));
    const offset = first.flush();
    first.write(row(3));
    first.close();
    appendFileSync(path, '{"scheme":"half a row');

    const second = openRowFile(clients, path, offset);
    for (let client = 3; client < 6; client++) second.write(row(client));
    second.close();
    expect(readFileSync(path)).toEqual(readFileSync(join(folder, 'whole.jsonl')));
  });

  it('refuses to continue where rows of the checkpoint are missing', () => {
    writeFileSync(path, 'short\n');
    for (const file of [path, join(folder, 'gone.jsonl')]) {
      expect(() => openRowFile(clients, file, 100)).toThrow(expect.objectContaining({ code: 'ROWS_SHORTER_THAN_CHECKPOINT', exitCode: 2 }));
    }
  });

  it('does not take a row that does not fit the table', () => {
    const writer = openRowFile(clients, path);
    expect(() => writer.write(madeUpClient({ gain_db: Number.NaN }))).toThrow('gain_db');
    writer.close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it.skipIf(!existsSync('/dev/full'))('says which file could not be written when the disk is full', () => {
    const writer = openRowFile(clients, '/dev/full');
    writer.write(row(0));
    expect(() => writer.flush()).toThrow(expect.objectContaining({ code: 'ROWS_NOT_WRITTEN', exitCode: 1 }));
  });
});

describe('reading rows', () => {
  it('leaves out a last line that is still being written', () => {
    writeFileSync(path, `${JSON.stringify(row(4))}\n${JSON.stringify(row(5)).slice(0, 30)}`);
    expect(clientsIn(path)).toEqual([4]);
  });

  it('crosses the borders of the pieces it reads, also within a character of several bytes', () => {
    const rows = Array.from({ length: 3000 }, (_, client) => madeUpClient({ client, scheme: `Schéma ${'ü'.repeat(client % 7)}` }));
    writeFileSync(path, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
    expect([...readRows(clients, path)]).toEqual(rows);
  });

  it.each([
    ['no JSON', 'not a row', 'it is not a JSON object'],
    ['no object', '3', 'it is not a JSON object'],
    ['another table', '{"scheme":"a"}', 'the column seed of clients is missing'],
  ])('names the byte offset of a line that is %s', (_, line, reason) => {
    const before = `${JSON.stringify(row(0))}\n`;
    writeFileSync(path, `${before}${line}\n`);
    expect(() => clientsIn(path)).toThrow(expect.objectContaining({ code: 'NOT_A_ROW', place: { file: path, byteOffset: Buffer.byteLength(before) } }));
    expect(() => clientsIn(path)).toThrow(reason);
  });

  it('says that rows cannot be read where the file is missing', () => {
    expect(() => clientsIn(path)).toThrow(expect.objectContaining({ code: 'NO_ROWS', exitCode: 2 }));
  });
});

describe('writing a file atomically', () => {
  it('replaces the whole content and leaves no temporary file', () => {
    const file = join(folder, 'a.json');
    writeFileAtomically(file, 'a long first content');
    writeFileAtomically(file, new Uint8Array([1, 2]));
    expect([...readFileSync(file)]).toEqual([1, 2]);
    expect(existsSync(`${file}.part`)).toBe(false);
  });

  it('overwrites what a crash left behind', () => {
    const file = join(folder, 'a.json');
    writeFileSync(`${file}.part`, 'left over from a crash, longer than the new content');
    writeFileAtomically(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
  });
});
