import type { Stream } from '../../random/stream.js';
import { fromBfloat16, toBfloat16 } from '../bfloat16.js';
import type { BitReader } from '../bits.js';
import type { VectorCodec } from '../codecs/codec.js';
import { largestIndices, randomIndices, thresholdIndices } from '../codecs/sparse.js';
import { rangeOf } from '../codecs/uniform.js';
import { readIndexSet, writeIndexSet } from '../entropy/index-set.js';
import { fromFloat16, toFloat16 } from '../float16.js';
import type { MessageWriter } from '../frame.js';
import { rotate, rotateBack, rotationBlocks, rotationSigns } from '../transforms/hadamard.js';
import { readCodes, writeCodes } from './code-block.js';
import type { ChainPlan } from './steps.js';

const UNIT_32 = 2.3283064365386963e-10;

/**
 * A codec made of steps. Message: index set (unless places are all or come from the seed), scales (two
 * f32 for `quantize`, one for `sign`), codes or floats of the chosen, possibly rotated values.
 */
export function chainCodec(size: number, plan: ChainPlan): VectorCodec {
  const { rotate: rotation } = plan;
  return {
    encode(out, vector, _bitLength, { own, shared }) {
      const indices = chosen(vector, plan, shared);
      out.part('indices');
      if (indices !== null && plan['random-k'] === undefined) writeIndexSet(out, indices, size);
      const values = indices === null ? vector : Float32Array.from(indices, (index) => vector[index]);
      if (rotation === undefined) return writeValues(out, values, plan, own);
      const blocks = rotationBlocks(values.length, rotation.blockSize);
      writeValues(out, rotate(values, blocks, rotationSigns(blocks, shared('signs'))), plan, own);
    },
    decode(body, { shared }) {
      const indices = readIndices(body, size, plan, shared);
      const count = indices === null ? size : indices.length;
      let values: Float32Array;
      if (rotation === undefined) {
        values = readValues(body, count, plan);
      } else {
        const blocks = rotationBlocks(count, rotation.blockSize);
        const signs = rotationSigns(blocks, shared('signs'));
        values = rotateBack(readValues(body, signs.length, plan), blocks, signs);
      }
      if (!values.every((value) => Number.isFinite(value))) throw body.malformed('a value beyond the range of singles');
      if (indices === null) return { values, range: null };
      const whole = new Float32Array(size);
      indices.forEach((index, i) => (whole[index] = values[i]));
      return { values: whole, range: null };
    },
  };
}

/** The elements to send; null for all. */
function chosen(vector: Float32Array, plan: ChainPlan, shared: (purpose: string) => Stream): Uint32Array | null {
  if (plan['top-k'] !== undefined) return largestIndices(vector, plan['top-k'].ratio);
  if (plan.threshold !== undefined) return thresholdIndices(vector, plan.threshold.magnitude);
  if (plan['random-k'] !== undefined) return randomIndices(vector.length, plan['random-k'].ratio, shared('indices'));
  return null;
}

function readIndices(body: BitReader, size: number, plan: ChainPlan, shared: (purpose: string) => Stream): Uint32Array | null {
  if (plan['random-k'] !== undefined) return randomIndices(size, plan['random-k'].ratio, shared('indices'));
  return plan['top-k'] !== undefined || plan.threshold !== undefined ? readIndexSet(body, size) : null;
}

function writeValues(out: MessageWriter, values: Float32Array, { quantize, sign, float, entropy }: ChainPlan, own: Stream): void {
  out.part('scales');
  if (quantize !== undefined) {
    const { lo, hi } = rangeOf(values, { offset: 0, size: values.length });
    const top = (1 << quantize.bits) - 1;
    const step = (hi - lo) / top;
    const codes = Uint16Array.from(values, (value) => {
      const draw = quantize.rounding === 'stochastic' ? own.uint32() * UNIT_32 : 0.5;
      return step === 0 ? 0 : Math.min(top, Math.floor((value - lo) / step + draw));
    });
    out.writeFloat(lo);
    out.writeFloat(hi);
    out.part('values');
    writeCodes(out, codes, quantize.bits, entropy);
  } else if (sign !== undefined) {
    out.writeFloat(values.length === 0 ? 0 : values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length);
    out.part('values');
    writeCodes(out, Uint16Array.from(values, (value) => (value < 0 ? 1 : 0)), 1, entropy);
  } else if (float === undefined || float.precision === 'float32') {
    out.part('values');
    out.writeFloats(values);
  } else {
    out.part('values');
    out.writeAll(Uint16Array.from(values, float.precision === 'float16' ? toFloat16 : toBfloat16), values.length, 16);
  }
}

/** May hold numbers that are not finite; the caller looks. */
function readValues(body: BitReader, count: number, { quantize, sign, float, entropy }: ChainPlan): Float32Array {
  if (quantize !== undefined) {
    const lo = body.readFloat();
    const hi = body.readFloat();
    const step = (hi - lo) / ((1 << quantize.bits) - 1);
    return Float32Array.from(readCodes(body, count, quantize.bits, entropy), (code) => lo + code * step);
  }
  if (sign !== undefined) {
    const scale = body.readFloat();
    return Float32Array.from(readCodes(body, count, 1, entropy), (code) => (code === 1 ? -scale : scale));
  }
  if (float === undefined || float.precision === 'float32') return body.readFloats(count);
  body.expectBits(count, 16);
  const codes = new Uint16Array(count);
  body.readAll(codes, count, 16);
  return Float32Array.from(codes, float.precision === 'float16' ? fromFiniteFloat16 : fromBfloat16);
}

const fromFiniteFloat16 = (code: number): number => ((code & 0x7c00) === 0x7c00 ? Number.NaN : fromFloat16(code));
