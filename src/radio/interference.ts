import { z } from 'zod';
import type { Channel, Point } from '../channel/index.js';
import { cos, sin } from '../numerics/index.js';
import { stream } from '../random/index.js';
import { metres, POSITIVE, ratio, ratioOfDecibels, seconds, watts } from '../scenario/quantity.js';
import { openLoopPowerW } from './bands.js';
import type { Direction, NodeId } from './contract.js';
import { noisePowerW } from './link.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';

/**
 * Interference by transmitters of other cells: their power at each receiver, over the same path loss model as
 * the cell's own links and with draws of their own, spread evenly over the band of its direction. The ratio
 * that rates, losses and quality indicators come from is then that of the signal to noise and interference.
 * Interferers neither fade fast nor move; what they cause at a client goes by where the client is.
 *
 * Without slots each sends all the time with its part of the power, which is the mean. With slots it is
 * on in each of them with its activity as probability, or off: a keyed draw by interferer and slot, the same
 * for all receivers and in whatever order it is asked. Prices for planners draw from a fixed list instead,
 * since the slots to come are not known; rates chosen from statistics know the mean.
 */
const slot = seconds(POSITIVE).nullable().default(null).meta({
  description: 'Length of the time slots in each of which an interferer is on, with its activity as probability, or off; null: always on with that part of its power',
});

const activity = (description: string) => ratio({ min: 0, max: 1 }).meta({ description });

const interfererSchema = z.strictObject({
  direction: z.enum(['uplink', 'downlink']).meta({ description: 'Band it sends in: uplink, where it stands at client height, or downlink, where it is a station' }),
  x: metres({}).meta({ description: 'Place relative to the base station' }),
  y: metres({}).meta({ description: 'Place relative to the base station' }),
  power: watts(POSITIVE).meta({ description: 'Radiated power over the whole band, through antennas like those of this cell' }),
  activity: activity('Part of the time in which it sends').default(1),
});

export const interferenceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }).meta({ description: 'Noise alone, with the margins of uplink and downlink' }),
    z.strictObject({
      kind: z.literal('neighbours'),
      distance: metres(POSITIVE).meta({ description: 'From site to site; the first neighbour is in the direction of x' }),
      count: z.int().min(1).max(36).default(6).meta({ description: 'Sites, evenly around this one' }),
      load: activity('Part of the time in which a neighbour sends'),
      clients: z.int().min(1).max(1000).meta({
        description: 'Clients of each neighbouring cell that send at once, each with the power of radio.uplink (and its power control), all of them together over the band; with FDMA as many as take part in a round',
      }),
      slot,
    }).meta({ description: 'A ring of cells like this one, each with a base station that sends with the power of radio.downlink, and resting clients' }),
    z.strictObject({ kind: z.literal('explicit'), interferers: z.array(interfererSchema).min(1).max(1000), slot })
      .meta({ description: 'Transmitters that are written down' }),
  ])
  .prefault({ kind: 'none' })
  .meta({ description: 'Transmitters of other cells in the same bands' });

export type InterferenceOptions = z.output<typeof interferenceSchema>;

/** Rise of the noise of a receiver by interference: their sum over the noise, margins included; at least 1. */
export interface Interference {
  rise(direction: Direction, client: NodeId, timeS: number): number;
  /** With each interferer at its activity. */
  meanRise(direction: Direction, client: NodeId, timeS: number): number;
  /** What a message that prices play meets, at a time from its start; the place of the client is that of `nowS`. */
  played(direction: Direction, client: NodeId, nowS: number): PlayedRise;
}

export interface PlayedRise {
  select(sample: number, samples: number): void;
  at(timeS: number): number;
}

/** An interferer as its receivers see it. */
interface Source {
  readonly activity: number;
  /** Power over the noise of the receiver, at a gain of 1 in the downlink; as it arrives in the uplink. */
  readonly riseFull: number;
}

/** Draws for played messages: a fixed list by interferer, so that prices have no random error of their own. */
const PLAYED_SLOTS = 1021;
/** Slots that two samples of a played message are apart. */
const SAMPLE_STRIDE = 37;
const PLAYED_SEED = 0;

