/** Consecutive pieces of `order`, of the given sizes. */
export function cut(order: Int32Array, sizes: ArrayLike<number>): Int32Array[] {
  let start = 0;
  return Array.from(sizes, (size) => order.slice(start, (start += size)));
}
