import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { FileCatalogueEntry } from './catalogue.js';
import { FILE_CATALOGUE, FILE_PARTS } from './catalogue.js';
import { sha256Of } from './download.js';
import { locateFiles } from './idx-dataset.js';
import { datasets } from './table.js';

/** What is known about a data set on this machine without loading it. */
export interface DatasetFindings {
  readonly name: string;
  readonly origin: 'drawn' | 'files';
  /** `ready` to be used; `missing`; `incomplete`: some of the files are there. */
  readonly state: 'ready' | 'missing' | 'incomplete';
  /** The folder, or null where it is drawn or missing. */
  readonly where: string | null;
  /** Samples by the headers of the files; null where they are missing or unreadable. */
  readonly trainCount: number | null;
  readonly testCount: number | null;
  /** `ok`: all files are as published; `unknown`: unpacked, or without a published checksum. */
  readonly checksum: 'ok' | 'wrong' | 'unknown' | null;
  /** How to get it, where it is not there. */
  readonly hint: string | null;
}

/** Every data set of the table, in its order, with what the data directory holds of it. */
export function inspectDatasets(dataDir: string | null): Promise<DatasetFindings[]> {
  return Promise.all(
    datasets.names.map(async (name) => {
      const entry = FILE_CATALOGUE.find((candidate) => candidate.name === name);
      return entry === undefined ? drawn(name) : inspectFiles(entry, dataDir);
    }),
  );
}

function drawn(name: string): DatasetFindings {
  return { name, origin: 'drawn', state: 'ready', where: null, trainCount: null, testCount: null, checksum: null, hint: null };
}

export async function inspectFiles(entry: FileCatalogueEntry, dataDir: string | null): Promise<DatasetFindings> {
  const located = dataDir === null ? undefined : locateFiles(dataDir, entry);
  if (located === undefined) {
    return { name: entry.name, origin: 'files', state: 'missing', where: null, trainCount: null, testCount: null, checksum: null, hint: entry.source };
  }
  const paths = FILE_PARTS.map((part) => located.path(entry.files[part]));
  const complete = paths.every((path) => path !== undefined);
  const verdicts = await Promise.all(
    FILE_PARTS.map(async (part, i) => {
      const path = paths[i];
      const { sha256 } = entry.files[part];
      if (path === undefined || sha256 === undefined || !path.endsWith('.gz')) return 'unknown';
      return (await sha256Of(path)) === sha256 ? 'ok' : 'wrong';
    }),
  );
  return {
    name: entry.name,
    origin: 'files',
    state: complete ? 'ready' : 'incomplete',
    where: located.folder,
    trainCount: countOf(paths[0]),
    testCount: countOf(paths[2]),
    checksum: verdicts.includes('wrong') ? 'wrong' : verdicts.includes('unknown') ? 'unknown' : 'ok',
    hint: complete && !verdicts.includes('wrong') ? null : entry.source,
  };
}

const HEADER_BYTES = 8;
const READ_BYTES = 4096;

/** The first dimension of an IDX file, from its first bytes; null where they cannot be read. */
function countOf(path: string | undefined): number | null {
  if (path === undefined) return null;
  try {
    const start = Buffer.alloc(READ_BYTES);
    const file = openSync(path, 'r');
    let length: number;
    try {
      length = readSync(file, start, 0, READ_BYTES, 0);
    } finally {
      closeSync(file);
    }
    const read = start.subarray(0, length);
    const header = path.endsWith('.gz') ? gunzipSync(read, { finishFlush: constants.Z_SYNC_FLUSH }) : read;
    return header.length >= HEADER_BYTES ? header.readUInt32BE(4) : null;
  } catch {
    return null;
  }
}