export function createInterference(options: RadioOptions, channel: Channel, rate: RateModel): Interference | null {
  const { interference } = options;
  if (interference.kind === 'none') return null;
  const { uplink, downlink } = sourcesOf(options, interference, channel, rate);
  const stationGains = channel.surroundings.stationGains(downlink.map(({ place }) => place));
  const slotS = interference.slot;
  const all: readonly Source[] = [...uplink, ...downlink];
  const isUsed = { uplink: uplink.length > 0, downlink: downlink.length > 0 };
  const meanUplink = uplink.reduce((sum, source) => sum + source.activity * source.riseFull, 1);

  /** `share` is how much of an interferer is on: downlink interferers come after those of the uplink. */
  function sum(direction: Direction, client: NodeId, timeS: number, share: (interferer: number) => number): number {
    if (direction === 'uplink') return uplink.reduce((total, { riseFull }, index) => total + share(index) * riseFull, 1);
    const gains = stationGains(client, timeS);
    return downlink.reduce((total, { riseFull }, index) => total + share(uplink.length + index) * riseFull * gains[index], 1);
  }

  const meanShare = (interferer: number): number => all[interferer].activity;
  function meanRise(direction: Direction, client: NodeId, timeS: number): number {
    if (direction === 'uplink') return meanUplink;
    return isUsed.downlink ? sum(direction, client, timeS, meanShare) : 1;
  }

  if (slotS === null) {
    return {
      rise: meanRise,
      meanRise,
      played(direction, client, nowS) {
        const rise = meanRise(direction, client, nowS);
        return { select: () => undefined, at: () => rise };
      },
    };
  }

  // Two slots: rates are chosen from an earlier one than packets meet.
  const kept = [0, 1].map(() => ({ slot: NaN, isOn: new Float64Array(all.length) }));
  let latest = 0;
  function onIn(slotIndex: number): Float64Array {
    if (kept[latest].slot === slotIndex) return kept[latest].isOn;
    latest = 1 - latest;
    const { isOn } = kept[latest];
    if (kept[latest].slot === slotIndex) return isOn;
    kept[latest].slot = slotIndex;
    for (let index = 0; index < all.length; index++) {
      isOn[index] = stream(channel.seed, 'interferer-activity', index, slotIndex).uniform() < all[index].activity ? 1 : 0;
    }
    return isOn;
  }

  let playedDraws: Float64Array[] | undefined;
  const drawsOf = (): Float64Array[] => (playedDraws ??= all.map((_, index) => {
    const draws = new Float64Array(PLAYED_SLOTS);
    stream(PLAYED_SEED, 'played-interferer', index).fillUniform(draws);
    return draws;
  }));

  return {
    rise(direction, client, timeS) {
      if (!isUsed[direction]) return 1;
      const isOn = onIn(Math.floor(timeS / slotS));
      return sum(direction, client, timeS, (interferer) => isOn[interferer]);
    },
    meanRise,
    played(direction, client, nowS) {
      if (!isUsed[direction]) return { select: () => undefined, at: () => 1 };
      const draws = drawsOf();
      let offset = 0;
      return {
        select(sample, samples) {
          offset = SAMPLE_STRIDE * sample + (sample + 0.5) / samples;
        },
        at(timeS) {
          const slotIndex = Math.floor(timeS / slotS + offset);
          const place = ((slotIndex % PLAYED_SLOTS) + PLAYED_SLOTS) % PLAYED_SLOTS;
          return sum(direction, client, nowS, (interferer) => (draws[interferer][place] < all[interferer].activity ? 1 : 0));
        },
      };
    },
  };
}

interface Sources {
  readonly uplink: readonly Source[];
  readonly downlink: readonly (Source & { readonly place: Point })[];
}

function sourcesOf(options: RadioOptions, interference: Exclude<InterferenceOptions, { kind: 'none' }>, channel: Channel, rate: RateModel): Sources {
  const { uplink, downlink, client, baseStation } = options;
  const antennas = ratioOfDecibels(client.antennaGain + baseStation.antennaGain);
  const uplinkHz = rate.occupiedHz(uplink.bandwidth, 1);
  const perWattUp = antennas / noisePowerW(uplinkHz, uplink.noiseFigure + uplink.interferenceMargin);
  const perWattDown = antennas / noisePowerW(rate.occupiedHz(downlink.bandwidth, 1), downlink.noiseFigure + downlink.interferenceMargin);
  if (interference.kind === 'explicit') {
    const places = interference.interferers.map(({ x, y, ...interferer }, number) => ({ ...interferer, number, place: { xM: x, yM: y } }));
    return {
      uplink: places.filter(({ direction }) => direction === 'uplink').map(({ activity: part, power, place, number }) => ({
        activity: part, riseFull: power * perWattUp * channel.surroundings.standingGain(place, number),
      })),
      downlink: places.filter(({ direction }) => direction === 'downlink').map(({ activity: part, power, place }) => ({ activity: part, riseFull: power * perWattDown, place })),
    };
  }
  const { count, distance, load, clients } = interference;
  const sites = Array.from({ length: count }, (_, site): Point => {
    const angle = (2 * Math.PI * site) / count;
    return { xM: distance * cos(angle), yM: distance * sin(angle) };
  });
  // Where cells of this size would overlap, clients belong to the nearer site.
  const radiusM = Math.min(channel.radiusM, distance / 2);
  const partHz = uplinkHz / clients;
  return {
    uplink: channel.surroundings.neighbours(sites, clients, radiusM).map(({ gain, ownGain }) => ({
      activity: load, riseFull: openLoopPowerW(uplink, partHz, ownGain * antennas) * perWattUp * gain,
    })),
    downlink: sites.map((place) => ({ activity: load, riseFull: downlink.power * perWattDown, place })),
  };
}
