import { besselJ0, cos, exp, log, sin } from '../numerics/index.js';
import type { FadingStatistics } from '../channel/index.js';
import { permutation, stream } from '../random/index.js';

/**
 * A fixed point set over the small-scale fading of links, for averages without random error: one
 * Latin hypercube that is evened out in every coordinate, with the rows in another order for each
 * client of a broadcast. Coordinates of a row are successive complex Gaussians of unit mean power.
 */

export const ROWS = 256;
/** Complex Gaussians per row: two for each of up to this many attempts that are followed. */
export const FOLLOWED_ATTEMPTS = 4;
const COLUMNS = 2 * FOLLOWED_ATTEMPTS;

interface PointSet {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** A uniform number beside each Gaussian. */
  readonly uniform: Float64Array;
}

let points: PointSet | undefined;
const orders: Int32Array[] = [];

/** Point sets are part of the price model, not of a study's randomness: they have a seed of their own. */
const POINT_SEED = 0;

function stratified(purpose: string, column: number): Float64Array {
  return Float64Array.from(permutation(stream(POINT_SEED, purpose, column), ROWS), (cell) => (cell + 0.5) / ROWS);
}

function pointSet(): PointSet {
  if (points !== undefined) return points;
  const real = new Float64Array(ROWS * COLUMNS);
  const imaginary = new Float64Array(ROWS * COLUMNS);
  const uniform = new Float64Array(ROWS * COLUMNS);
  for (let column = 0; column < COLUMNS; column++) {
    const powers = stratified('quote-power', column);
    const phases = stratified('quote-phase', column);
    const uniforms = stratified('quote-uniform', column);
    for (let row = 0; row < ROWS; row++) {
      const place = row * COLUMNS + column;
      const amplitude = Math.sqrt(-log(1 - powers[row]));
      real[place] = amplitude * cos(2 * Math.PI * phases[row]);
      imaginary[place] = amplitude * sin(2 * Math.PI * phases[row]);
      uniform[place] = uniforms[row];
    }
  }
  points = { real, imaginary, uniform };
  return points;
}

function rowOrder(client: number): Int32Array {
  return (orders[client] ??= permutation(stream(POINT_SEED, 'quote-rows', client), ROWS));
}

/** The fading of one link along one row: a process that is asked forward in steps of time. */
export interface SampledFading {
  /** Starts row `row` anew. */
  start(row: number): void;
  /** Lets that much time pass and returns the power gain then. */
  advance(elapsedS: number): number;
  /** A uniform number that belongs to the present moment. */
  uniform(): number;
}

/**
 * Successive powers of a link over a row. Scattered waves decorrelate by J0(2 pi fd t) from one
 * moment to the next (a Markov chain through the moments asked for); blocks change with the
 * probability that a block ends in between.
 */
export function sampledFading(statistics: FadingStatistics, client: number): SampledFading {
  const { kFactor, mode, coherenceTimeS, dopplerHz } = statistics;
  const { real, imaginary, uniform } = pointSet();
  const order = rowOrder(client);
  const direct = kFactor === Infinity ? 1 : Math.sqrt(kFactor / (kFactor + 1));
  const diffuse = kFactor === Infinity ? 0 : Math.sqrt(1 / (kFactor + 1));
  let base = 0;
  let column = 0;
  let re = 0;
  let im = 0;
  let lastElapsed = -1;
  let lastCorrelation = 1;

  const correlationAfter = (elapsedS: number): number => {
    if (elapsedS !== lastElapsed) {
      lastElapsed = elapsedS;
      lastCorrelation = dopplerHz === 0 ? 1 : besselJ0(2 * Math.PI * dopplerHz * elapsedS);
    }
    return lastCorrelation;
  };

  return {
    start(row) {
      base = order[row] * COLUMNS;
      column = 0;
      re = real[base];
      im = imaginary[base];
    },
    advance(elapsedS) {
      if (elapsedS > 0 && diffuse > 0) {
        column = Math.min(column + 1, COLUMNS - 1);
        const place = base + column;
        if (mode === 'block') {
          if (uniform[place] < elapsedS / coherenceTimeS) {
            re = real[place];
            im = imaginary[place];
          }
        } else {
          const correlation = correlationAfter(elapsedS);
          const fresh = Math.sqrt(Math.max(0, 1 - correlation * correlation));
          re = correlation * re + fresh * real[place];
          im = correlation * im + fresh * imaginary[place];
        }
      }
      const x = direct + diffuse * re;
      const y = diffuse * im;
      return x * x + y * y;
    },
    uniform: () => uniform[base + column],
  };
}

/**
 * Probability that a link is still in the same state of its fading after that time: exact for
 * blocks; for continuous fading an exponential over the coherence time 0.423 / fd.
 */
export function persistence({ kFactor, mode, coherenceTimeS, dopplerHz }: FadingStatistics, elapsedS: number): number {
  if (kFactor === Infinity) return 0;
  if (mode === 'block') return Math.max(0, 1 - elapsedS / coherenceTimeS);
  return exp((-elapsedS * dopplerHz) / 0.423);
}
