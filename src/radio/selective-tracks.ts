import type { DelayProfile, FadingStatistics } from '../channel/index.js';
import { cos, log10, pow, sin } from '../numerics/index.js';
import { permutation, stream } from '../random/index.js';
import { blockTracks, continuousTracks, ORIGIN, POINTS, POINTS_PER_PERIOD, TRACKS, trackOf } from './fading-tracks.js';
import type { RateModel } from './rate/contract.js';

/**
 * The fixed set of histories over which prices are averaged, over frequency-selective fading: each tap
 * of the delay profile takes one of the flat histories, in an order of its own.
 */

/** Histories; fewer than over flat fading, since a share of several blocks averages over them. */
const SELECTIVE_TRACKS = 256;
/** A wider share is looked at in that many places, evenly over its width. */
const MOST_BLOCKS = 16;
const TRACK_SEED = 0;
/** Sets that are kept: by profile, width and kind of variation. */
const MOST_SETS = 16;

interface GainSet {
  readonly places: number;
  readonly isBlock: boolean;
  /** Leaves the gains of a history, in the order of the mean power at the origin, at a point in `out` from `offset` on. */
  load(track: number, point: number, out: Float64Array, offset: number): void;
}

const sets = new Map<string, GainSet>();

/** Gains over a share of that many resource blocks in all histories. */
function gainSet(profile: DelayProfile, isBlock: boolean, blocks: number, blockHz: number): GainSet {
  const key = [profile.name, profile.delaySpreadS, isBlock, blocks, blockHz].join(' ');
  let set = sets.get(key);
  if (set === undefined) {
    if (sets.size >= MOST_SETS) sets.clear();
    set = createGainSet(profile, isBlock, blocks, blockHz);
    sets.set(key, set);
  }
  return set;
}

const tapOrders: Int32Array[] = [];

function createGainSet(profile: DelayProfile, isBlock: boolean, blocks: number, blockHz: number): GainSet {
  const { delaysS, powers, directPower, directDoppler } = profile;
  const { real, imaginary } = isBlock ? blockTracks() : continuousTracks();
  const places = Math.min(MOST_BLOCKS, blocks);
  const spacingHz = (blocks * blockHz) / places;
  const direct = Math.sqrt(directPower);
  const cosines = new Float64Array(delaysS.length * places);
  const sines = new Float64Array(delaysS.length * places);
  delaysS.forEach((delayS, tap) => {
    const amplitude = Math.sqrt(powers[tap]);
    for (let place = 0; place < places; place++) {
      const phase = 2 * Math.PI * (place - (places - 1) / 2) * spacingHz * delayS;
      cosines[tap * places + place] = amplitude * cos(phase);
      sines[tap * places + place] = amplitude * sin(phase);
    }
    tapOrders[tap] ??= permutation(stream(TRACK_SEED, 'fading-tap-order', tap), TRACKS);
  });
  const re = new Float64Array(places);
  const im = new Float64Array(places);

  function compute(track: number, point: number, out: Float32Array | Float64Array, offset: number): void {
    // A golden section apart: even over the circle.
    const cycles = 0.618034 * track + (isBlock ? 0.381966 * point : (directDoppler * (point - ORIGIN)) / POINTS_PER_PERIOD);
    const phase = 2 * Math.PI * (cycles - Math.floor(cycles));
    re.fill(direct * cos(phase));
    im.fill(direct * sin(phase));
    for (let tap = 0; tap < delaysS.length; tap++) {
      const index = tapOrders[tap][track] * (POINTS + 1) + point;
      const x = real[index];
      const y = imaginary[index];
      const row = tap * places;
      for (let place = 0; place < places; place++) {
        const c = cosines[row + place];
        const s = sines[row + place];
        re[place] += x * c + y * s;
        im[place] += y * c - x * s;
      }
    }
    for (let place = 0; place < places; place++) out[offset + place] = re[place] * re[place] + im[place] * im[place];
  }

  const scratch = new Float64Array(places);
  const originPower = Float64Array.from({ length: SELECTIVE_TRACKS }, (_, track) => {
    compute(track, ORIGIN, scratch, 0);
    return scratch.reduce((sum, power) => sum + power, 0);
  });
  const byPower = Array.from(originPower.keys()).sort((a, b) => originPower[a] - originPower[b] || a - b);
  const gains = new Float32Array(SELECTIVE_TRACKS * POINTS * places);
  const isFilled = new Uint8Array(SELECTIVE_TRACKS * POINTS);
  return {
    places,
    isBlock,
    load(track, point, out, offset) {
      const entry = track * POINTS + point;
      if (isFilled[entry] === 0) {
        compute(byPower[track], point, gains, entry * places);
        isFilled[entry] = 1;
      }
      for (let place = 0; place < places; place++) out[offset + place] = gains[entry * places + place];
    },
  };
}

