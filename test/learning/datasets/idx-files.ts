import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** An IDX file of unsigned bytes. */
export function idxBytes(dimensions: readonly number[], values: Iterable<number>): Uint8Array {
  const header = [0, 0, 8, dimensions.length, ...dimensions.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255])];
  return Uint8Array.from([...header, ...values]);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'wfl-test-'));
}

/** A small data set of 4 x 5 images under MNIST's file names; what is given replaces a file's bytes, null leaves it out. */
export function writeSmallSet(
  folder: string,
  { gzip = false, replace = {}, prefix }: { gzip?: boolean; replace?: Record<string, Uint8Array | null>; prefix?: string } = {},
): void {
  mkdirSync(folder, { recursive: true });
  const pixels = (count: number, salt: number): number[] => Array.from({ length: count * 20 }, (_, i) => (i * 37 + salt) % 256);
  const labels = (count: number): number[] => Array.from({ length: count }, (_, i) => (prefix === undefined ? i % 10 : (i % 26) + 1));
  const testName = prefix === undefined ? 't10k' : 'test';
  const files: Record<string, Uint8Array> = {
    'train-images-idx3-ubyte': idxBytes([30, 4, 5], pixels(30, 1)),
    'train-labels-idx1-ubyte': idxBytes([30], labels(30)),
    [`${testName}-images-idx3-ubyte`]: idxBytes([20, 4, 5], pixels(20, 2)),
    [`${testName}-labels-idx1-ubyte`]: idxBytes([20], labels(20)),
  };
  for (const [name, original] of Object.entries(files)) {
    const bytes = name in replace ? replace[name] : original;
    if (bytes === null) continue;
    const path = join(folder, `${prefix ?? ''}${name}`);
    if (gzip) writeFileSync(`${path}.gz`, gzipSync(bytes));
    else writeFileSync(path, bytes);
  }
}
