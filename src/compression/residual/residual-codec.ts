import { runError } from '../../errors.js';
import type { BitReader } from '../bits.js';
import { gapsOf } from '../entropy/index-set.js';
import { bestRice, readRice, writeRice } from '../entropy/golomb.js';
import { huffmanCodes, huffmanDecoder, huffmanLengths, readHuffmanLengths, writeHuffmanLengths } from '../entropy/huffman.js';
import type { MessageWriter } from '../frame.js';
import type { SparseLevels } from '../quantizers/median-tree.js';

/**
 * A sparse residual: u32 count, u8 number of levels, f32 levels, Huffman code lengths (5 bits each),
 * then for each element its gap and its level. Gaps: `rice` 5 bits of exponent and a Rice code each;
 * `paper` fields of 16 bits and the one extra bit per element that the paper counts (its top bit).
 */
export type ResidualFormat = 'rice' | 'paper';

const PAPER_GAP_BITS = 17;
const EXPONENT_BITS = 5;

export function writeResidual(out: MessageWriter, { indices, symbols, levels }: SparseLevels, format: ResidualFormat): void {
  const counts = new Uint32Array(levels.length);
  for (const symbol of symbols) counts[symbol]++;
  const lengths = huffmanLengths(counts);
  const codes = huffmanCodes(lengths);
  const gaps = gapsOf(indices);
  const { exponent } = bestRice(gaps);
  out.part('header');
  out.write(indices.length, 32);
  out.write(levels.length, 8);
  writeHuffmanLengths(out, lengths);
  if (format === 'rice') out.write(exponent, EXPONENT_BITS);
  out.part('scales');
  out.writeFloats(levels);
  out.part('indices');
  for (const gap of gaps) {
    if (format === 'rice') writeRice(out, gap, exponent);
    else if (gap < 1 << PAPER_GAP_BITS) out.write(gap, PAPER_GAP_BITS);
    else throw runError('GAP_TOO_LONG', `${gap} zeros in a row do not fit the ${PAPER_GAP_BITS}-bit gaps of format paper`, { hint: 'Use format rice, or less sparsity.' });
  }
  out.part('values');
  for (const symbol of symbols) out.write(codes[symbol], lengths[symbol]);
}

/** Adds the residual to `prediction` in place. */
export function addResidual(body: BitReader, prediction: Float32Array, format: ResidualFormat): void {
  const count = body.read(32);
  const levelCount = body.read(8);
  if (count > prediction.length || (count > 0 && levelCount === 0)) throw body.malformed(`${count} values on ${levelCount} levels for ${prediction.length} elements`);
  const lengths = readHuffmanLengths(body, levelCount);
  const exponent = format === 'rice' ? body.read(EXPONENT_BITS) : 0;
  const levels = body.readFloats(levelCount);
  body.expectBits(count, format === 'rice' ? exponent + 1 : PAPER_GAP_BITS);
  const indices = new Uint32Array(count);
  let next = 0;
  for (let i = 0; i < count; i++) {
    next += format === 'rice' ? readRice(body, exponent) : body.read(PAPER_GAP_BITS);
    if (next >= prediction.length) throw body.malformed(`element ${next} of ${prediction.length}`);
    indices[i] = next++;
  }
  const decode = huffmanDecoder(lengths);
  for (const index of indices) {
    prediction[index] += levels[decode(body)];
    if (!Number.isFinite(prediction[index])) throw body.malformed('a value beyond the range of singles');
  }
}
