import { describe, expect, it } from 'vitest';
import { createPriorityQueue } from '../../src/des/queue.js';
import { stream, uniformInteger } from '../../src/random/index.js';

describe('priority queue', () => {
  it('gives items back in the order of (key, order), under random pushes, pops and removals', () => {
    const draws = stream(3, 'queue');
    const queue = createPriorityQueue(2);
    let model: { key: number; order: number; item: number }[] = [];
    for (let step = 0; step < 20_000; step++) {
      const action = uniformInteger(draws, 100);
      if (action < 55) {
        const entry = { key: uniformInteger(draws, 50) / 8, order: step, item: step };
        model.push(entry);
        queue.push(entry.key, entry.order, entry.item);
      } else if (action < 99) {
        model.sort((a, b) => a.key - b.key || a.order - b.order);
        const least = model.shift();
        if (least !== undefined) expect([queue.leastKey(), queue.leastItem()]).toEqual([least.key, least.item]);
        expect(queue.pop()).toBe(least?.item ?? -1);
      } else {
        const modulus = 2 + uniformInteger(draws, 5);
        model = model.filter(({ item }) => item % modulus !== 0);
        queue.retain((item) => item % modulus !== 0);
      }
      expect(queue.size).toBe(model.length);
    }
  });
});
