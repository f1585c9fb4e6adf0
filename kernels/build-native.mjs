// Compiles the native kernels for this machine's CPU family into build/, with the C compiler that is
// there. An installation never fails here: without a compiler the portable engine does the work,
// and this says why. WFL_NATIVE=off skips it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NATIVE_SOURCES, sourceHash } from './source-hash.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../build/', import.meta.url));
const addon = `${target}wfl-native.node`;
const stamp = `${target}wfl-native.json`;

/** No contraction, no fast-math, no aliasing by type: the arithmetic is the kernels' own (program.c). */
const FLAGS = ['-std=gnu11', '-O3', '-fPIC', '-fno-strict-aliasing', '-ffp-contract=off', '-fno-math-errno', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wno-unused-function'];
const UNITS = {
  x64: [
    { object: 'avx512.o', flags: ['-DWFL_AVX512', '-mavx512f', '-mavx2', '-mfma'] },
    { object: 'avx2.o', flags: ['-DWFL_AVX2', '-mavx2', '-mfma'] },
  ],
  arm64: [{ object: 'neon.o', flags: ['-DWFL_NEON'] }],
};

let skipped;
try {
  skipped = build();
} catch (error) {
  skipped = error.message;
}
if (skipped !== null) console.log(`native kernels: skipped, ${skipped}; the portable engine is used`);

/** Builds, and returns null; or returns why not, as a phrase. */
function build() {
  if (process.env.WFL_NATIVE === 'off') return 'WFL_NATIVE=off';
  const units = UNITS[process.arch];
  if (units === undefined) return `none are written for ${process.arch}`;
  if (process.platform === 'win32') return 'they are built on Linux and macOS only';
  const compiler = [process.env.CC, 'cc', 'gcc', 'clang'].find((name) => name && spawnSync(name, ['--version']).status === 0);
  if (compiler === undefined) return 'no C compiler was found (cc, gcc, clang or $CC)';
  const signature = JSON.stringify({ source: sourceHash(NATIVE_SOURCES), compiler: versionOf(compiler), arch: process.arch });
  if (existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8') === signature) return null;
  const { include_dir: headers } = createRequire(import.meta.url)('node-api-headers');
  mkdirSync(target, { recursive: true });
  const work = `${target}work-${process.pid}`;
  mkdirSync(work);
  try {
    const compile = (source, object, flags) => run(compiler, [...FLAGS, ...flags, '-c', `${folder}${source}`, '-o', `${work}/${object}`]);
    const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
    const objects = ['addon.o', ...units.map(({ object }) => object)].map((object) => `${work}/${object}`);
    const problem =
      units.map(({ object, flags }) => compile('native.c', object, flags)).find((each) => each !== null) ??
      compile('addon.c', 'addon.o', ['-I', headers, '-DNAPI_VERSION=8']) ??
      run(compiler, [...link, ...objects, '-o', `${work}/wfl-native.node`]);
    if (problem) return problem;
    renameSync(`${work}/wfl-native.node`, addon);
    writeFileSync(stamp, signature);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`native kernels: built with ${compiler}`);
  return null;
}

function run(command, options) {
  const { status, stderr } = spawnSync(command, options, { encoding: 'utf8' });
  return status === 0 ? null : `${command} failed: ${stderr?.trim().split('\n')[0]}`;
}

function versionOf(compiler) {
  return spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
}
