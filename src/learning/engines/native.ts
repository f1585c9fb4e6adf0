import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { NATIVE_SOURCES, sourceHash } from '../../../kernels/source-hash.mjs';
import { runError } from '../../errors.js';
import type { Engine } from '../engine.js';
import { networkCache, networkOver } from './network.js';
import { planProgram } from './planner.js';
import { encodeOperations } from './program.js';
import { SELF_TEST } from './self-test.js';

/** The native kernels with one instruction set of this CPU. */
export interface NativeHandle {
  readonly engine: 'native';
  /** Index into the instruction sets that the addon reports. */
  readonly set: number;
}

/** A network inside the addon; freed with this object. */
interface NativeNetwork {
  readonly nativeNetwork: unique symbol;
}

/** Functions of kernels/addon.c. */
interface Addon {
  instructionSets(): readonly string[];
  selfTest(set: number): number;
  create(set: number, prologue: Int32Array, training: Int32Array, evaluation: Int32Array, arenaSize: number, block: number): NativeNetwork;
  run(network: NativeNetwork, weights: Float32Array, gradient: Float32Array | null, inputs: Float32Array, labels: Int32Array, count: number, key: number): number;
  correct(network: NativeNetwork): number;
  axpy(set: number, a: number, x: Float32Array, y: Float32Array, length: number): void;
  decayAndAdd(set: number, m: number, v: Float32Array, x: Float32Array, length: number): void;
  vector(length: number): Float32Array;
}

const ADDON = fileURLToPath(new URL('../../../build/wfl-native.node', import.meta.url));
/** What the addon was built from, beside it. */
const STAMP = fileURLToPath(new URL('../../../build/wfl-native.json', import.meta.url));
let loaded: Addon | string | undefined;

/** The addon, or why it cannot be used, as a phrase. */
function loadAddon(): Addon | string {
  return (loaded ??= open());
}

function open(): Addon | string {
  if (!existsSync(ADDON) || !existsSync(STAMP)) return 'the native kernels are not built (npm run build says why)';
  try {
    // An addon of other sources may compute something else without a sign of it.
    const { source } = z.object({ source: z.string() }).parse(JSON.parse(readFileSync(STAMP, 'utf8')));
    if (source !== sourceHash(NATIVE_SOURCES)) return 'the native kernels are of another version (npm run build renews them)';
    const addon: Addon = createRequire(import.meta.url)(ADDON);
    return addon;
  } catch (cause) {
    return `the native kernels do not load: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

/**
 * The instruction sets of this CPU that give the defined results, the widest first; empty where the
 * kernels are not built or the CPU cannot fuse multiply-add.
 */
export function nativeHandles(): readonly NativeHandle[] {
  const addon = loadAddon();
  if (typeof addon === 'string') return [];
  return addon.instructionSets().flatMap((_, set) => (addon.selfTest(set) === SELF_TEST ? [{ engine: 'native', set } as const] : []));
}

/** `true`, or why the native engine cannot run here, as a phrase. */
export function nativeAvailable(): true | string {
  const addon = loadAddon();
  if (typeof addon === 'string') return addon;
  if (addon.instructionSets().length === 0) return 'this CPU has no fused multiply-add (AVX2 with FMA, AVX-512 or NEON)';
  return nativeHandles().length > 0 ? true : 'the native kernels do not compute the defined results on this machine';
}

/** An engine for this thread. Throws ENGINE_UNAVAILABLE where the addon cannot be loaded. */
export function createNative({ set }: NativeHandle): Engine {
  const addon = loadAddon();
  if (typeof addon === 'string') throw runError('ENGINE_UNAVAILABLE', `the native engine cannot run here: ${addon}`, { hint: 'Use --engine portable' });
  return {
    name: 'native',
    instructionSet: addon.instructionSets()[set],
    warning: null,
    load: networkCache((model, batchMax) => {
      const program = planProgram(model, batchMax);
      const [prologue, training, evaluation] = [program.prologue, program.training, program.evaluation].map((operations) => encodeOperations(operations));
      const network = addon.create(set, prologue, training, evaluation, program.arenaSize, program.block);
      return networkOver(
        {
          run: (weights, gradient, inputs, labels, count, key) => addon.run(network, weights, gradient, inputs, labels, count, key),
          correct: () => addon.correct(network),
          vector: (length) => addon.vector(length),
          axpy: (a, x, y, length) => addon.axpy(set, a, x, y, length),
          decayAndAdd: (m, v, x, length) => addon.decayAndAdd(set, m, v, x, length),
        },
        model,
        batchMax,
        program,
      );
    }),
  };
}
