import { describe, expect, it } from 'vitest';
import { createClientStates } from '../../src/federation/client-states.js';

const memory = Float32Array.of(1, 2, 3);
const states = () => createClientStates((_client, _round, pending) => pending, [[4, { memory, round: 2 }]]);

describe('the states of clients', () => {
  it('share with a returned state the arrays that a job left as they were, and nothing else', () => {
    const pending = { memory: memory.slice(), after: Float32Array.of(1, 2, 4), round: 3 };
    const shared = states().sharing(4, pending);
    expect(shared).toEqual(pending);
    expect(shared['memory']).toBe(memory);
    expect(shared['after']).toBe(pending.after);
  });

  it.each([
    ['one value differs', Float32Array.of(1, 2, 3.5)],
    ['the sign of zero differs', Float32Array.of(1, 2, -0)],
    ['the length differs', Float32Array.of(1, 2)],
    ['the type differs', Uint32Array.from(new Uint32Array(memory.buffer))],
  ])('share nothing where %s', (_, changed) => {
    const held = createClientStates((_client, _round, pending) => pending, [[4, { memory: changed instanceof Float32Array && Object.is(changed[2], -0) ? Float32Array.of(1, 2, 0) : memory }]]);
    expect(held.sharing(4, { memory: changed })['memory']).toBe(changed);
  });

  it('share nothing with a client that is new, and keep no empty state', () => {
    const known = states();
    const pending = { memory };
    expect(known.sharing(5, pending)).toBe(pending);
    known.settle(4, 1, {}, 'accepted');
    expect(known.entries()).toEqual([]);
  });
});
