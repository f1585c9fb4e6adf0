import { exp } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';

/**
 * Keyed random fields over the path length a client has walked. Every value is a function of
 * (seed, purpose, client, path length), whenever and in whatever order it is asked, and the memory
 * does not grow with the path.
 */

/** Grid points per correlation distance. */
const POINTS_PER_DISTANCE = 8;
/** Grid steps per block: 32 correlation distances, after which the correlation is below 2e-14. */
const BLOCK_STEPS = 256;

export interface Field {
  at(client: number, pathM: number): number;
}

/**
 * A standard normal field with autocorrelation exp(-distance / correlationM): the first-order
 * Gauss-Markov process of Gudmundson (Electronics Letters 27, 1991) on a grid, interpolated with
 * its unit variance restored. Block ends are independent draws (their correlation is below 2e-14);
 * between them the grid is drawn in order, each point from the one before and the block's end, so
 * that any block can be made alone.
 */
export function gaussianField(seed: number, purpose: string, correlationM: number): Field {
  const step = exp(-1 / POINTS_PER_DISTANCE);
  const bridge = bridgeWeights(step);
  const blocks = blockCache((client, index) => {
    const values = new Float64Array(BLOCK_STEPS + 1);
    values[0] = blockEnd(seed, purpose, client, index);
    const end = blockEnd(seed, purpose, client, index + 1);
    const draws = stream(seed, purpose, client, index, 1);
    for (let i = 1; i < BLOCK_STEPS; i++) {
      values[i] = bridge.before[i] * values[i - 1] + bridge.end[i] * end + bridge.spread[i] * normal(draws);
    }
    values[BLOCK_STEPS] = end;
    return values;
  });
  const stepM = correlationM / POINTS_PER_DISTANCE;
  return {
    at(client, pathM) {
      const place = pathM / stepM;
      const index = Math.floor(place);
      const block = Math.floor(index / BLOCK_STEPS);
      const values = blocks(client, block);
      const offset = index - block * BLOCK_STEPS;
      const left = values[offset];
      const weight = place - index;
      if (weight === 0) return left;
      const variance = 1 - 2 * weight * (1 - weight) * (1 - step);
      return ((1 - weight) * left + weight * values[offset + 1]) / Math.sqrt(variance);
    },
  };
}

function blockEnd(seed: number, purpose: string, client: number, index: number): number {
  return normal(stream(seed, purpose, client, index, 0));
}

/** Weights of the point before, the block's end, and fresh noise, for each step of a block. */
function bridgeWeights(step: number): { before: Float64Array; end: Float64Array; spread: Float64Array } {
  const before = new Float64Array(BLOCK_STEPS);
  const end = new Float64Array(BLOCK_STEPS);
  const spread = new Float64Array(BLOCK_STEPS);
  for (let i = 1; i < BLOCK_STEPS; i++) {
    const rest = exp(-(BLOCK_STEPS - i) / POINTS_PER_DISTANCE);
    const denominator = 1 - step * step * rest * rest;
    before[i] = (step * (1 - rest * rest)) / denominator;
    end[i] = (rest * (1 - step * step)) / denominator;
    spread[i] = Math.sqrt(((1 - step * step) * (1 - rest * rest)) / denominator);
  }
  return { before, end, spread };
}

/**
 * A uniform field on [0, 1) that is held and redrawn: at each grid point with the probability that
 * makes the autocorrelation exp(-distance / correlationM). Compared with the probability of line of
 * sight, it gives states that last, without the flicker of a continuous field near its threshold.
 */
export function heldUniformField(seed: number, purpose: string, correlationM: number): Field {
  const redrawn = 1 - exp(-1 / POINTS_PER_DISTANCE);
  const stepM = correlationM / POINTS_PER_DISTANCE;
  // For each grid point of a block: its draw where it is redrawn there, else -1.
  const blocks = blockCache((client, index) => {
    const draws = stream(seed, purpose, client, index);
    const values = new Float64Array(BLOCK_STEPS);
    for (let i = 0; i < BLOCK_STEPS; i++) {
      const isRedrawn = draws.uniform() < redrawn || (index === 0 && i === 0);
      const value = draws.uniform();
      values[i] = isRedrawn ? value : -1;
    }
    return values;
  });
  return {
    at(client, pathM) {
      let index = Math.floor(pathM / stepM);
      for (;;) {
        const block = Math.floor(index / BLOCK_STEPS);
        const value = blocks(client, block)[index - block * BLOCK_STEPS];
        if (value >= 0) return value;
        index--;
      }
    },
  };
}

/** Keeps the two blocks of each client that were made last. */
function blockCache(make: (client: number, index: number) => Float64Array): (client: number, index: number) => Float64Array {
  interface Kept { index: number; values: Float64Array; otherIndex: number; otherValues: Float64Array }
  const kept: (Kept | undefined)[] = [];
  return (client, index) => {
    const entry = kept[client];
    if (entry === undefined) {
      const values = make(client, index);
      kept[client] = { index, values, otherIndex: index, otherValues: values };
      return values;
    }
    if (entry.index === index) return entry.values;
    const values = entry.otherIndex === index ? entry.otherValues : make(client, index);
    entry.otherIndex = entry.index;
    entry.otherValues = entry.values;
    entry.index = index;
    entry.values = values;
    return values;
  };
}
