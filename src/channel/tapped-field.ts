import { cos, sin } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';
import type { DelayProfile } from './delay-profile.js';
import { MOST_TAPS, tapSums, tapWaves, WAVES } from './tap-waves.js';
import type { TapWaves } from './tap-waves.js';
import { drawWaves } from './waves.js';

/** Places along the path that the field is asked at, per wavelength: a coherence time of 0.423 wavelengths is 13 of them. */
export const POINTS_PER_WAVELENGTH = 32;

/**
 * The taps of links at grid points: places along the path (continuous fading) or numbers of
 * coherence times (fading in blocks). A function of (seed, link, point), in any order.
 */
export interface TappedField {
  /** Leaves the amplitudes in `taps`, real and imaginary part side by side; the line-of-sight part comes after the others. */
  load(profile: DelayProfile, client: number, isUplink: number, state: number, point: number): void;
  readonly taps: Float64Array;
}

interface LinkWaves {
  readonly waves: TapWaves;
  readonly directPhase: number;
}

/** Taps with Clarke's spectrum as sums of plane waves, and a line-of-sight part that turns evenly. */
export function continuousTaps(seed: number): TappedField {
  const links: (LinkWaves | undefined)[] = [];
  const taps = new Float64Array(2 * MOST_TAPS);
  return {
    taps,
    load({ powers, directPower, directDoppler }, client, isUplink, state, point) {
      const { waves, directPhase } = (links[(2 * client + isUplink) * 4 + state] ??= drawLink(seed, client, isUplink, state, powers));
      tapSums(waves, point, taps);
      if (directPower === 0) return;
      const cycles = (directDoppler * point) / POINTS_PER_WAVELENGTH + directPhase;
      const phase = 2 * Math.PI * (cycles - Math.floor(cycles));
      const amplitude = Math.sqrt(directPower);
      taps[2 * powers.length] = amplitude * cos(phase);
      taps[2 * powers.length + 1] = amplitude * sin(phase);
    },
  };
}

function drawLink(seed: number, client: number, isUplink: number, state: number, powers: Float64Array): LinkWaves {
  const draws = stream(seed, 'tapped-waves', client, isUplink, state);
  const waves = tapWaves(powers, () => {
    const { turns, phases } = drawWaves(draws, WAVES);
    return { turns: turns.map((cycles) => cycles / POINTS_PER_WAVELENGTH), phases };
  });
  return { waves, directPhase: draws.uniform() };
}

/** Taps that are drawn anew in each coherence time. */
export function blockTaps(seed: number): TappedField {
  const taps = new Float64Array(2 * MOST_TAPS);
  return {
    taps,
    load({ powers, directPower }, client, isUplink, state, point) {
      const draws = stream(seed, 'tapped-blocks', client, isUplink, state, point);
      for (let tap = 0; tap < powers.length; tap++) {
        const amplitude = Math.sqrt(powers[tap] / 2);
        taps[2 * tap] = amplitude * normal(draws);
        taps[2 * tap + 1] = amplitude * normal(draws);
      }
      const phase = 2 * Math.PI * draws.uniform();
      const direct = Math.sqrt(directPower);
      taps[2 * powers.length] = direct * cos(phase);
      taps[2 * powers.length + 1] = direct * sin(phase);
    },
  };
}
