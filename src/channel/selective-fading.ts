import { z } from 'zod';
import { inputError } from '../errors.js';
import { cos, log10, pow, sin } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';
import { POSITIVE, seconds } from '../scenario/quantity.js';
import { DELAY_PROFILES, delayProfile, scaledProfile } from './delay-profile.js';
import type { DelayProfile } from './delay-profile.js';
import type { BlockFading, Fading, FadingOptions, FadingStatistics, FadingWorld, LinkDirection } from './fading.js';
import { coherenceTimeOf, variation } from './fading-variation.js';
import { blockTaps, continuousTaps, POINTS_PER_WAVELENGTH } from './tapped-field.js';
import type { TappedField } from './tapped-field.js';

/**
 * Frequency-selective fading by the tapped delay lines of 3GPP TR 38.901, section 7.7.2 (Tables
 * 7.7.2-1 to -5), for one antenna at each end:
 *
 *   H(f, s) = sum_n a_n(s) exp(-j 2 pi f tau_n) + sqrt(P_direct) exp j(2 pi 0.7 s / wavelength + phi)
 *
 * with independent taps a_n of Clarke's spectrum over the path length s, delays tau_n scaled to the
 * delay spread, and unit mean power. A resource block takes the value at its middle, which holds while
 * the block is much narrower than the coherence bandwidth (some 1 / (5 delay spread): 180 kHz up to
 * about 1 us, 360 kHz to 0.5 us). It is evaluated on a fixed grid of 1/32 wavelength, 13 points per
 * coherence time, kept for the moments asked last, and interpolated between its points (off by at most
 * 0.5 % of the root mean square amplitude).
 *
 * Stated for carriers from 0.5 to 100 GHz and bandwidths up to 2 GHz; the delay spread is the user's, or the
 * median of the propagation model for the state of the link (Table 7.5-6), or drawn from that table's
 * log-normal distribution once for each link and state, for the life of the link and independent of its shadowing
 * and K (the table correlates them, and draws anew along the way). Validated against the Fourier transform of the profiles, J0, the crossing rate of
 * Rayleigh fading and its distribution over independent links.
 */
const schema = z.strictObject({
  kind: z.literal('tdl'),
  profile: z.enum(DELAY_PROFILES).default('A').meta({ description: 'Tapped delay line: A to C without line of sight, D and E with it' }),
  lineOfSightProfile: z.enum(DELAY_PROFILES).optional().meta({ description: 'That of links in line of sight; the same as of all others unless given' }),
  delaySpread: z.union([z.literal('drawn'), seconds(POSITIVE)]).optional().meta({
    description: 'Root mean square delay spread of every link; drawn: for each link and its state of propagation from the distribution of the propagation model (3GPP TR 38.901 Table 7.5-6), whose median is taken unless given',
  }),
  ...variation,
});

/** States that a link's taps are drawn for. */
const LINE_OF_SIGHT = 0;
const BLOCKED = 1;
const INDOOR = 2;

export const selective = {
  name: 'tdl',
  describe: 'Frequency-selective fading over resource blocks by a tapped delay line of 3GPP TR 38.901',
  schema,
  create(options: z.output<typeof schema> & FadingOptions, world: FadingWorld): Fading {
    const { profileOf, roundedProfileOf } = linkProfiles(options, world);
    const stateOf = (client: number, lineOfSight: boolean): number => (lineOfSight ? LINE_OF_SIGHT : world.isIndoor(client) ? INDOOR : BLOCKED);
    const { surroundingsSpeed, mode } = options;
    const coherenceTimeS = coherenceTimeOf(options, world);
    const taps = mode === 'block' ? blockTaps(world.seed) : continuousTaps(world.seed);
    const pointsPerMetre = POINTS_PER_WAVELENGTH / world.wavelengthM;
    const place = (timeS: number, pathM: number): number =>
      mode === 'block' ? Math.floor(timeS / coherenceTimeS) : (pathM + surroundingsSpeed * timeS) * pointsPerMetre;
    const grids = new Map<string, BlockFading>();
    const grid = (direction: LinkDirection, blockHz: number, blocks: number): BlockFading => {
      const key = `${direction} ${blockHz} ${blocks}`;
      let found = grids.get(key);
      if (found === undefined) {
        const responses = createResponses(taps, profileOf, direction, blockHz, blocks);
        found = (client, timeS, pathM, lineOfSight, out, first, count) =>
          responses(client, stateOf(client, lineOfSight), place(timeS, pathM), out, first, count);
        grids.set(key, found);
      }
      return found;
    };
    const carrier = { uplink: grid('uplink', 0, 1), downlink: grid('downlink', 0, 1) };
    const single = new Float64Array(1);
    return {
      grid,
      powerGain(client, direction, timeS, pathM, _distanceM, lineOfSight) {
        carrier[direction](client, timeS, pathM, lineOfSight, single, 0, 1);
        return single[0];
      },
      statistics(client, speed, lineOfSight): FadingStatistics {
        const profile = roundedProfileOf(client, stateOf(client, lineOfSight));
        return {
          kFactor: profile.directPower / (1 - profile.directPower),
          nakagamiShape: 1,
          mode,
          coherenceTimeS,
          dopplerHz: (speed + surroundingsSpeed) / world.wavelengthM,
          delayProfile: profile,
        };
      },
    };
  },
};

