import { z } from 'zod';
import type { Channel, Point } from '../channel/index.js';
import { inputError } from '../errors.js';
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

/** Slots that played messages meet, over and over. */
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
  const activities = Float64Array.from(all, (source) => source.activity);
  const fullRises = Float64Array.from(all, (source) => source.riseFull);

  /** `shares` says how much of each interferer is on: those of the downlink come after those of the uplink. */
  function uplinkRise(shares: Float64Array): number {
    let rise = 1;
    for (let index = 0; index < uplink.length; index++) rise += shares[index] * fullRises[index];
    return rise;
  }

  function downlinkRise(shares: Float64Array, client: NodeId, timeS: number): number {
    const gains = stationGains(client, timeS);
    let rise = 1;
    for (let index = uplink.length; index < all.length; index++) rise += shares[index] * fullRises[index] * gains[index - uplink.length];
    return rise;
  }

  const meanUplink = uplinkRise(activities);
  function meanRise(direction: Direction, client: NodeId, timeS: number): number {
    if (direction === 'uplink') return meanUplink;
    return isUsed.downlink ? downlinkRise(activities, client, timeS) : 1;
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
  const kept = [0, 1].map(() => ({ slot: NaN, isOn: new Float64Array(all.length), uplinkRise: 1 }));
  let latest = 0;
  function inSlot(slotIndex: number): (typeof kept)[number] {
    if (kept[latest].slot === slotIndex) return kept[latest];
    latest = 1 - latest;
    const entry = kept[latest];
    if (entry.slot === slotIndex) return entry;
    entry.slot = slotIndex;
    for (let index = 0; index < all.length; index++) {
      entry.isOn[index] = stream(channel.seed, 'interferer-activity', index, slotIndex).uniform() < activities[index] ? 1 : 0;
    }
    entry.uplinkRise = uplinkRise(entry.isOn);
    return entry;
  }

  // In a fixed list for each slot, so that prices have no random error of their own.
  const playedSlots: (Float64Array | undefined)[] = [];
  const inPlayedSlot = (place: number): Float64Array => (playedSlots[place] ??= Float64Array.from(all, (source, index) => (stream(PLAYED_SEED, 'played-interferer', index, place).uniform() < source.activity ? 1 : 0)));

  return {
    rise(direction, client, timeS) {
      if (!isUsed[direction]) return 1;
      const entry = inSlot(Math.floor(timeS / slotS));
      return direction === 'uplink' ? entry.uplinkRise : downlinkRise(entry.isOn, client, timeS);
    },
    meanRise,
    played(direction, client, nowS) {
      if (!isUsed[direction]) return { select: () => undefined, at: () => 1 };
      let offset = 0;
      return {
        select(sample, samples) {
          offset = SAMPLE_STRIDE * sample + (sample + 0.5) / samples;
        },
        at(timeS) {
          const slotIndex = Math.floor(timeS / slotS + offset);
          const shares = inPlayedSlot(((slotIndex % PLAYED_SLOTS) + PLAYED_SLOTS) % PLAYED_SLOTS);
          return direction === 'uplink' ? uplinkRise(shares) : downlinkRise(shares, client, nowS);
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
  if (distance < channel.radiusM) {
    throw inputError('NEIGHBOUR_WITHIN_CELL', `radio.interference.distance puts neighbouring sites at ${distance} m, within the cell`, {
      expected: `at least the radius of the cell, ${channel.radiusM} m`,
    });
  }
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
