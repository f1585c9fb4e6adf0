import { z } from 'zod';
import { inputError } from '../errors.js';
import { log10, pow } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';
import { POSITIVE, seconds } from '../scenario/quantity.js';
import { DELAY_PROFILES, delayProfile, scaledProfile } from './delay-profile.js';
import type { DelayProfile } from './delay-profile.js';
import type { BlockFading, Fading, FadingOptions, FadingStatistics, FadingWorld, LinkDirection } from './fading.js';
import { coherenceTimeOf, variation } from './fading-variation.js';
import { responseLayout, tapCombiner } from './tap-combination.js';
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
    throw inputError('CHANNEL_DELAY_SPREAD', 'the path loss model states no delay spread, for channel.fading.delaySpread', { expected: 'a delay spread, as "delaySpread: 100 ns"' });
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
  /** Pairs of blocks whose values are there. */
  from: number;
  to: number;
  readonly response: Float64Array;
}

/** Power gains of resource blocks at a place between grid points. */
type Responses = (client: number, state: number, place: number, out: Float64Array, first: number, count: number) => void;

function createResponses(taps: TappedField, profileOf: LinkProfile, direction: LinkDirection, blockHz: number, blocks: number): Responses {
  const isUplink = direction === 'uplink' ? 1 : 0;
  const combiner = tapCombiner(blockHz, blocks);
  const links: (Kept[] | undefined)[] = [];
  const { ofReal, ofImaginary, size } = responseLayout(blocks);
  const middle = (blocks - 1) / 2;

  function responseAt(client: number, state: number, point: number, from: number, to: number): Float64Array {
    const link = (links[client] ??= Array.from({ length: KEPT }, () => ({ key: NaN, from: 0, to: -1, response: new Float64Array(size) })));
    const kept = link[point & (KEPT - 1)];
    const key = 4 * point + state;
    if (kept.key !== key || kept.from > from || kept.to < to) {
      kept.key = key;
      kept.from = from;
      kept.to = to;
      const profile = profileOf(client, state);
      taps.load(profile, client, isUplink, state, point);
      combiner.combine(profile, taps.taps, from, to);
      kept.response.set(combiner.response);
    }
    return kept.response;
  }

  return (client, state, place, out, first, count) => {
    const last = first + count - 1;
    // Pair p is the blocks p and blocks - 1 - p.
    const from = Math.min(first, blocks - 1 - last);
    const to = first <= middle && last >= middle ? Math.floor(middle) : Math.min(last, blocks - 1 - first);
    const point = Math.floor(place);
    const weight = place - point;
    const response = responseAt(client, state, point, from, to);
    // On a grid point nothing of the next one comes in.
    const next = weight === 0 ? response : responseAt(client, state, point + 1, from, to);
    const real = ofReal + first;
    const imaginary = ofImaginary + first;
    for (let i = 0; i < count; i++) {
      const re = response[real + i] + weight * (next[real + i] - response[real + i]);
      const im = response[imaginary + i] + weight * (next[imaginary + i] - response[imaginary + i]);
      out[i] = re * re + im * im;
    }
  };
}
