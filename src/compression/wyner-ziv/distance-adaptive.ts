import { runError } from '../../errors.js';
import type { Stream } from '../../random/stream.js';
import { fromBfloat16, toBfloat16Up } from '../bfloat16.js';
import { allFinite } from '../finite.js';
import type { CodedVector, VectorCoder } from './coder.js';
import { coordinates, type CoordinateOptions, type DrawnCoordinates } from './coordinates.js';

const BITS_MAX = 8;
const SCALE_BITS = 16;
/** Thresholds have this many steps within the range. */
const STEPS = 65_536;

/**
 * The distance-adaptive quantizer of Mayekar, Suresh and Tyagi (2021): no bound on the distance of the side
 * information is needed, the error falls with it. For values within [-M, M] both ends draw T = 2^b - 1
 * thresholds U_t, uniform on [-M, M], for each coordinate; the sender sends how many are at most x, and
 *
 *   x^ = y + (2 M / T) (N_x - N_y),  E x^ = x,  variance (2 M |x - y| - |x - y|^2) / T.
 *
 * M is the largest coordinate of the block; y beyond it is cut off at M, which only brings it nearer to x.
 * After a rotation this stands for the paper's RDAQ, whose ladder of ranges, chosen per coordinate, is
 * left out: its constants could not be verified. The repetition by T ("boosting") is the paper's.
 *
 * Message body: u8 bits; bfloat16 M per block; b bits per coded coordinate of the blocks whose M is not
 * zero. Thresholds are drawn in 65,536 steps, the largest bias that comes of it is M / 65,536. Work and draws grow with T.
 */
export function distanceAdaptiveCoder(size: number, options: CoordinateOptions): VectorCoder {
  const view = coordinates(size, options);
  const { blocks } = view;

  /** The vector from counts, in place of the side information, which `side` holds. */
  function resolve({ bits, scales, codes }: CodedVector, side: Float32Array, drawn: DrawnCoordinates, thresholds: Stream): Float32Array {
    const values = drawn.chosen(side);
    const repetitions = (1 << bits) - 1;
    const draws = thresholdBuffer(options.blockSize, repetitions);
    const own = new Uint16Array(options.blockSize);
    let used = 0;
    blocks.forEach(({ offset, size: coded }, index) => {
      const range = scales[index];
      if (range === 0) {
        // The sender's coordinates are zero, whatever the side information.
        values.fill(0, offset, offset + coded);
        return;
      }
      for (let i = offset; i < offset + coded; i++) values[i] = Math.max(-range, Math.min(range, values[i]));
      countBelow(values.subarray(offset, offset + coded), range, repetitions, thresholds, draws, own);
      const step = (2 * range) / repetitions;
      for (let i = 0; i < coded; i++) values[offset + i] += step * (codes[used + i] - own[i]);
      used += coded;
    });
    const vector = drawn.back(side, values);
    if (!allFinite(vector)) throw runError('MESSAGE_MALFORMED', 'the message leads to numbers that are not finite', { place: { file: 'wyner-ziv uplink message' } });
    return vector;
  }

  return {
    encode(out, vector, bits, known, _hint, { shared }) {
      const drawn = view.draw(shared);
      const values = drawn.chosen(drawn.turned(vector));
      const scaleCodes = Uint16Array.from(blocks, ({ offset, size: coded }) => toBfloat16Up(largestMagnitude(values, offset, coded)));
      const scales = Float32Array.from(scaleCodes, fromBfloat16);
      out.part('header');
      out.write(bits, 8);
      out.part('scales');
      out.writeAll(scaleCodes, scaleCodes.length, SCALE_BITS);
      const repetitions = (1 << bits) - 1;
      const draws = thresholdBuffer(options.blockSize, repetitions);
      const thresholds = shared('thresholds');
      const buffer = new Uint16Array(view.count);
      let used = 0;
      blocks.forEach(({ offset, size: coded }, index) => {
        if (scales[index] === 0) return;
        countBelow(values.subarray(offset, offset + coded), scales[index], repetitions, thresholds, draws, buffer.subarray(used, used + coded));
        used += coded;
      });
      out.part('values');
      const codes = buffer.subarray(0, used);
      out.writeAll(codes, used, bits);
      return () => resolve({ bits, repair: 0, scales, codes, check: null }, drawn.side(known), drawn, shared('thresholds'));
    },
    read(body) {
      const bits = body.read(8);
      if (bits < 1 || bits > BITS_MAX) throw body.malformed(`${bits} bits per element`);
      const scaleCodes = new Uint16Array(blocks.length);
      body.readAll(scaleCodes, blocks.length, SCALE_BITS);
      if (scaleCodes.some((code) => code >= 0x7f80)) throw body.malformed('a range that is no positive number');
      const scales = Float32Array.from(scaleCodes, fromBfloat16);
      const count = blocks.reduce((sum, { size: coded }, index) => sum + (scales[index] > 0 ? coded : 0), 0);
      body.expectBits(count, bits);
      const codes = new Uint16Array(count);
      body.readAll(codes, count, bits);
      return { bits, repair: 0, scales, codes, check: null };
    },
    reconstruct(coded, known, shared) {
      const drawn = view.draw(shared);
      return resolve(coded, drawn.side(known), drawn, shared('thresholds'));
    },
    // The encoder needs no deviation.
    deviations: null,
    blockCount: blocks.length,
    bodyBits: (bits) => 8 + blocks.length * SCALE_BITS + view.count * bits,
  };
}

/** Room for the words of one block, two thresholds to a word. */
const thresholdBuffer = (blockSize: number, repetitions: number): Uint32Array => new Uint32Array((blockSize * repetitions + 1) >>> 1);

/** How many of the thresholds of each value are at most that value, into `counts`. Values lie within the range. */
function countBelow(values: Float32Array, range: number, repetitions: number, thresholds: Stream, draws: Uint32Array, counts: Uint16Array): void {
  const words = draws.subarray(0, (values.length * repetitions + 1) >>> 1);
  thresholds.fillUint32(words);
  const steps = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
  const perUnit = STEPS / (2 * range);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    const place = (values[i] + range) * perUnit - 0.5;
    let count = 0;
    for (let t = 0; t < repetitions; t++) count += steps[at++] <= place ? 1 : 0;
    counts[i] = count;
  }
}

function largestMagnitude(values: Float32Array, offset: number, count: number): number {
  let largest = 0;
  for (let j = offset; j < offset + count; j++) largest = Math.max(largest, Math.abs(values[j]));
  return largest;
}
