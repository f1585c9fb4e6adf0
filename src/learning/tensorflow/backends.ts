import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-core';
import type { BackendWasm as WasmBackend } from '@tensorflow/tfjs-backend-wasm';
import { runError } from '../../errors.js';
import { registerGradients } from './gradients.js';

export type Tf = typeof TensorFlow;

/** What TensorFlow.js computes with: libtensorflow, its own WebAssembly, or plain JavaScript. */
export const BACKENDS = ['node', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

const load = createRequire(import.meta.url);
const NODE_PACKAGE = '@tensorflow/tfjs-node';
/** From this major version on Node lacks a function that tfjs-node 4.22.0, the last release, calls. */
const FIRST_NODE_WITHOUT = 23;

/**
 * Why `@tensorflow/tfjs-node` cannot be used here, as a phrase, or null where it can. The package
 * is optional, as it downloads libtensorflow when it is installed.
 */
export function nodeBackendProblem(nodeVersion = process.versions.node): string | null {
  if (Number(nodeVersion.split('.')[0]) >= FIRST_NODE_WITHOUT) {
    return `${NODE_PACKAGE} 4.22.0 does not run on Node ${nodeVersion}, only below ${FIRST_NODE_WITHOUT}`;
  }
  try {
    loadNodePackage();
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return `${NODE_PACKAGE} is not installed`;
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `${NODE_PACKAGE} does not load (${firstLine.trim().replace(/\.$/, '')})`;
  }
}

function loadNodePackage(): Tf {
  // libtensorflow's greetings on stderr are not for our users.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const tf: Tf = load(NODE_PACKAGE);
  return tf;
}

let active: BackendName | undefined;

/**
 * TensorFlow.js with that backend. One backend serves a whole thread: another one is an error.
 * Everything is loaded here and not before, and without waiting, because engines are made so.
 */
export function openBackend(name: BackendName): Tf {
  if (active !== undefined && active !== name) {
    throw runError('TENSORFLOW_BACKEND', `this thread already runs TensorFlow.js on its ${active} backend, and ${name} is asked for`);
  }
  const tf: Tf = name === 'node' ? loadNodePackage() : load('@tensorflow/tfjs-core');
  if (active === undefined) {
    if (name === 'wasm') registerWasm(tf);
    if (name === 'cpu') load('@tensorflow/tfjs-backend-cpu');
    if (name !== 'node') registerGradients(tf);
    // The promise is for backends that are made asynchronously, and none of these is.
    void tf.setBackend(name === 'node' ? 'tensorflow' : name);
    tf.enableProdMode();
  }
  active = name;
  return tf;
}

interface WasmModule {
  instantiateWasm(imports: object, done: (instance: object, module: object) => void): object;
  cwrap(name: string, returns: string | null, takes: readonly string[]): (...values: number[]) => number;
  tfjs?: Record<string, (...values: number[]) => number>;
}
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/**
 * The package's own start-up is asynchronous and starts a thread per core. This one instantiates
 * its single-threaded SIMD binary at once, with the same functions as `init` in the package's
 * backend_wasm.js (4.22.0).
 */
function registerWasm(tf: Tf): void {
  const { BackendWasm, factory, binary } = wasmParts();
  // Node's types leave it out.
  const webAssembly: WebAssemblyInterface = Reflect.get(globalThis, 'WebAssembly');
  const module: WasmModule = {
    instantiateWasm(imports, done) {
      const compiled = new webAssembly.Module(binary);
      const instance = new webAssembly.Instance(compiled, imports);
      done(instance, compiled);
      return instance.exports;
    },
    cwrap: () => {
      throw new Error('the WebAssembly module of TensorFlow.js did not start');
    },
  };
  factory(module);
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => new BackendWasm(module));
}

function wasmParts(): { BackendWasm: new (module: WasmModule) => WasmBackend; factory: (module: WasmModule) => unknown; binary: Uint8Array } {
  const { BackendWasm } = load('@tensorflow/tfjs-backend-wasm');
  const folder = '@tensorflow/tfjs-backend-wasm/wasm-out';
  return {
    BackendWasm,
    factory: load(`${folder}/tfjs-backend-wasm.js`),
    binary: readFileSync(load.resolve(`${folder}/tfjs-backend-wasm-simd.wasm`)),
  };
}
