/**
 * The k-th largest magnitude (k from 1), in two counting passes over the bits of the singles, whose
 * order is that of the magnitudes: exact and linear, where sorting is neither needed nor cheap.
 */
export function kthLargestMagnitude(vector: Float32Array, k: number): number {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  const high = new Uint32Array(1 << 16);
  for (let j = 0; j < words.length; j++) high[(words[j] & 0x7fffffff) >>> 15]++;
  const first = bucketFromTop(high, k);
  const low = new Uint32Array(1 << 15);
  for (let j = 0; j < words.length; j++) {
    const magnitude = words[j] & 0x7fffffff;
    if (magnitude >>> 15 === first.bucket) low[magnitude & 0x7fff]++;
  }
  const second = bucketFromTop(low, first.left);
  return new Float32Array(Uint32Array.of(first.bucket * 0x8000 + second.bucket).buffer)[0];
}

/** The bucket in which the k-th element from the top lies, and its place from the top within. */
function bucketFromTop(counts: Uint32Array, k: number): { readonly bucket: number; readonly left: number } {
  let left = k;
  for (let bucket = counts.length - 1; bucket > 0; bucket--) {
    if (counts[bucket] >= left) return { bucket, left };
    left -= counts[bucket];
  }
  return { bucket: 0, left };
}