/** The profile of a link in a state. */
type LinkProfile = (client: number, state: number) => DelayProfile;

/** Steps, as parts of a decade, that drawn delay spreads are rounded to for averages over fading, so that many links share one. */
const ROUNDING_PER_DECADE = 5;

/** Profiles by state, alike for all links unless drawn; and what averages over the fading may take for them. */
function linkProfiles(options: z.output<typeof schema>, world: FadingWorld): { readonly profileOf: LinkProfile; readonly roundedProfileOf: LinkProfile } {
  const names = [options.lineOfSightProfile ?? options.profile, options.profile, options.profile];
  const given = options.delaySpread;
  if (typeof given === 'number') {
    const profiles = names.map((name) => delayProfile(name, given));
    const alike: LinkProfile = (_client, state) => profiles[state];
    return { profileOf: alike, roundedProfileOf: alike };
  }
  if (world.delaySpread === null) {
    throw inputError('CHANNEL_DELAY_SPREAD', 'the path loss model states no delay spread', { expected: 'a delay spread, as "delaySpread: 100 ns"' });
  }
  const { lineOfSight, blocked, indoor } = world.delaySpread;
  const spreads = [lineOfSight, blocked, indoor];
  if (given === undefined) {
    const profiles = names.map((name, state) => delayProfile(name, spreads[state].medianS));
    const alike: LinkProfile = (_client, state) => profiles[state];
    return { profileOf: alike, roundedProfileOf: alike };
  }
  const unscaled = names.map((name) => delayProfile(name, 1));
  const drawn: (DelayProfile | undefined)[] = [];
  const rounded = new Map<string, DelayProfile>();
  const profileOf: LinkProfile = (client, state) => {
    const { medianS, sigmaDecades } = spreads[state];
    return (drawn[3 * client + state] ??= scaledProfile(unscaled[state], medianS * pow(10, sigmaDecades * normal(stream(world.seed, 'delay-spread', client, state)))));
  };
  return {
    profileOf,
    roundedProfileOf(client, state) {
      const step = Math.round(ROUNDING_PER_DECADE * log10(profileOf(client, state).delaySpreadS));
      const key = `${names[state]} ${step}`;
      let profile = rounded.get(key);
      if (profile === undefined) {
        profile = scaledProfile(unscaled[state], pow(10, step / ROUNDING_PER_DECADE));
        rounded.set(key, profile);
      }
      return profile;
    },
  };
}

/** Responses at grid points that each link keeps: two for the moment of a packet and two for the age of what is known of it. */
const KEPT = 8;

