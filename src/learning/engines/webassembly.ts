/** The part of the WebAssembly interface that the portable engine uses; Node's own types leave it out. */
export interface WasmModule {
  readonly wasmModule: unique symbol;
}

export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** Entry points of kernels/portable.c; pointers are byte addresses. */
export interface KernelExports {
  heapBase(): number;
  run(
    prologue: number, prologueLength: number, body: number, bodyLength: number, block: number, count: number,
    arena: number, weights: number, gradient: number, inputs: number, labels: number, key: number,
  ): number;
  correct(): number;
  axpy(a: number, x: number, y: number, size: number): void;
  decayAndAdd(m: number, v: number, x: number, size: number): void;
  selfTest(): number;
  elementary(which: number, x: number, y: number, size: number): void;
}

interface WasmInterface {
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Instance: new (module: WasmModule, imports: { env: { memory: WasmMemory } }) => { readonly exports: KernelExports };
}

export const wasm: WasmInterface = Reflect.get(globalThis, 'WebAssembly');
