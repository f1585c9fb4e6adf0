import { inputError } from '../../errors.js';
import { defineTable } from '../../table.js';
import type { Engine } from '../engine.js';
import { createTensorflow, tensorflowEngine } from '../tensorflow/index.js';
import type { TensorflowHandle } from '../tensorflow/index.js';
import { createNative, nativeAvailable, nativeHandles } from './native.js';
import type { NativeHandle } from './native.js';
import { compilePortable, createPortable } from './portable.js';
import type { PortableHandle } from './portable.js';

/** An engine made ready once per process: it may be sent to worker threads, each of which creates its own engine from it. */
export type EngineHandle = PortableHandle | NativeHandle | TensorflowHandle;

export interface EngineEntry {
  readonly name: string;
  readonly describe: string;
  /** `true`, or why the engine cannot run here, as a phrase. */
  available(): true | string;
  prepare(): Promise<EngineHandle>;
}

const native: EngineEntry = {
  name: 'native',
  describe: 'Own kernels compiled for this CPU (AVX-512, AVX2 or NEON) when the program was installed.',
  available: nativeAvailable,
  prepare: () => Promise.resolve(nativeHandles()[0]),
};

const portable: EngineEntry = {
  name: 'portable',
  describe: 'Own kernels in WebAssembly SIMD: runs on any machine, with the same results as native to the last bit.',
  available: () => true,
  prepare: compilePortable,
};

export const engines = defineTable<EngineEntry>('engine', [native, portable, tensorflowEngine]);

/** The engine of this thread, from a handle that `selectEngine` made in any thread. */
export function createEngine(handle: EngineHandle): Engine {
  if (handle.engine === 'native') return createNative(handle);
  return handle.engine === 'portable' ? createPortable(handle) : createTensorflow(handle);
}

/**
 * The engine of that name; with `auto`, native where it can run and portable elsewhere.
 * Throws UNKNOWN_NAME, and ENGINE_UNAVAILABLE where the named engine cannot run.
 */
export async function selectEngine(name: string): Promise<EngineHandle> {
  const entry = engines.find(name === 'auto' ? (native.available() === true ? 'native' : 'portable') : name);
  const available = entry.available();
  if (available === true) return entry.prepare();
  throw inputError('ENGINE_UNAVAILABLE', `the ${entry.name} engine cannot run here: ${available}`, {
    hint: 'Use --engine auto or --engine portable',
  });
}