export interface SelectiveTrack {
  /** How many gains there are: those of a share, or of places evenly over a wide one. */
  readonly places: number;
  /** Takes the history of that sample. */
  select(sample: number, samples: number): void;
  /** Leaves the power gains at a time from the start of the message at the start of `out`. */
  load(timeS: number, out: Float64Array): void;
}

/** Histories of one link and direction over a share of resource blocks; `salt` tells the directions of a link apart. */
export function selectiveTrack(
  { mode, coherenceTimeS, dopplerHz }: FadingStatistics, profile: DelayProfile, client: number, salt: 0 | 1, blocks: number, blockHz: number,
): SelectiveTrack {
  const isBlock = mode === 'block';
  const set = gainSet(profile, isBlock, blocks, blockHz);
  const pointsPerSecond = isBlock ? 1 / coherenceTimeS : dopplerHz * POINTS_PER_PERIOD;
  const next = new Float64Array(set.places);
  let track = 0;
  let start = ORIGIN;
  return {
    places: set.places,
    select(sample, samples) {
      track = trackOf(2 * client + salt, sample, samples, SELECTIVE_TRACKS);
      start = isBlock ? ORIGIN + (sample + 0.5) / samples : ORIGIN;
    },
    load(timeS, out) {
      const place = timeS * pointsPerSecond + start;
      const whole = Math.floor(place);
      const point = ((whole % POINTS) + POINTS) % POINTS;
      set.load(track, point, out, 0);
      const weight = place - whole;
      if (isBlock || weight === 0) return;
      set.load(track, (point + 1) % POINTS, next, 0);
      for (let i = 0; i < set.places; i++) out[i] += weight * (next[i] - out[i]);
    },
  };
}

/** The ratio that links of that mean ratio fall below with the outage probability, as the flat one that rates are chosen from. */
export type SelectiveOutage = (statistics: FadingStatistics, blocks: number, blockHz: number, meanSnr: number) => number;

/** Mean ratios in dB apart at which outages are counted; between them they are interpolated. */
const TABLE_STEP_DB = 1;
/** Moments of each history that count, a Doppler period apart. */
const MOMENTS = POINTS / POINTS_PER_PERIOD;

export function selectiveOutages(rate: RateModel, outage: number): SelectiveOutage {
  const known = new Map<string, number>();
  const snr = new Float64Array(MOST_BLOCKS);
  const count = ({ delayProfile, mode }: FadingStatistics, blocks: number, blockHz: number, meanSnr: number): number => {
    if (delayProfile === null) return meanSnr;
    const set = gainSet(delayProfile, mode === 'block', blocks, blockHz);
    const ratios = new Float64Array(SELECTIVE_TRACKS * MOMENTS);
    for (let entry = 0; entry < ratios.length; entry++) {
      set.load(Math.floor(entry / MOMENTS), (entry % MOMENTS) * POINTS_PER_PERIOD, snr, 0);
      for (let i = 0; i < set.places; i++) snr[i] *= meanSnr;
      ratios[entry] = rate.equivalentSnr(snr, set.places);
    }
    ratios.sort();
    return ratios[Math.floor(outage * ratios.length)];
  };
  const tabulated = (statistics: FadingStatistics, blocks: number, blockHz: number, step: number): number => {
    const { delayProfile, mode } = statistics;
    const key = [delayProfile?.name, delayProfile?.delaySpreadS, mode, blocks, blockHz, step].join(' ');
    let ratioDb = known.get(key);
    if (ratioDb === undefined) {
      ratioDb = 10 * log10(count(statistics, blocks, blockHz, pow(10, (step * TABLE_STEP_DB) / 10)));
      if (known.size >= 4096) known.clear();
      known.set(key, ratioDb);
    }
    return ratioDb;
  };
  return (statistics, blocks, blockHz, meanSnr) => {
    const place = (10 * log10(Math.max(meanSnr, 1e-9))) / TABLE_STEP_DB;
    const step = Math.floor(place);
    const low = tabulated(statistics, blocks, blockHz, step);
    const high = tabulated(statistics, blocks, blockHz, step + 1);
    return pow(10, (low + (place - step) * (high - low)) / 10);
  };
}
