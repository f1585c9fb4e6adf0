import type { ParameterLayout } from './contract.js';
import type { Model } from './model.js';

/** A batch as the kernels take it: `count` samples, row-major, and a class index each. */
export interface Batch {
  readonly count: number;
  /** `count * inputSize` normalised values. */
  readonly inputs: Float32Array;
  readonly labels: Uint8Array | Int32Array;
  /** Key of the dropout masks, an integer: a batch needs one where the model has dropout, and its gradient is a function of it. */
  readonly dropoutKey?: number;
}

/** A model loaded into an engine for batches of at most `batchMax` samples. Not shared between threads. */
export interface Network {
  readonly layout: ParameterLayout;
  readonly inputSize: number;
  readonly classes: number;
  /** Whether batches need a dropout key in training; absent is no. */
  readonly dropout?: boolean;
  /**
   * The core of an engine, a pure function: gradient of the mean loss over the batch at `weights`,
   * written to `gradient` (zero for buffers). Returns the mean loss. Buffers in `weights` (running
   * statistics) are moved on by the forward pass.
   * Throws WEIGHTS_NOT_FINITE where the loss is not finite because of weights that are not,
   * LABEL_OUT_OF_RANGE, and CODE_OUT_OF_RANGE where an embedding has no such row.
   */
  gradient(weights: Float32Array, batch: Batch, gradient: Float32Array): number;
  /** Sum of losses and number of right answers over a batch, in evaluation mode. */
  evaluate(weights: Float32Array, batch: Batch): { lossSum: number; correct: number };
  /**
   * A zeroed vector in the engine's own memory (layout.size elements by default), so that kernels
   * work on it without a copy: for weights and gradients, and for the inputs of batches. It lives as
   * long as the network; ask for each once.
   */
  vector(size?: number): Float32Array;
  /** y[j] = fma(a, x[j], y[j]) for j < length, in the kernels' arithmetic. */
  axpy(a: number, x: Float32Array, y: Float32Array, length: number): void;
  /** v[j] = fma(m, v[j], x[j]). */
  decayAndAdd(m: number, v: Float32Array, x: Float32Array, length: number): void;
}

/** An engine made for one thread. */
export interface Engine {
  readonly name: string;
  /** What it runs on, for the manifest: `WebAssembly, relaxed SIMD`, `AVX-512`. */
  readonly instructionSet: string;
  /** Set where the engine is right but slow here, with the reason, as a sentence for the user. */
  readonly warning: string | null;
  /**
   * Compiles a model for batches of at most `batchMax` samples. The same model and size give the
   * same network again, so that a thread that works on many clients loads it once.
   * Throws SHAPE_MISMATCH and MODEL_TOO_LARGE.
   */
  load(model: Model, batchMax: number): Network;
}
