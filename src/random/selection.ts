import type { Stream } from './stream.js';

const WORDS = 4_294_967_296;

/** Uniform on 0 .. below - 1 without bias (by rejection), for integers from 1 to 2^32. */
export function uniformInteger(stream: Stream, below: number): number {
  const accepted = WORDS - (WORDS % below);
  let word = stream.uint32();
  while (word >= accepted) word = stream.uint32();
  return word % below;
}

interface Swappable {
  readonly length: number;
  [index: number]: unknown;
}

/** Puts the values into random order in place (Fisher and Yates) and returns them. */
export function shuffle<V extends Swappable>(stream: Stream, values: V): V {
  for (let i = values.length - 1; i > 0; i--) {
    const j = uniformInteger(stream, i + 1);
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
  return values;
}

/** The numbers 0 .. length - 1 in random order. */
export function permutation(stream: Stream, length: number): Int32Array {
  return shuffle(stream, Int32Array.from({ length }, (_, i) => i));
}

/** `count` different numbers of 0 .. population - 1 in the order they were drawn, every such sequence equally likely. */
export function sampleWithoutReplacement(stream: Stream, population: number, count: number): Int32Array {
  const drawn = new Int32Array(count);
  // What a partial shuffle would have moved to a position, without writing out the whole population.
  const moved = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const j = i + uniformInteger(stream, population - i);
    drawn[i] = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
  }
  return drawn;
}
