import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../errors.js';
import { defineTable } from '../../table.js';
import type { FileCatalogueEntry, FileSpec } from './catalogue.js';
import { FILE_CATALOGUE, FILE_PARTS } from './catalogue.js';
import { download, sha256Of } from './download.js';

export interface FetchRequest {
  readonly dataDir: string;
  /** Address of a folder that holds the files, in place of the known mirrors. */
  readonly from?: string | undefined;
  readonly onProgress?: ((file: string, receivedBytes: number, totalBytes: number | null) => void) | undefined;
}

export interface FetchedFile {
  readonly path: string;
  /** `present`: was there with the right checksum. */
  readonly outcome: 'present' | 'downloaded';
}

const catalogue = defineTable('data set with files', FILE_CATALOGUE);

/** Fetches a data set of the catalogue by name. Throws UNKNOWN_NAME for names it does not know. */
export function fetchDataset(name: string, request: FetchRequest): Promise<FetchedFile[]> {
  return fetchFiles(catalogue.find(name), request);
}

/**
 * Downloads the files of a data set that are missing or damaged, one after the other, with checksum
 * and resume (see `download`). Throws DATASET_NOT_FETCHABLE where the publisher offers no single
 * files, DATA_DIR_UNWRITABLE, BAD_ADDRESS, DOWNLOAD_FAILED and DOWNLOAD_CHECKSUM.
 */
export async function fetchFiles(entry: FileCatalogueEntry, { dataDir, from, onProgress }: FetchRequest): Promise<FetchedFile[]> {
  const bases = from === undefined ? entry.mirrors : [folderAddress(from)];
  const files = FILE_PARTS.map((part) => entry.files[part]);
  if (bases.length === 0 || files.some(({ sha256 }) => sha256 === undefined)) {
    throw inputError('DATASET_NOT_FETCHABLE', `data set "${entry.name}" is not offered as single files with known checksums`, { hint: entry.source });
  }
  const folder = join(dataDir, entry.folders[0]);
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw inputError('DATA_DIR_UNWRITABLE', `the folder "${folder}" cannot be made (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
  const fetched: FetchedFile[] = [];
  for (const file of files) fetched.push(await fetchOne(file, folder, bases, onProgress));
  return fetched;
}

async function fetchOne({ name, sha256 = '' }: FileSpec, folder: string, bases: readonly string[], onProgress: FetchRequest['onProgress']): Promise<FetchedFile> {
  const path = join(folder, `${name}.gz`);
  if (existsSync(path) && (await sha256Of(path)) === sha256) return { path, outcome: 'present' };
  await download({
    addresses: bases.map((base) => `${base}${name}.gz`),
    target: path,
    sha256,
    onProgress: (received, total) => onProgress?.(`${name}.gz`, received, total),
  });
  return { path, outcome: 'downloaded' };
}

function folderAddress(from: string): string {
  if (!URL.canParse(from) || !/^https?:/.test(from)) {
    throw inputError('BAD_ADDRESS', `"${from}" is not an address to fetch from`, { expected: 'an address such as https://example.org/mnist/' });
  }
  return from.endsWith('/') ? from : `${from}/`;
}
