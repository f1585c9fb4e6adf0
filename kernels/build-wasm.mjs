// Builds the two WebAssembly kernels that the repository ships. Needs clang and wasm-ld, which users
// do not: without them it says so and leaves the shipped files as they are. The hash of the sources
// goes into each file, so that a test can tell when they no longer match.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sourceHash, WASM_SOURCES } from './source-hash.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const FLAGS = [
  '--target=wasm32', '-std=gnu11', '-O3', '-nostdlib', '-ffreestanding', '-fno-strict-aliasing', '-ffp-contract=off',
  '-Wall', '-Wextra', '-Werror', '-Wno-unused-function', '-msimd128', '-mbulk-memory', '-matomics', '-mmutable-globals',
  '-Wl,--no-entry', '-Wl,--import-memory', '-Wl,--shared-memory', '-Wl,--max-memory=4294967296',
  '-Wl,-z,stack-size=65536', '-Wl,--strip-all',
];
const BUILDS = [
  { file: 'portable-relaxed.wasm', flags: ['-mrelaxed-simd', '-DWFL_RELAXED'] },
  { file: 'portable-exact.wasm', flags: [] },
];

const compilers = ['clang-19', 'clang'].filter((name) => spawnSync(name, ['--print-targets'], { encoding: 'utf8' }).stdout?.includes('wasm32'));
if (compilers.length === 0) {
  console.log('build:wasm skipped: no clang with the wasm32 target and wasm-ld here; the kernels in kernels/*.wasm stay as they are');
} else {
  const hash = sourceHash(WASM_SOURCES);
  for (const { file, flags } of BUILDS) {
    const path = `${folder}${file}`;
    const { status } = spawnSync(compilers[0], [...FLAGS, ...flags, 'portable.c', '-o', file], { cwd: folder, stdio: 'inherit' });
    if (status !== 0) process.exit(1);
    writeFileSync(path, Buffer.concat([readFileSync(path), customSection('wfl-source', hash)]));
    console.log(`${file}: ${readFileSync(path).length} bytes, source ${hash}`);
  }
}

/** A WebAssembly custom section (id 0): lengths are LEB128, and everything here is below 128 bytes. */
function customSection(name, text) {
  const body = Buffer.concat([Buffer.from([name.length]), Buffer.from(name + text)]);
  return Buffer.concat([Buffer.from([0, body.length]), body]);
}
