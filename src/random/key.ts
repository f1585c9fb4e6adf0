import { philoxBlocks } from './philox.js';

/** A stream's identity: 64 bits key the generator, 64 bits are the upper half of its counter. */
const STATE = new Int32Array(4);
const FLOAT = new Float64Array(1);
const WORDS = new Int32Array(FLOAT.buffer);

/** One absorption of a sponge with 64 bits of rate and 64 bits of capacity over the Philox bijection. */
function absorb(word0: number, word1: number): void {
  philoxBlocks(STATE, 0, 1, STATE[0] ^ word0, STATE[1] ^ word1, STATE[2], STATE[3], 0x243f6a88, 0x85a308d3 | 0);
}

const purposes = new Map<string, Int32Array>();

/** The sponge after absorbing the letters of a purpose, kept because purposes are few and streams are many. */
function stateOfPurpose(purpose: string): Int32Array {
  let state = purposes.get(purpose);
  if (state === undefined) {
    STATE.fill(0);
    for (let i = 0; i < purpose.length; i++) absorb(purpose.charCodeAt(i) + 1, i);
    state = STATE.slice();
    purposes.set(purpose, state);
  }
  return state;
}

/** Hashes (seed, purpose, ids) to four words; valid until the next call. */
export function keyOf(seed: number, purpose: string, ids: readonly number[]): Int32Array {
  STATE.set(stateOfPurpose(purpose));
  FLOAT[0] = seed + 0; // -0 and 0 are the same seed
  absorb(WORDS[0] ^ ids.length, WORDS[1]);
  for (const id of ids) {
    FLOAT[0] = id + 0;
    absorb(WORDS[0], WORDS[1]);
  }
  return STATE;
}
