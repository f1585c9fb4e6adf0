import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runError } from '../../errors.js';
import type { Engine, Network } from '../engine.js';
import type { Model } from '../model.js';
import { networkCache, networkOver } from './network.js';
import type { Backend } from './network.js';
import { planProgram } from './planner.js';
import { encodeOperations } from './program.js';
import type { Program } from './program.js';
import { SELF_TEST } from './self-test.js';
import { wasm } from './webassembly.js';
import type { KernelExports, WasmMemory, WasmModule } from './webassembly.js';

/** A compiled build of the kernels: made once per process, handed to worker threads by structured clone. */
export interface PortableHandle {
  readonly engine: 'portable';
  readonly build: 'relaxed' | 'exact';
  readonly module: WasmModule;
}

const PAGE = 65_536;
const PAGES_MAX = 65_536;
const MEBIBYTE = 1_048_576;

/**
 * The build this host can run with the defined arithmetic: relaxed SIMD where it is there and its
 * multiply-add fuses, else the exact emulation. Throws ENGINE_SELF_TEST where neither computes what
 * it should.
 */
export async function compilePortable(): Promise<PortableHandle> {
  const relaxed = await compileRelaxed();
  if (relaxed !== null && passes(relaxed)) return { engine: 'portable', build: 'relaxed', module: relaxed };
  const exact = await compileExact();
  if (passes(exact.module)) return exact;
  throw runError('ENGINE_SELF_TEST', 'the WebAssembly kernels do not compute the defined results on this machine', {
    hint: 'Use another version of Node.js, or --engine native',
  });
}

/** The build that emulates fused multiply-add, whatever the host can do. */
export async function compileExact(): Promise<PortableHandle> {
  return { engine: 'portable', build: 'exact', module: await wasm.compile(kernels('portable-exact.wasm')) };
}

/** An engine for this thread, over a module of `compilePortable`. */
export function createPortable({ build, module }: PortableHandle): Engine {
  const heap = openHeap(module);
  return {
    name: 'portable',
    instructionSet: build === 'relaxed' ? 'WebAssembly relaxed SIMD' : 'WebAssembly SIMD, emulated multiply-add',
    warning: build === 'relaxed' ? null : 'this machine cannot fuse multiply-add in WebAssembly; it is emulated exactly, about twenty times slower',
    load: networkCache((model, batchMax) => openNetwork(heap, model, batchMax)),
  };
}

async function compileRelaxed(): Promise<WasmModule | null> {
  const bytes = kernels('portable-relaxed.wasm');
  if (!wasm.validate(bytes)) {
    try {
      /* Node 20 and 21 know relaxed SIMD but keep it switched off. */
      setFlagsFromString('--experimental-wasm-relaxed-simd');
    } catch {
      return null;
    }
    if (!wasm.validate(bytes)) return null;
  }
  return wasm.compile(bytes);
}

