#!/usr/bin/env node
/**
 * Builds the addon of @tensorflow/tfjs-node against a real libtensorflow and checks the
 * `tensorflow` engine on it: same loss and gradient as the kernels, and how fast.
 *
 * The package's own installer downloads libtensorflow from a bucket of its own. Here the C library
 * comes from the wheel `tensorflow-cpu` of PyPI, whose libtensorflow_cc.so.2 and
 * libtensorflow_framework.so.2 export the same C API. Nothing in the project's node_modules is
 * changed: all happens in build/tfjs-node.
 *
 *   node bench/tfjs-node/build.mjs [--json]       TENSORFLOW_WHEEL=file.whl uses a wheel that is here
 *
 * Afterwards `node build/tfjs-node/bench/engine.mjs --engines native,portable,tensorflow` measures the
 * engines with libtensorflow beside the kernels.
 *
 * Where something cannot be had (no pip, no network, no compiler, another platform) it says
 * "skipped" and why, and ends with 0; a wrong result ends with 1.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TENSORFLOW = '2.21.0';
const project = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const root = join(project, 'build', 'tfjs-node');
const library = join(root, 'libtensorflow');
const addonPackage = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
const addon = join(addonPackage, 'lib', 'napi-v8', 'tfjs_binding.node');

/** Ends the script where something is not to be had here. */
class Skip extends Error {}

function need(what, action) {
  try {
    return action();
  } catch (error) {
    const reason = String(error.stderr || error.message).trim().split('\n').at(-1);
    throw new Skip(`${what}: ${reason}`);
  }
}

function run(command, args, options = {}) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28, ...options });
}

function fetchWheel() {
  if (process.env.TENSORFLOW_WHEEL) return process.env.TENSORFLOW_WHEEL;
  const folder = join(root, 'wheel');
  const found = () => existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (!found()) {
    console.error(`downloading tensorflow-cpu ${TENSORFLOW} (about 270 MB)`);
    need('tensorflow-cpu cannot be downloaded', () =>
      run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.11',
        '--platform', 'manylinux_2_27_x86_64', '--dest', folder, `tensorflow-cpu==${TENSORFLOW}`]));
  }
  return join(folder, found());
}

/** The two libraries under the names the linker and the loader look for, and the headers. */
function unpackLibrary() {
  if (existsSync(join(library, 'tensorflow', 'libtensorflow_cc.so.2'))) return;
  const wheel = fetchWheel();
  const script = [
    'import sys, zipfile',
    'wheel = zipfile.ZipFile(sys.argv[1])',
    'wanted = [n for n in wheel.namelist() if n in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")',
    '          or (n.startswith("tensorflow/include/") and n.endswith(".h")',
    '              and n.split("/")[2] in ("tensorflow", "tsl", "xla") and ("/c/" in n or "/platform/" in n or "/tsl/" in n))]',
    'wheel.extractall(sys.argv[2], wanted)',
  ].join('\n');
  console.error('unpacking libtensorflow');
  need('the wheel cannot be unpacked', () => run('python3', ['-c', script, wheel, library]));
}

/** A project of links to this one's packages, with a copy of tfjs-node of its own. */
function layOutProject() {
  const modules = join(root, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(join(modules, '@tensorflow'), { recursive: true });
  const source = join(project, 'node_modules');
  for (const name of readdirSync(source)) {
    if (name !== '@tensorflow' && !name.startsWith('.')) symlinkSync(join(source, name), join(modules, name));
  }
  for (const name of readdirSync(join(source, '@tensorflow'))) {
    if (name !== 'tfjs-node') symlinkSync(join(source, '@tensorflow', name), join(modules, '@tensorflow', name));
  }
  const original = join(source, '@tensorflow', 'tfjs-node');
  if (!existsSync(original)) throw new Skip('the package @tensorflow/tfjs-node is not in node_modules: npm ci --ignore-scripts puts it there without its download');
  cpSync(original, addonPackage, { recursive: true, filter: (path) => !/tfjs-node\/(deps|lib|build)$/.test(path) });
}

function buildAddon() {
  const lib = join(addonPackage, 'deps', 'lib');
  mkdirSync(lib, { recursive: true });
  const files = join(library, 'tensorflow');
  for (const [name, file] of [
    ['libtensorflow.so', 'libtensorflow_cc.so.2'],
    ['libtensorflow_cc.so.2', 'libtensorflow_cc.so.2'],
    ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so.2'],
  ]) symlinkSync(join(files, file), join(lib, name));
  symlinkSync(join(files, 'include'), join(addonPackage, 'deps', 'include'));
  console.error('compiling the addon');
  const headers = join(dirname(dirname(process.execPath)), 'include', 'node', 'node_api.h');
  const env = { ...process.env, ...(existsSync(headers) ? { npm_config_nodedir: dirname(dirname(dirname(headers))) } : {}) };
  need('the addon cannot be compiled', () =>
    run(process.execPath, [join(project, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp'), 'install', '--build-from-source'], { cwd: addonPackage, env }));
}

try {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Skip(`libtensorflow is taken from the wheel for Linux on x64, and this is ${process.platform} on ${process.arch}`);
  if (!existsSync(join(project, 'dist', 'learning', 'index.js'))) throw new Skip('the project is not built: npm run build');
  mkdirSync(root, { recursive: true });
  unpackLibrary();
  if (!existsSync(addon)) {
    layOutProject();
    buildAddon();
  }
  for (const part of ['dist', 'kernels', 'bench', 'package.json', 'build/wfl-native.node']) {
    rmSync(join(root, part), { recursive: true, force: true });
    if (existsSync(join(project, part))) cpSync(join(project, part), join(root, part), { recursive: true });
  }
  execFileSync(process.execPath, [join(project, 'bench', 'tfjs-node', 'check.mjs'), root, ...process.argv.slice(2)], { stdio: 'inherit' });
} catch (error) {
  if (error instanceof Skip) console.error(`skipped: ${error.message}`);
  else {
    console.error(error.message);
    process.exitCode = 1;
  }
}
