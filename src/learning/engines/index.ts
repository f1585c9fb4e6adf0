import { defineTable } from '../../table.js';
import type { Engine } from '../engine.js';
import { compilePortable, createPortable } from './portable.js';
import type { PortableHandle } from './portable.js';

/** An engine made ready once per process: it may be sent to worker threads, each of which creates its own engine from it. */
export type EngineHandle = PortableHandle;

export interface EngineEntry {
  readonly name: string;
  readonly describe: string;
  /** `true`, or why the engine cannot run here, as a phrase. */
  available(): true | string;
  prepare(): Promise<EngineHandle>;
}

const portable: EngineEntry = {
  name: 'portable',
  describe: 'Own kernels in WebAssembly SIMD: runs on any machine, the same bits as native.',
  available: () => true,
  prepare: compilePortable,
};

export const engines = defineTable<EngineEntry>('engine', [portable]);

/** The engine of this thread, from a handle that `selectEngine` made in any thread. */
export function createEngine(handle: EngineHandle): Engine {
  return createPortable(handle);
}

/**
 * The engine of that name, or with `auto` the first that runs here of native and portable.
 * Throws UNKNOWN_NAME, and ENGINE_UNAVAILABLE where the named engine cannot run.
 */
export async function selectEngine(name: string): Promise<EngineHandle> {
  return engines.find(name === 'auto' ? 'portable' : name).prepare();
}
