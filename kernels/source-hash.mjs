import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The files the WebAssembly kernels are made of, in a fixed order. */
export const WASM_SOURCES = ['vector.h', 'functions.h', 'matrix.h', 'matrix.c', 'layers.c', 'program.h', 'program.c', 'selftest.c', 'portable.c', 'build-wasm.mjs'];

/** SHA-256 over names and contents, in hexadecimal. */
export function sourceHash(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\n`);
    hash.update(readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex');
}
