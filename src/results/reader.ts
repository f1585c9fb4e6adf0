import { closeSync, openSync, readSync } from 'node:fs';
import { inputError } from '../errors.js';
import { faultOfRow, isRow, type ResultTable, type Row } from './tables.js';

const READ_BYTES = 1 << 18;
const NEWLINE = 0x0a;

/**
 * The rows of a file in order, read in pieces, so that memory does not grow with the file. A last
 * line without its end is a row that was being written and is left out; any other line that does
 * not fit the table is an error with its byte offset.
 */
export function* readRows<R extends Row>(table: ResultTable<R>, path: string): Generator<R, void, undefined> {
  const file = openForReading(path);
  try {
    let rest = Buffer.alloc(0);
    let restOffset = 0;
    const piece = Buffer.alloc(READ_BYTES);
    for (let length = readSync(file, piece, 0, READ_BYTES, null); length > 0; length = readSync(file, piece, 0, READ_BYTES, null)) {
      const bytes = Buffer.concat([rest, piece.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield parseRow(table, path, bytes.toString('utf8', start, end), restOffset + start);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      restOffset += start;
    }
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw inputError('NO_ROWS', 'the rows of the run cannot be read', {
      place: { file: path },
      expected: 'the folder of a run that was started by this program',
      cause,
    });
  }
}

function parseRow<R extends Row>(table: ResultTable<R>, path: string, line: string, byteOffset: number): R {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (isRow(table, value)) return value;
  const fault = typeof value === 'object' && value !== null ? faultOfRow(table, value) : null;
  throw inputError('NOT_A_ROW', `this line is no row: ${fault ?? 'it is not a JSON object'}`, {
    place: { file: path, byteOffset },
    expected: `a row of ${table.name} as this version of wfl-sim writes them`,
  });
}
