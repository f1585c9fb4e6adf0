import { runError } from '../../errors.js';
import type { ParameterLayout } from '../../learning/contract.js';
import { extremes } from '../elementwise.js';
import { gridValues, stochasticCodes, uniformGrid } from '../quantizers/uniform.js';
import type { VectorCodec } from './codec.js';

/**
 * Stochastic uniform quantization over the range of each block (FedDQ, FedAQ; as in QSGD the
 * rounding is random, so that the mean error is zero):
 *
 *   step = (hi - lo) / (2^b - 1);  code = floor((x - lo) / step + U[0,1));  x' = lo + code * step
 *
 * with E|x' - x|^2 <= step^2 / 4 per element. Message: for each block u8 bit length, f32 lo, f32 hi;
 * then the codes of all blocks. A constant block has bit length 0 and no codes. Bit length 32 means
 * singles instead of codes, without lo and hi.
 */
export type Granularity = 'model' | 'tensor';

export interface Block {
  readonly offset: number;
  readonly size: number;
}

export const UNQUANTIZED_BITS = 32;
const BIT_LENGTH_MAX = 16;
const SCALE_BITS = 72;

export function blocksOf(layout: ParameterLayout, granularity: Granularity): readonly Block[] {
  if (granularity === 'model') return [{ offset: 0, size: layout.trainableSize }];
  return layout.tensors.filter(({ trainable }) => trainable).map(({ offset, size }) => ({ offset, size }));
}

/** Body size in bits for blocks none of which is constant. */
export function uniformBodyBits(blocks: readonly Block[], bitLength: number): number {
  const scaleBits = bitLength === UNQUANTIZED_BITS ? 8 : SCALE_BITS;
  return blocks.reduce((sum, { size }) => sum + scaleBits + size * bitLength, 0);
}

export function rangeOf(vector: Float32Array, { offset, size }: Block): { readonly lo: number; readonly hi: number } {
  if (size === 0) return { lo: 0, hi: 0 };
  return extremes(vector.subarray(offset, offset + size));
}

/**
 * One range that stands for all blocks in the error bound: the root of the mean of the squared
 * ranges over elements. With one block it is that block's range.
 */
export function effectiveRange(blocks: readonly Block[], ranges: readonly number[]): number {
  let sum = 0;
  let elements = 0;
  blocks.forEach(({ size }, index) => {
    sum += size * ranges[index] * ranges[index];
    elements += size;
  });
  if (blocks.length === 1) return ranges[0];
  return elements === 0 ? 0 : Math.sqrt(sum / elements);
}

/** `ownBits` is the bit length of every message, or 0 where the plan of the round says it. */
export function uniformCodec(blocks: readonly Block[], size: number, ownBits: number): VectorCodec {
  return {
    encode(out, vector, plannedBits, { own }) {
      const bitLength = ownBits === 0 ? plannedBits : ownBits;
      if (bitLength === 0) throw runError('NO_BIT_PLAN', 'the scheme waits for a planned bit length and the round has no plan', { hint: 'Set a budget and a planner, or a number of bits.' });
      const scales = blocks.map((block) => {
        const { lo, hi } = rangeOf(vector, block);
        return { lo, hi, bitLength: bitLength === UNQUANTIZED_BITS || hi > lo ? bitLength : 0 };
      });
      out.part('scales');
      for (const { lo, hi, bitLength } of scales) {
        out.write(bitLength, 8);
        if (bitLength === UNQUANTIZED_BITS) continue;
        out.writeFloat(lo);
        out.writeFloat(hi);
      }
      out.part('values');
      blocks.forEach(({ offset, size }, index) => {
        const { lo, hi, bitLength } = scales[index];
        if (bitLength === 0) return;
        if (bitLength === UNQUANTIZED_BITS) {
          out.writeFloats(vector.subarray(offset, offset + size));
          return;
        }
        const codes = stochasticCodes(vector.subarray(offset, offset + size), uniformGrid(lo, hi, bitLength), own);
        out.writeAll(codes, size, bitLength);
      });
    },
    decode(body) {
      const scales = blocks.map(() => {
        const bitLength = body.read(8);
        if (bitLength === UNQUANTIZED_BITS) return { lo: 0, hi: 0, bitLength };
        if (bitLength > BIT_LENGTH_MAX) throw body.malformed(`a bit length of ${bitLength}`);
        const lo = body.readFloat();
        const hi = body.readFloat();
        if (hi < lo || (bitLength === 0 && hi !== lo)) throw body.malformed(`a range from ${lo} to ${hi}`);
        return { lo, hi, bitLength };
      });
      const values = new Float32Array(size);
      const ranges: number[] = [];
      blocks.forEach((block, index) => {
        const { offset, size } = block;
        const { lo, hi, bitLength } = scales[index];
        if (bitLength === UNQUANTIZED_BITS) {
          values.set(body.readFloats(size), offset);
          const seen = rangeOf(values, block);
          ranges.push(seen.hi - seen.lo);
          return;
        }
        ranges.push(hi - lo);
        if (bitLength === 0) {
          values.fill(lo, offset, offset + size);
          return;
        }
        body.expectBits(size, bitLength);
        const codes = new Uint16Array(size);
        body.readAll(codes, size, bitLength);
        gridValues(codes, uniformGrid(lo, hi, bitLength), values, offset);
      });
      return { values, range: effectiveRange(blocks, ranges) };
    },
  };
}
