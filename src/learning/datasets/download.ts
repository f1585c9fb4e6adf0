import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { runError } from '../../errors.js';

export interface Download {
  /** Addresses of the same file, tried in order. */
  readonly addresses: readonly string[];
  readonly target: string;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  /** Bytes so far, and of the whole where the server tells. */
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | null) => void) | undefined;
}

/** Tries per address before the next one is asked. */
const TRIES = 3;
/** A connection that brings nothing for so long is given up. */
const STALL_MS = 30_000;

/**
 * Downloads to `target`.part and renames once the checksum is right, so that `target` is whole or
 * not there. A part left by an earlier attempt is continued by an HTTP range request. Throws
 * DOWNLOAD_FAILED (the part is kept, and the next call continues it) or DOWNLOAD_CHECKSUM (the part
 * is removed).
 */
export async function download({ addresses, target, sha256, onProgress }: Download): Promise<void> {
  const part = `${target}.part`;
  let failure: unknown;
  for (const address of addresses) {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        const continued = (await sizeOf(part)) > 0;
        await receive(address, part, onProgress);
        if ((await sha256Of(part)) === sha256) {
          await rename(part, target);
          return;
        }
        await rm(part, { force: true });
        failure = runError('DOWNLOAD_CHECKSUM', `what ${address} sends is not the file that was published: its SHA-256 is another`, {
          expected: `a file with SHA-256 ${sha256}`,
        });
        // A part continued from another source may be at fault: once more, from the start.
        if (!continued) break;
      } catch (error) {
        failure = error;
        if (isRefusal(error)) break;
      }
    }
  }
  throw failed(addresses, failure);
}

function failed(addresses: readonly string[], failure: unknown): unknown {
  if (failure instanceof Error && 'code' in failure && failure.code === 'DOWNLOAD_CHECKSUM') return failure;
  return runError('DOWNLOAD_FAILED', `${addresses.join(' and ')} could not be downloaded: ${reason(failure)}`, {
    hint: 'What has arrived is kept: the same command continues it',
    cause: failure,
  });
}

/** The innermost cause: `fetch failed` alone tells nobody anything. */
function reason(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  return failure.cause === undefined ? failure.message : reason(failure.cause);
}

/** A server's answer that trying again will not change. */
interface Refusal {
  readonly refused: true;
}

function isRefusal(error: unknown): error is Refusal {
  return typeof error === 'object' && error !== null && 'refused' in error;
}

/** Appends to the part what the server still has of the file. */
async function receive(address: string, part: string, onProgress: Download['onProgress']): Promise<void> {
  const have = await sizeOf(part);
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), STALL_MS);
  try {
    // As it is: bytes that were packed on the way would not be those of the range and of the checksum.
    const headers = { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) };
    const response = await fetch(address, { headers, signal: stalled.signal });
    if (response.status === 416) {
      // The part is as long as the file or longer; its checksum tells which.
      await response.body?.cancel();
      return;
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw Object.assign(new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd()), response.status < 500 ? { refused: true } : {});
    }
    const start = response.status === 206 ? rangeStart(response, have) : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? null : start + Number(length);
    const file = await open(part, start === 0 ? 'w' : 'r+');
    let position = start;
    try {
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => stalled.abort(), STALL_MS);
        await file.write(chunk, 0, chunk.length, position);
        position += chunk.length;
        onProgress?.(position, total);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Where the server's part begins; a server may answer with another range than was asked for. */
function rangeStart(response: Response, have: number): number {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (start === undefined || Number(start) > have) throw new Error(`the server answered with range "${response.headers.get('content-range')}"`);
  return Number(start);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

/** SHA-256 of a file in hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
