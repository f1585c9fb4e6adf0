import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileCatalogueEntry } from '../../../src/learning/datasets/catalogue.js';
import { FILE_CATALOGUE, mnistFiles } from '../../../src/learning/datasets/catalogue.js';
import { fetchFiles } from '../../../src/learning/datasets/fetch.js';
import { fetchDataset } from '../../../src/learning/datasets/index.js';
import { inspectDatasets, inspectFiles } from '../../../src/learning/datasets/inspect.js';
import { stream } from '../../../src/random/index.js';
import { idxBytes, temporaryFolder, writeSmallSet } from './idx-files.js';

const NAMES = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
/** Big enough that a transfer can break in the middle; incompressible, so that gzip keeps its size. */
const noise = (length: number, salt: number): Uint8Array => {
  const words = new Uint32Array(length);
  stream(1, 'noise', salt).fillUint32(words);
  return Uint8Array.from(words);
};
const FILES: Record<string, Buffer> = {
  [`/set/${NAMES[0]}.gz`]: gzipSync(idxBytes([400, 20, 20], noise(160_000, 1))),
  [`/set/${NAMES[1]}.gz`]: gzipSync(idxBytes([400], noise(400, 2).map((v) => v % 10))),
  [`/set/${NAMES[2]}.gz`]: gzipSync(idxBytes([50, 20, 20], noise(20_000, 3))),
  [`/set/${NAMES[3]}.gz`]: gzipSync(idxBytes([50], noise(50, 4).map((v) => v % 10))),
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const ENTRY: FileCatalogueEntry = {
  name: 'mnist', describe: '', classes: 10, firstLabel: 0, folders: ['mnist'], mirrors: [], source: 'Run something',
  files: mnistFiles(NAMES.map((name) => sha256(FILES[`/set/${name}.gz`]))),
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let base = '';
let requests: { url: string; range: string | undefined }[] = [];
let handle: Handler;

/** A server as they are: whole files, or the part asked for. */
const honest: Handler = ({ url = '', headers }, response) => {
  const bytes = FILES[url];
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
  if (bytes === undefined) response.writeHead(404).end();
  else if (from === undefined) response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  else if (Number(from) >= bytes.length) response.writeHead(416).end();
  else {
    const part = bytes.subarray(Number(from));
    response.writeHead(206, { 'content-length': part.length, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }).end(part);
  }
};

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', range: request.headers.range });
    handle(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  base = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/set` : '';
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  handle = honest;
});

/** Sends `bytes` of the body and breaks the connection. */
function breakAfter(count: number, request: IncomingMessage, response: ServerResponse): void {
  const bytes = FILES[request.url ?? ''];
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
}

describe('data fetch', () => {
  it('downloads the files, whole and without leftovers, and is content with them the next time', async () => {
    const dataDir = temporaryFolder();
    const progress: string[] = [];
    const first = await fetchFiles(ENTRY, { dataDir, from: base, onProgress: (file, received, total) => progress.push(`${file} ${received}/${total}`) });
    expect(first.map(({ outcome }) => outcome)).toEqual(['downloaded', 'downloaded', 'downloaded', 'downloaded']);
    for (const name of NAMES) expect(sha256(readFileSync(join(dataDir, 'mnist', `${name}.gz`)))).toBe(sha256(FILES[`/set/${name}.gz`]));
    expect(readdirSync(join(dataDir, 'mnist')).sort()).toEqual(NAMES.map((name) => `${name}.gz`).sort());
    const size = FILES[`/set/${NAMES[0]}.gz`].length;
    expect(progress).toContain(`${NAMES[0]}.gz ${size}/${size}`);
    requests = [];
    const again = await fetchFiles(ENTRY, { dataDir, from: base });
    expect(again.map(({ outcome }) => outcome)).toEqual(['present', 'present', 'present', 'present']);
    expect(requests).toEqual([]);
  });

  it('continues within one call where the connection breaks, from the byte that arrived', async () => {
    const dataDir = temporaryFolder();
    let broken = false;
    handle = (request, response) => {
      if (broken) honest(request, response);
      else breakAfter(50_000, request, response);
      broken = true;
    };
    await fetchFiles(ENTRY, { dataDir, from: base });
    expect(requests[1]).toEqual({ url: `/set/${NAMES[0]}.gz`, range: 'bytes=50000-' });
    expect(sha256(readFileSync(join(dataDir, 'mnist', `${NAMES[0]}.gz`)))).toBe(sha256(FILES[`/set/${NAMES[0]}.gz`]));
  });

  it('keeps what has arrived of a failed download, and a later call continues it', async () => {
    const dataDir = temporaryFolder();
    handle = (request, response) => {
      if (requests.length === 1) breakAfter(30_000, request, response);
      else response.destroy();
    };
    await expect(fetchFiles(ENTRY, { dataDir, from: base })).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', exitCode: 1, message: expect.stringContaining('the same command continues it') });
    expect(readdirSync(join(dataDir, 'mnist'))).toEqual([`${NAMES[0]}.gz.part`]);
    handle = honest;
    requests = [];
    await fetchFiles(ENTRY, { dataDir, from: base });
    expect(requests[0].range).toBe('bytes=30000-');
    expect(readdirSync(join(dataDir, 'mnist'))).toHaveLength(4);
  });

  it('starts over where the server does not know ranges', async () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'mnist'), { recursive: true });
    writeFileSync(join(dataDir, 'mnist', `${NAMES[0]}.gz.part`), FILES[`/set/${NAMES[0]}.gz`].subarray(0, 1000));
    handle = ({ url = '' }, response) => {
      response.writeHead(200).end(FILES[url]);
    };
    await fetchFiles(ENTRY, { dataDir, from: base });
    expect(sha256(readFileSync(join(dataDir, 'mnist', `${NAMES[0]}.gz`)))).toBe(sha256(FILES[`/set/${NAMES[0]}.gz`]));
  });

  it('finishes a part that is whole already, and replaces one that is wrong', async () => {
    for (const part of [FILES[`/set/${NAMES[0]}.gz`], Buffer.from('something else'), Buffer.alloc(500_000)]) {
      const dataDir = temporaryFolder();
      mkdirSync(join(dataDir, 'mnist'), { recursive: true });
      writeFileSync(join(dataDir, 'mnist', `${NAMES[0]}.gz.part`), part);
      await fetchFiles(ENTRY, { dataDir, from: base });
      expect(sha256(readFileSync(join(dataDir, 'mnist', `${NAMES[0]}.gz`)))).toBe(sha256(FILES[`/set/${NAMES[0]}.gz`]));
    }
  });

  it('refuses a file with the wrong checksum and leaves nothing behind', async () => {
    const dataDir = temporaryFolder();
    handle = (_, response) => {
      response.writeHead(200).end('not the file');
    };
    await expect(fetchFiles(ENTRY, { dataDir, from: base })).rejects.toMatchObject({ code: 'DOWNLOAD_CHECKSUM', exitCode: 1 });
    expect(readdirSync(join(dataDir, 'mnist'))).toEqual([]);
  });

  it('keeps a damaged file until its replacement has arrived', async () => {
    const dataDir = temporaryFolder();
    const path = join(dataDir, 'mnist', `${NAMES[0]}.gz`);
    mkdirSync(join(dataDir, 'mnist'), { recursive: true });
    writeFileSync(path, 'damaged');
    handle = (_, response) => {
      response.writeHead(503).end();
    };
    await expect(fetchFiles(ENTRY, { dataDir, from: base })).rejects.toMatchObject({ message: expect.stringContaining('503') });
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    handle = honest;
    await fetchFiles(ENTRY, { dataDir, from: base });
    expect(sha256(readFileSync(path))).toBe(sha256(FILES[`/set/${NAMES[0]}.gz`]));
  });

  it('asks the next mirror where one has not got the file', async () => {
    const dataDir = temporaryFolder();
    await fetchFiles({ ...ENTRY, mirrors: [`${base}/elsewhere/`, `${base}/`] }, { dataDir });
    expect(existsSync(join(dataDir, 'mnist', `${NAMES[3]}.gz`))).toBe(true);
    expect(requests[0].url).toContain('elsewhere');
  });

  it('says so where a data set cannot be fetched, its name or the address is wrong, or the folder cannot be written', async () => {
    const dataDir = temporaryFolder();
    await expect(fetchDataset('emnist-letters', { dataDir })).rejects.toMatchObject({ code: 'DATASET_NOT_FETCHABLE', exitCode: 2 });
    expect(() => fetchDataset('mnst', { dataDir })).toThrow(/did you mean "mnist"/);
    await expect(fetchFiles(ENTRY, { dataDir, from: 'here' })).rejects.toMatchObject({ code: 'BAD_ADDRESS', exitCode: 2 });
    writeFileSync(join(dataDir, 'file'), '');
    await expect(fetchFiles(ENTRY, { dataDir: join(dataDir, 'file'), from: base })).rejects.toMatchObject({ code: 'DATA_DIR_UNWRITABLE', exitCode: 2 });
  });
});

describe('data list', () => {
  it('tells of every data set whether it is here, with how many samples, and whether it is as published', async () => {
    const dataDir = temporaryFolder();
    await fetchFiles(ENTRY, { dataDir, from: base });
    expect(await inspectFiles(ENTRY, dataDir)).toEqual({
      name: 'mnist', origin: 'files', state: 'ready', where: join(dataDir, 'mnist'), trainCount: 400, testCount: 50, checksum: 'ok', hint: null,
    });
    const byName = Object.fromEntries((await inspectDatasets(dataDir)).map((findings) => [findings.name, findings]));
    expect(byName['mnist'].checksum).toBe('wrong');
    expect(byName['fashion-mnist']).toMatchObject({ state: 'missing', where: null });
    expect(byName['synthetic-digits']).toMatchObject({ origin: 'drawn', state: 'ready' });
  });

  it('knows unpacked and incomplete sets, and does without a data directory', async () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'));
    expect(await inspectFiles(ENTRY, dataDir)).toMatchObject({ state: 'ready', checksum: 'unknown', trainCount: 30, testCount: 20 });
    writeSmallSet(join(dataDir, 'partly'), { replace: { 't10k-images-idx3-ubyte': null } });
    expect(await inspectFiles({ ...ENTRY, folders: ['partly'] }, dataDir)).toMatchObject({ state: 'incomplete', testCount: null });
    expect((await inspectDatasets(null)).map(({ state }) => state)).toEqual(['ready', 'missing', 'missing', 'missing', 'missing', 'missing']);
  });

  it('has a checksum for every file that can be fetched', () => {
    for (const { mirrors, files } of FILE_CATALOGUE) {
      if (mirrors.length > 0) for (const { sha256: published } of Object.values(files)) expect(published).toMatch(/^[0-9a-f]{64}$/);
    }
  });
});
