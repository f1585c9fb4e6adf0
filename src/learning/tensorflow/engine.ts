import type { Engine } from '../engine.js';
import type { BackendName } from './backends.js';
import { nodeBackendProblem, openBackend } from './backends.js';
import { tensorflowNetwork } from './network.js';

/** Plain data that tells a thread which TensorFlow.js to run. */
export interface TensorflowHandle {
  readonly engine: 'tensorflow';
  readonly backend: BackendName;
  /** Why the faster backend was passed over, as a sentence, or null. */
  readonly notice: string | null;
}

const INSTRUCTION_SETS: Record<BackendName, string> = {
  node: 'libtensorflow',
  wasm: 'TensorFlow.js WebAssembly SIMD',
  cpu: 'TensorFlow.js plain JavaScript',
};

/** libtensorflow where tfjs-node is installed and runs, else the WebAssembly backend, with a notice. */
export function prepareTensorflow(): TensorflowHandle {
  const problem = nodeBackendProblem();
  if (problem === null) return { engine: 'tensorflow', backend: 'node', notice: null };
  return { engine: 'tensorflow', backend: 'wasm', notice: `The tensorflow engine runs on its slower WebAssembly backend: ${problem}.` };
}

/**
 * The engine of this thread. It agrees with the kernels within rounding (relative 1e-5), not to the
 * last bit, so that results of studies run on it may differ in their last digits.
 */
export function createTensorflow({ backend, notice }: TensorflowHandle): Engine {
  const tf = openBackend(backend);
  return {
    name: 'tensorflow',
    instructionSet: INSTRUCTION_SETS[backend],
    warning: notice,
    load: (model) => tensorflowNetwork(tf, model),
  };
}

/** For the table of engines. */
export const tensorflowEngine = {
  name: 'tensorflow',
  describe: 'TensorFlow.js: an independent implementation of the same models (libtensorflow where tfjs-node is installed, else WebAssembly); agrees within rounding.',
  available: (): true => true,
  prepare: (): Promise<TensorflowHandle> => Promise.resolve(prepareTensorflow()),
} as const;