interface Kept {
  /** Point and state; NaN where nothing is kept. */
  key: number;
  first: number;
  count: number;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Power gains of resource blocks at a place between grid points. */
type Responses = (client: number, state: number, place: number, out: Float64Array, first: number, count: number) => void;

function createResponses(taps: TappedField, profileOf: LinkProfile, direction: LinkDirection, blockHz: number, blocks: number): Responses {
  const isUplink = direction === 'uplink' ? 1 : 0;
  // Few where links are alike, one for each link where delay spreads are drawn.
  const phasors = new Map<DelayProfile, Phasors>();
  const phasorsOf = (profile: DelayProfile): Phasors => {
    let found = phasors.get(profile);
    if (found === undefined) {
      found = tapPhasors(profile, blockHz, blocks);
      phasors.set(profile, found);
    }
    return found;
  };
  const links: (Kept[] | undefined)[] = [];

  function response(client: number, state: number, point: number, first: number, count: number): Kept {
    const link = (links[client] ??= Array.from({ length: KEPT }, () => ({ key: NaN, first: 0, count: 0, real: new Float64Array(blocks), imaginary: new Float64Array(blocks) })));
    const kept = link[point & (KEPT - 1)];
    const key = 4 * point + state;
    if (kept.key === key && kept.first <= first && kept.first + kept.count >= first + count) return kept;
    kept.key = key;
    kept.first = first;
    kept.count = count;
    const profile = profileOf(client, state);
    taps.load(profile, client, isUplink, state, point);
    combine(taps, phasorsOf(profile), blocks, kept);
    return kept;
  }

  return (client, state, place, out, first, count) => {
    const point = Math.floor(place);
    const weight = place - point;
    const { real, imaginary } = response(client, state, point, first, count);
    if (weight === 0) {
      for (let i = 0; i < count; i++) out[i] = real[first + i] * real[first + i] + imaginary[first + i] * imaginary[first + i];
      return;
    }
    const next = response(client, state, point + 1, first, count);
    for (let i = 0; i < count; i++) {
      const block = first + i;
      const re = real[block] + weight * (next.real[block] - real[block]);
      const im = imaginary[block] + weight * (next.imaginary[block] - imaginary[block]);
      out[i] = re * re + im * im;
    }
  };
}

/**
 * Phase that each tap has at the middle of each block above the carrier, block by block; those below
 * it mirror them. The line-of-sight part comes last, at no delay.
 */
interface Phasors {
  readonly taps: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

function tapPhasors({ delaysS, directPower }: DelayProfile, blockHz: number, blocks: number): Phasors {
  const taps = delaysS.length + (directPower === 0 ? 0 : 1);
  const pairs = Math.ceil(blocks / 2);
  const cosines = new Float64Array(taps * pairs).fill(1);
  const sines = new Float64Array(taps * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    for (let tap = 0; tap < delaysS.length; tap++) {
      const phase = 2 * Math.PI * ((blocks - 1) / 2 - pair) * blockHz * delaysS[tap];
      cosines[pair * taps + tap] = cos(phase);
      sines[pair * taps + tap] = sin(phase);
    }
  }
  return { taps, cosines, sines };
}

/**
 * Adds up the taps at the blocks that are to be kept, four at once: two that lie alike around the
 * carrier, and their neighbours.
 */
function combine({ real: tapReal, imaginary: tapImaginary }: TappedField, { taps, cosines, sines }: Phasors, blocks: number, { real, imaginary, first, count }: Kept): void {
  const last = first + count - 1;
  // Pair p is the blocks p and blocks - 1 - p.
  const from = Math.min(first, blocks - 1 - last);
  const to = first <= (blocks - 1) / 2 && last >= (blocks - 1) / 2 ? (blocks - 1) >> 1 : Math.min(last, blocks - 1 - first);
  for (let pair = from; pair <= to; pair += 2) {
    // An odd one at the end goes with itself.
    const beside = Math.min(pair + 1, to);
    let evenRe = 0;
    let oddRe = 0;
    let evenIm = 0;
    let oddIm = 0;
    let besideEvenRe = 0;
    let besideOddRe = 0;
    let besideEvenIm = 0;
    let besideOddIm = 0;
    for (let tap = 0, index = pair * taps, other = beside * taps; tap < taps; tap++, index++, other++) {
      const x = tapReal[tap];
      const y = tapImaginary[tap];
      const c = cosines[index];
      const s = sines[index];
      const besideC = cosines[other];
      const besideS = sines[other];
      evenRe += x * c;
      oddRe += y * s;
      evenIm += y * c;
      oddIm += x * s;
      besideEvenRe += x * besideC;
      besideOddRe += y * besideS;
      besideEvenIm += y * besideC;
      besideOddIm += x * besideS;
    }
    real[blocks - 1 - pair] = evenRe + oddRe;
    imaginary[blocks - 1 - pair] = evenIm - oddIm;
    real[pair] = evenRe - oddRe;
    imaginary[pair] = evenIm + oddIm;
    real[blocks - 1 - beside] = besideEvenRe + besideOddRe;
    imaginary[blocks - 1 - beside] = besideEvenIm - besideOddIm;
    real[beside] = besideEvenRe - besideOddRe;
    imaginary[beside] = besideEvenIm + besideOddIm;
  }
}
