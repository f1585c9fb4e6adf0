import type { BitReader, BitWriter } from '../bits.js';
import { bestRice, readRice, writeRice } from './golomb.js';

/**
 * Small codes most of which are zero, as runs: the length of each run of zeros in a Rice code (5 bits
 * of exponent first), then the code that ends it, less one, in `width` bits. A last run that no code
 * ends goes without one.
 */
export function writeRuns(out: BitWriter, codes: ArrayLike<number>, count: number, width: number): void {
  const runs: number[] = [];
  let run = 0;
  for (let i = 0; i < count; i++) {
    if (codes[i] === 0) {
      run++;
    } else {
      runs.push(run);
      run = 0;
    }
  }
  if (run > 0) runs.push(run);
  const { exponent } = bestRice(runs);
  out.write(exponent, 5);
  for (let i = 0, next = 0; i < count; next++) {
    writeRice(out, runs[next], exponent);
    i += runs[next];
    if (i < count) out.write(codes[i++] - 1, width);
  }
}

export function readRuns(body: BitReader, codes: Uint16Array, count: number, width: number): void {
  const exponent = body.read(5);
  codes.fill(0, 0, count);
  for (let i = 0; i < count; ) {
    i += readRice(body, exponent);
    if (i > count) throw body.malformed('a run of zeros that goes on after the end');
    if (i < count) codes[i++] = body.read(width) + 1;
  }
}
