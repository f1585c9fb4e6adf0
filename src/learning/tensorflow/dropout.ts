/**
 * The masks of the kernels (kernels/layers.c): value j of sample n of a layer is kept where a hash
 * of (key, layer, n, j) is at least the rate, and scaled by 1 / (1 - rate). The same masks, so that
 * the gradients can be compared.
 */
export function dropoutMask(key: number, layerName: string, rate: number, count: number, size: number): Float32Array {
  const layer = Array.from(layerName, (letter) => letter.charCodeAt(0)).reduce((hash, code) => (Math.imul(hash, 31) + code) | 0, 0);
  const threshold = Math.floor(rate * 4_294_967_296);
  const scale = Math.fround(1 / (1 - rate));
  const mask = new Float32Array(count * size);
  for (let n = 0; n < count; n++) {
    const stream = mixed(mixed((key + Math.imul(layer, 0x9e3779b9)) | 0) + n);
    for (let j = 0; j < size; j++) mask[n * size + j] = mixed(stream + j) >>> 0 >= threshold ? scale : 0;
  }
  return mask;
}

/** The finaliser of MurmurHash3 (Appleby), with two of its rounds. */
function mixed(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
