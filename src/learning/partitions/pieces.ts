/** Consecutive pieces of `order`, of the given sizes. */
export function cut(order: Int32Array, sizes: ArrayLike<number>): Int32Array[] {
  let start = 0;
  return Array.from(sizes, (size) => order.slice(start, (start += size)));
}

/** Appends without spreading, because a piece may have more samples than a call may have arguments. */
export function append(target: number[], values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) target.push(values[i]);
}
