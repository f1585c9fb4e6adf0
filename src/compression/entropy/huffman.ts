import type { BitReader, BitWriter } from '../bits.js';

/**
 * Canonical Huffman codes over the symbols 0 .. n - 1 (Huffman 1952). Only code lengths travel; both
 * ends number the codes of a length in the order of the symbols. Symbols that do not occur have
 * length 0; a single symbol has length 0 too, and takes no bits.
 */
const LENGTH_MAX = 24;
export const HUFFMAN_LENGTH_BITS = 5;

/** Code lengths for these counts, at most 24 bits. */
export function huffmanLengths(counts: ArrayLike<number>): Uint8Array {
  let weights = Array.from(counts);
  for (;;) {
    const lengths = unlimitedLengths(weights);
    if (lengths.every((length) => length <= LENGTH_MAX)) return lengths;
    // Flattening the counts shortens the longest codes; a few rounds always suffice.
    weights = weights.map((weight) => (weight === 0 ? 0 : Math.floor(weight / 4) + 1));
  }
}

function unlimitedLengths(weights: readonly number[]): Uint8Array {
  const lengths = new Uint8Array(weights.length);
  const leaves = weights.map((weight, symbol) => ({ weight, symbol })).filter(({ weight }) => weight > 0);
  if (leaves.length < 2) return lengths;
  leaves.sort((a, b) => a.weight - b.weight || a.symbol - b.symbol);
  // Two queues, both ascending: leaves, and inner nodes in the order of their making.
  const count = leaves.length;
  const parent = new Int32Array(2 * count - 1);
  const inner: number[] = [];
  let nextLeaf = 0;
  let nextInner = 0;
  const takeSmallest = (): { readonly node: number; readonly weight: number } => {
    if (nextLeaf < count && (nextInner >= inner.length || leaves[nextLeaf].weight <= inner[nextInner])) {
      return { node: nextLeaf, weight: leaves[nextLeaf++].weight };
    }
    return { node: count + nextInner, weight: inner[nextInner++] };
  };
  while (inner.length < count - 1) {
    const a = takeSmallest();
    const b = takeSmallest();
    parent[a.node] = parent[b.node] = count + inner.length;
    inner.push(a.weight + b.weight);
  }
  const depth = new Uint8Array(2 * count - 1);
  for (let node = 2 * count - 3; node >= 0; node--) depth[node] = depth[parent[node]] + 1;
  leaves.forEach(({ symbol }, leaf) => (lengths[symbol] = depth[leaf]));
  return lengths;
}

/** Codes with their bits reversed, because fields are written least significant bit first. */
export function huffmanCodes(lengths: Uint8Array): Uint32Array {
  const next = firstCodes(lengths);
  const codes = new Uint32Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    let code = next[length]++;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) {
      reversed = (reversed << 1) | (code & 1);
      code >>>= 1;
    }
    codes[symbol] = reversed;
  });
  return codes;
}

/** First code of each length, most significant bit first. */
function firstCodes(lengths: Uint8Array): Uint32Array {
  const perLength = new Uint32Array(LENGTH_MAX + 2);
  for (const length of lengths) if (length > 0) perLength[length]++;
  const first = new Uint32Array(LENGTH_MAX + 2);
  for (let length = 1, code = 0; length <= LENGTH_MAX; length++) {
    code = (code + perLength[length - 1]) << 1;
    first[length] = code;
  }
  return first;
}

export function writeHuffmanLengths(out: BitWriter, lengths: Uint8Array): void {
  out.writeAll(lengths, lengths.length, HUFFMAN_LENGTH_BITS);
}

/** Lengths of `count` symbols that make a complete code, or none longer than 0. */
export function readHuffmanLengths(body: BitReader, count: number): Uint8Array {
  body.expectBits(count, HUFFMAN_LENGTH_BITS);
  const lengths = new Uint8Array(count);
  body.readAll(lengths, count, HUFFMAN_LENGTH_BITS);
  let share = 0;
  for (const length of lengths) {
    if (length > LENGTH_MAX) throw body.malformed(`a Huffman code of ${length} bits`);
    if (length > 0) share += 1 / (1 << length);
  }
  if (share !== 0 && share !== 1) throw body.malformed('Huffman code lengths that make no complete code');
  return lengths;
}

/** A reader of one symbol at a time. Where no symbol has a code, every symbol is `only`. */
export function huffmanDecoder(lengths: Uint8Array, only = 0): (body: BitReader) => number {
  const first = firstCodes(lengths);
  const symbols: number[] = [];
  const start = new Int32Array(LENGTH_MAX + 2);
  const count = new Int32Array(LENGTH_MAX + 2);
  for (let length = 1; length <= LENGTH_MAX; length++) {
    start[length] = symbols.length;
    lengths.forEach((own, symbol) => {
      if (own === length) symbols.push(symbol);
    });
    count[length] = symbols.length - start[length];
  }
  if (symbols.length === 0) return () => only;
  return (body) => {
    let code = 0;
    for (let length = 1; length <= LENGTH_MAX; length++) {
      code = (code << 1) | body.read(1);
      const index = code - first[length];
      if (index >= 0 && index < count[length]) return symbols[start[length] + index];
    }
    throw body.malformed('bits that are no Huffman code');
  };
}
