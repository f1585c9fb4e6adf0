import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const KERNELS = ['vector.h', 'functions.h', 'matrix.h', 'matrix.c', 'layers.c', 'sparse.c', 'planar.c', 'normalisation.c', 'recurrent.c', 'program.h', 'program.c', 'selftest.c'];

/** The files the WebAssembly kernels and the native kernels are made of, in a fixed order. */
export const WASM_SOURCES = [...KERNELS, 'portable.c', 'build-wasm.mjs'];
export const NATIVE_SOURCES = [...KERNELS, 'kernels.h', 'native.c', 'addon.c', 'build-native.mjs'];

/** SHA-256 over names and contents, in hexadecimal. */
export function sourceHash(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\n`);
    hash.update(readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex');
}
