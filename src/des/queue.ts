/**
 * A priority queue of integer items in typed arrays: a four-ary heap ordered by (key, order). Four
 * children share a cache line, and nothing is allocated per item. Keys must not be NaN; where no
 * two entries share key and order, the order of removal is total.
 */
export interface PriorityQueue {
  readonly size: number;
  push(key: number, order: number, item: number): void;
  /** The least key; Infinity where the queue is empty. */
  leastKey(): number;
  /** The item `pop` would remove. */
  leastItem(): number;
  /** Removes and returns the item with the least (key, order), -1 where the queue is empty. */
  pop(): number;
  /** Removes every item that `keep` refuses, in time linear in the size. */
  retain(keep: (item: number) => boolean): void;
}

export function createPriorityQueue(initialCapacity = 64): PriorityQueue {
  let keys = new Float64Array(initialCapacity);
  let orders = new Float64Array(initialCapacity);
  let items = new Int32Array(initialCapacity);
  let size = 0;

  /** Moves the hole at `index` down to where (key, order) belongs, and puts the entry there. */
  function siftDown(index: number, key: number, order: number, item: number): void {
    let hole = index;
    for (;;) {
      const first = 4 * hole + 1;
      if (first >= size) break;
      let least = first;
      let leastKey = keys[first];
      const end = first + 4 < size ? first + 4 : size;
      for (let child = first + 1; child < end; child++) {
        const childKey = keys[child];
        if (childKey < leastKey || (childKey === leastKey && orders[child] < orders[least])) {
          least = child;
          leastKey = childKey;
        }
      }
      if (key < leastKey || (key === leastKey && order < orders[least])) break;
      keys[hole] = leastKey;
      orders[hole] = orders[least];
      items[hole] = items[least];
      hole = least;
    }
    keys[hole] = key;
    orders[hole] = order;
    items[hole] = item;
  }

  function grow(): void {
    const wider = { keys: new Float64Array(2 * size), orders: new Float64Array(2 * size), items: new Int32Array(2 * size) };
    wider.keys.set(keys);
    wider.orders.set(orders);
    wider.items.set(items);
    ({ keys, orders, items } = wider);
  }

  return {
    get size() {
      return size;
    },
    push(key, order, item) {
      if (size === keys.length) grow();
      let hole = size++;
      while (hole > 0) {
        const parent = (hole - 1) >> 2;
        const parentKey = keys[parent];
        if (parentKey < key || (parentKey === key && orders[parent] < order)) break;
        keys[hole] = parentKey;
        orders[hole] = orders[parent];
        items[hole] = items[parent];
        hole = parent;
      }
      keys[hole] = key;
      orders[hole] = order;
      items[hole] = item;
    },
    leastKey: () => (size === 0 ? Infinity : keys[0]),
    leastItem: () => items[0],
    pop() {
      if (size === 0) return -1;
      const item = items[0];
      size--;
      if (size > 0) siftDown(0, keys[size], orders[size], items[size]);
      return item;
    },
    retain(keep) {
      let kept = 0;
      for (let i = 0; i < size; i++) {
        if (!keep(items[i])) continue;
        keys[kept] = keys[i];
        orders[kept] = orders[i];
        items[kept++] = items[i];
      }
      size = kept;
      for (let i = (kept - 2) >> 2; i >= 0; i--) siftDown(i, keys[i], orders[i], items[i]);
    },
  };
}