/** A copy, because a small file's bytes lie in a pool that is not the caller's alone. */
function kernels(file: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../../kernels/${file}`, import.meta.url)));
}

function passes(module: WasmModule): boolean {
  return openHeap(module).exports.selfTest() >>> 0 === SELF_TEST;
}

interface Heap {
  readonly exports: KernelExports;
  /** Zeroed memory for `count` elements of four bytes, aligned to 64 bytes; never given back. */
  floats(count: number): Float32Array;
  integers(values: Int32Array): Int32Array;
  owns(array: Float32Array | Int32Array): boolean;
}

/** Shared memory, because growing it leaves the views that callers hold in place. */
function openHeap(module: WasmModule): Heap {
  const memory = new wasm.Memory({ initial: 2, maximum: PAGES_MAX, shared: true });
  const { exports } = new wasm.Instance(module, { env: { memory } });
  const buffers = new WeakSet<ArrayBufferLike>();
  let next = Math.ceil(exports.heapBase() / 64) * 64;
  const take = (elements: number): number => {
    const at = next;
    /* A gap between blocks, because the last lanes of a vector may be read beyond its end. */
    next += Math.ceil((elements * 4) / 64) * 64 + 64;
    const missing = Math.ceil((next + 64 - memory.buffer.byteLength) / PAGE);
    if (missing > 0) grow(memory, missing);
    buffers.add(memory.buffer);
    return at;
  };
  return {
    exports,
    floats(count) {
      const at = take(count);
      return new Float32Array(memory.buffer, at, count);
    },
    integers(values) {
      const at = take(values.length);
      const block = new Int32Array(memory.buffer, at, values.length);
      block.set(values);
      return block;
    },
    owns: (array) => buffers.has(array.buffer),
  };
}

function grow(memory: WasmMemory, pages: number): void {
  try {
    memory.grow(pages);
  } catch (cause) {
    throw runError('ENGINE_MEMORY', `the portable engine could not get ${Math.ceil((pages * PAGE) / MEBIBYTE)} MiB more memory`, {
      hint: 'Use a smaller model, a smaller batch or fewer workers',
      cause,
    });
  }
}

function openNetwork(heap: Heap, model: Model, batchMax: number): Network {
  const program = planProgram(model, batchMax);
  return networkOver(openBackend(heap, program, batchMax), model, batchMax, program);
}

function openBackend(heap: Heap, program: Program, batchMax: number): Backend {
  const { exports } = heap;
  const body = [program.prologue, program.training, program.evaluation].map((operations) => heap.integers(encodeOperations(operations)));
  const [prologue, training, evaluation] = body.map((code) => code.byteOffset);
  const arena = heap.floats(program.arenaSize).byteOffset;
  let labelRoom = heap.integers(new Int32Array(batchMax));
  const rooms = new Map<string, Float32Array>();
  /** Address of a vector: its own where it lies in the engine's memory, else that of a room of the same length. */
  const addressOf = (room: string, array: Float32Array, length: number, copy: boolean): number => {
    if (heap.owns(array)) return array.byteOffset;
    let staging = rooms.get(room);
    if (staging === undefined || staging.length < length) {
      staging = heap.floats(length);
      rooms.set(room, staging);
    }
    if (copy) staging.set(array.subarray(0, length));
    return staging.byteOffset;
  };
  const giveBack = (room: string, array: Float32Array, length: number): void => {
    if (!heap.owns(array)) array.set(rooms.get(room)!.subarray(0, length));
  };
  const size = program.parameters;
  return {
    run(weights, gradient, inputs, labels, count, key) {
      if (labelRoom.length < count) labelRoom = heap.integers(new Int32Array(count));
      labelRoom.set(labels.subarray(0, count));
      const weightsAt = addressOf('weights', weights, size, true);
      const inputsAt = addressOf('inputs', inputs, count * program.inputSize, true);
      if (gradient === null) {
        return exports.run(prologue, 0, evaluation, program.evaluation.length, program.block, count, arena, weightsAt, 0, inputsAt, labelRoom.byteOffset, key);
      }
      const gradientAt = addressOf('gradient', gradient, size, false);
      const lossSum = exports.run(
        prologue, program.prologue.length, training, program.training.length, program.block, count,
        arena, weightsAt, gradientAt, inputsAt, labelRoom.byteOffset, key,
      );
      giveBack('gradient', gradient, size);
      if (program.buffers > 0) giveBack('weights', weights, size);
      return lossSum;
    },
    correct: () => exports.correct(),
    vector: (length) => heap.floats(length),
    axpy(a, x, y, length) {
      exports.axpy(a, addressOf('weights', x, length, true), addressOf('gradient', y, length, true), length);
      giveBack('gradient', y, length);
    },
    decayAndAdd(m, v, x, length) {
      exports.decayAndAdd(m, addressOf('gradient', v, length, true), addressOf('weights', x, length, true), length);
      giveBack('gradient', v, length);
    },
  };
}
