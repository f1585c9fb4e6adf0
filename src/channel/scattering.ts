import { cos, sin } from '../numerics/index.js';
import { stream } from '../random/index.js';
import type { LinkDirection } from './fading.js';

/** Plane waves in the sum. */
const SINUSOIDS = 32;

export interface ScatteredField {
  /** Leaves the complex gain at that path length in `real` and `imaginary`. */
  evaluate(client: number, direction: LinkDirection, pathM: number): void;
  readonly real: number;
  readonly imaginary: number;
}

/**
 * Clarke's scattered field as a sum of plane waves with an independent phase each,
 * h(s) = 1/sqrt(M) sum_n exp j(2 pi cos(alpha_n) s / wavelength + phi_n),
 * alpha_n = (2 pi n + theta) / M over the whole circle: unit mean power, autocorrelation
 * J0(2 pi s / wavelength), and the distribution of a Rayleigh link at every s, over links. (With one
 * phase common to all waves, as in Zheng and Xiao 2003, the distribution near s = 0 is wrong.) It is
 * written over the path length, so that a change of speed does not break the phase.
 */
export function scatteredField(seed: number, wavelengthM: number): ScatteredField {
  // Per link and direction: waves' cycles per metre, then their phases in cycles.
  const links: (Float64Array | undefined)[] = [];
  const scale = 1 / Math.sqrt(SINUSOIDS);

  function drawWaves(client: number, isUplink: number): Float64Array {
    const draws = stream(seed, 'scattered-waves', client, isUplink);
    const waves = new Float64Array(2 * SINUSOIDS);
    const theta = 2 * Math.PI * (draws.uniform() - 0.5);
    for (let n = 0; n < SINUSOIDS; n++) {
      waves[n] = cos((2 * Math.PI * n + theta) / SINUSOIDS) / wavelengthM;
      waves[SINUSOIDS + n] = draws.uniform();
    }
    return waves;
  }

  const field = {
    real: 0,
    imaginary: 0,
    evaluate(client: number, direction: LinkDirection, pathM: number): void {
      const isUplink = direction === 'uplink' ? 1 : 0;
      const waves = (links[2 * client + isUplink] ??= drawWaves(client, isUplink));
      let real = 0;
      let imaginary = 0;
      for (let n = 0; n < SINUSOIDS; n++) {
        const turns = waves[n] * pathM + waves[SINUSOIDS + n];
        const phase = 2 * Math.PI * (turns - Math.floor(turns));
        real += cos(phase);
        imaginary += sin(phase);
      }
      field.real = scale * real;
      field.imaginary = scale * imaginary;
    },
  };
  return field;
}
