import type { ParameterLayout } from '../learning/contract.js';
import { blocksOf, effectiveRange, rangeOf, uniformBodyBits, type Granularity } from './codecs/uniform.js';
import type { SchemePlanning, SchemeWorld } from './contract.js';
import { controlBytes, FRAME_BYTES } from './frame.js';

export interface UniformPlanningOptions {
  readonly granularity: Granularity;
  readonly bitsMin: number;
  readonly bitsMax: number;
  readonly downlinkWeight: number;
  /** Bit length of a direction that is not planned. */
  readonly uplinkBits?: number;
  readonly downlinkBits?: number;
}

/** How a planner drives a scheme that sends both ways through the range quantizer. */
export function uniformPlanning(options: UniformPlanningOptions, layout: ParameterLayout, participants: number, input: SchemeWorld['input']): SchemePlanning {
  const blocks = blocksOf(layout, options.granularity);
  const buffers = (layout.size - layout.trainableSize) * 4;
  const control = controlBytes({ uplinkBits: options.uplinkBits === undefined, accepted: false }, participants);
  const bodyBytes = (bitLength: number) => Math.ceil(uniformBodyBits(blocks, bitLength) / 8);
  return {
    bitsMin: options.bitsMin,
    bitsMax: options.bitsMax,
    downlinkWeight: options.downlinkWeight,
    uplinkBytes: (bitLength) => FRAME_BYTES + (input === 'update' ? buffers : 0) + bodyBytes(options.uplinkBits ?? bitLength),
    downlinkBytes: (bitLength) => FRAME_BYTES + buffers + control + bodyBytes(options.downlinkBits ?? bitLength),
  };
}

/** The range of the model that the error bound takes, for one block or one per tensor. */
export function modelRange(granularity: Granularity, layout: ParameterLayout, weights: Float32Array): number {
  const blocks = blocksOf(layout, granularity);
  const ranges = blocks.map((block) => {
    const { lo, hi } = rangeOf(weights, block);
    return hi - lo;
  });
  return effectiveRange(blocks, ranges);
}
