import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { inputError, runError } from '../errors.js';
import { faultOfRow, type ResultTable, type Row } from './tables.js';

/** Rows wait in memory up to about this many characters. */
const BUFFER_CHARACTERS = 1 << 20;

/** An append-only file of rows, one JSON object per line with the columns in the order of the table. */
export interface RowWriter<R extends Row> {
  /** Throws where the row does not fit the table. */
  write(row: R): void;
  /** Makes all rows durable and returns the length of the file in bytes, for the checkpoint. */
  flush(): number;
  close(): void;
}

/**
 * Opens a file of rows for appending after its first `keepBytes` bytes; what follows them was
 * written after the last checkpoint and is cut off. A new file is created with `keepBytes` 0.
 */
export function openRowFile<R extends Row>(table: ResultTable<R>, path: string, keepBytes = 0): RowWriter<R> {
  const file = keepBytes === 0 ? openSync(path, 'w') : openAt(path, keepBytes);
  syncFolder(dirname(path));
  const names = table.columns.map((column) => column.name);
  let position = keepBytes;
  let waiting: string[] = [];
  let waitingCharacters = 0;

  const append = (): void => {
    if (waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''));
    waiting = [];
    waitingCharacters = 0;
    try {
      writeAll(file, bytes, position);
    } catch (cause) {
      throw runError('ROWS_NOT_WRITTEN', `the rows cannot be written: ${String(cause)}`, { place: { file: path, byteOffset: position }, cause });
    }
    position += bytes.length;
  };
  return {
    write(row) {
      const fault = faultOfRow(table, row);
      if (fault !== null) throw new Error(fault);
      const line = `${JSON.stringify(row, names)}\n`;
      waiting.push(line);
      waitingCharacters += line.length;
      if (waitingCharacters >= BUFFER_CHARACTERS) append();
    },
    flush() {
      append();
      fsyncSync(file);
      return position;
    },
    close() {
      append();
      fsyncSync(file);
      closeSync(file);
    },
  };
}

function openAt(path: string, keepBytes: number): number {
  const length = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (length < keepBytes) {
    throw inputError('ROWS_SHORTER_THAN_CHECKPOINT', `the file has ${length} bytes, but its checkpoint was taken at ${keepBytes}`, {
      place: { file: path, byteOffset: length },
      hint: 'Start the run anew in another folder',
    });
  }
  const file = openSync(path, 'r+');
  ftruncateSync(file, keepBytes);
  return file;
}

/**
 * Replaces a file as a whole: whoever looks, even after a power cut, finds the old content or the
 * new one, never a part. Pieces are written one after the other. A temporary file left by a crash is overwritten by the next write.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array | Iterable<Uint8Array>): void {
  const temporary = temporaryName(path);
  const file = openSync(temporary, 'w');
  try {
    let position = 0;
    for (const piece of piecesOf(content)) {
      writeAll(file, piece, position);
      position += piece.length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  publishFile(temporary, path);
}

function piecesOf(content: string | Uint8Array | Iterable<Uint8Array>): Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** Where the content of a file is gathered until it is complete. */
export const temporaryName = (path: string): string => `${path}.part`;

/** Renames a complete file to its final name and makes the renaming durable. */
export function publishFile(temporary: string, path: string): void {
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes the entries of a folder durable; a file's own sync does not cover its name. */
export function syncFolder(folder: string): void {
  // Windows can neither open nor sync a folder.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes all bytes from that position of the file on, also where the system takes them in parts. */
export function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}
