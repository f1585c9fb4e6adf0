import { cos, sin, sinCos } from '../numerics/index.js';
import { stream } from '../random/index.js';
import type { LinkDirection } from './fading.js';
import { rotatedSums, WAVE_VALUES } from './wave-sums.js';
import { drawWaves } from './waves.js';
import type { Waves } from './waves.js';

/** Plane waves in the sum. */
const SINUSOIDS = 32;
/** Grid points per wavelength: the coherence time of walking through 0.423 of it is 27 of them. */
const POINTS_PER_WAVELENGTH = 64;
/** Grid steps of a block: two wavelengths. */
const BLOCK_STEPS = 128;

export interface ScatteredField {
  /** Leaves the complex gain at that path length in `real` and `imaginary`. */
  evaluate(client: number, direction: LinkDirection, pathM: number): void;
  readonly real: number;
  readonly imaginary: number;
}

interface Block {
  index: number;
  /** The field on the grid points of one block, ends included, real and imaginary part side by side. */
  readonly field: Float64Array;
}

interface LinkField {
  readonly waves: Waves;
  /** As `rotatedSums` takes them: from the start of a block, with the rotation from one grid point to the next. */
  readonly rotations: Float64Array;
  /** The two blocks asked for last: rates are chosen from an earlier moment than packets meet. */
  last: Block;
  before: Block;
}

/**
 * Clarke's scattered field as a sum of plane waves with an independent phase each,
 * h(s) = 1/sqrt(M) sum_n exp j(2 pi cos(alpha_n) s / wavelength + phi_n),
 * alpha_n = (2 pi n + theta) / M over the whole circle: unit mean power, autocorrelation
 * J0(2 pi s / wavelength), and the distribution of a Rayleigh link at every s, over links. (With one
 * phase common to all waves, as in Zheng and Xiao 2003, the distribution near s = 0 is wrong.) It is
 * written over the path length, so that a change of speed does not break the phase.
 *
 * It is evaluated on a fixed grid of 1/64 wavelength and interpolated (off by at most 0.12 % of the
 * root mean square amplitude); the grid is made in blocks, each from its own start, so that a value
 * is a function of seed, link and path however it is asked for.
 */
export function scatteredField(seed: number, wavelengthM: number): ScatteredField {
  const links: (LinkField | undefined)[] = [];
  const pointsPerMetre = POINTS_PER_WAVELENGTH / wavelengthM;

  function drawLink(client: number, isUplink: number): LinkField {
    const waves = drawWaves(stream(seed, 'scattered-waves', client, isUplink), SINUSOIDS);
    const rotations = new Float64Array(SINUSOIDS * WAVE_VALUES);
    waves.turns.forEach((turns, n) => {
      const step = (2 * Math.PI * turns) / POINTS_PER_WAVELENGTH;
      rotations.set([0, 0, cos(step), -sin(step), sin(step)], n * WAVE_VALUES);
    });
    return { waves, rotations, last: emptyBlock(), before: emptyBlock() };
  }

  const field = {
    real: 0,
    imaginary: 0,
    evaluate(client: number, direction: LinkDirection, pathM: number): void {
      const isUplink = direction === 'uplink' ? 1 : 0;
      const link = (links[2 * client + isUplink] ??= drawLink(client, isUplink));
      const place = pathM * pointsPerMetre;
      const point = Math.floor(place);
      const index = Math.floor(point / BLOCK_STEPS);
      if (link.last.index !== index) {
        const { last, before } = link;
        link.last = before;
        link.before = last;
        if (before.index !== index) fillBlock(link, before, index);
      }
      const values = link.last.field;
      const offset = 2 * (point - index * BLOCK_STEPS);
      const weight = place - point;
      field.real = values[offset] + weight * (values[offset + 2] - values[offset]);
      field.imaginary = values[offset + 1] + weight * (values[offset + 3] - values[offset + 1]);
    },
  };
  return field;
}

function emptyBlock(): Block {
  return { index: -1, field: new Float64Array(2 * (BLOCK_STEPS + 1)) };
}

const SIN_COS = new Float64Array(2);

/** Sums the waves over a block: a sine and a cosine at its start, and one rotation per point. */
function fillBlock({ waves: { turns, phases }, rotations }: LinkField, block: Block, index: number): void {
  block.index = index;
  const scale = 1 / Math.sqrt(SINUSOIDS);
  const startTurns = index * (BLOCK_STEPS / POINTS_PER_WAVELENGTH);
  for (let n = 0; n < SINUSOIDS; n++) {
    const cycles = turns[n] * startTurns + phases[n];
    const phase = 2 * Math.PI * (cycles - Math.floor(cycles));
    sinCos(phase, SIN_COS);
    rotations[n * WAVE_VALUES] = scale * SIN_COS[1];
    rotations[n * WAVE_VALUES + 1] = scale * SIN_COS[0];
  }
  rotatedSums(rotations, block.field);
}
