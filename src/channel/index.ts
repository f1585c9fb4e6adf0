import { exp } from '../numerics/index.js';
import { stream } from '../random/index.js';
import { inputError } from '../errors.js';
import { fadingModels } from './fading.js';
import type { FadingStatistics, LinkDirection } from './fading.js';
import { heldUniformField } from './field.js';
import { motionModels } from './motion.js';
import type { Point, Trajectory } from './motion.js';
import { pathLossModels } from './path-loss/table.js';
import { penetrationLosses } from './penetration.js';
import { placeClients } from './placement.js';
import type { ChannelOptions } from './schema.js';
import { shadowing } from './shadowing.js';
import { createSurroundings } from './surroundings.js';
import type { Surroundings } from './surroundings.js';

export { channelSchema } from './schema.js';
export type { ChannelOptions } from './schema.js';
export { pathLossModels } from './path-loss/table.js';
export { fadingModels } from './fading.js';
export type { FadingStatistics, LinkDirection } from './fading.js';
export type { DelayProfile } from './delay-profile.js';
export { gammaOfExponential } from './nakagami.js';
export { motionModels } from './motion.js';
export type { Point } from './motion.js';
export type { NeighbourClient, Surroundings } from './surroundings.js';

const LIGHT_SPEED = 299_792_458;
const NEPERS_PER_DECIBEL = Math.LN10 / 10;

/**
 * The resource blocks of one direction's band over frequency-selective fading. A function of
 * (seed, client, time) like all gains.
 */
export interface ResourceGrid {
  readonly blocks: number;
  readonly blockHz: number;
  /**
   * Power gains of the resource blocks `first` to `first + count - 1` (all unless given), relative to
   * the large-scale gain and of unit mean over links, at the start of `out`.
   */
  resourceBlockGains(client: number, timeS: number, out: Float64Array, first?: number, count?: number): void;
}

export interface ChannelWorld {
  readonly seed: number;
  readonly clients: number;
}

/**
 * The links between the base station and each client. Everything is a function of
 * (seed, client, time): nothing depends on when, how often or in what order it is asked. Gains are
 * linear power ratios; times in seconds from the start of the study.
 */
export interface Channel {
  readonly seed: number;
  readonly clients: number;
  readonly carrierHz: number;
  /** Clients are within this distance of the base station. */
  readonly radiusM: number;
  /** Path loss, shadowing and small-scale fading together. */
  gain(client: number, direction: LinkDirection, timeS: number): number;
  /** Path loss and shadowing, the same in both directions. */
  largeScaleGain(client: number, timeS: number): number;
  /** Path loss in dB, the loss into buildings included. */
  pathLossDb(client: number, timeS: number): number;
  shadowingDb(client: number, timeS: number): number;
  /** Relative to the base station. */
  position(client: number, timeS: number): Point;
  /** Horizontal distance to the base station. */
  distanceM(client: number, timeS: number): number;
  speed(client: number, timeS: number): number;
  /** How fast the direct wave gets longer, in m/s; 0 where the distance is held at a limit. */
  radialSpeed(client: number, timeS: number): number;
  /** Whether a direct wave arrives: never indoors. */
  isLineOfSight(client: number, timeS: number): boolean;
  /** The gains of that many resource blocks of that width around the carrier; null where fading is flat over the band. */
  resourceGrid(direction: LinkDirection, blockHz: number, blocks: number): ResourceGrid | null;
  /** Distribution of the small-scale fading around a moment. */
  fadingStatistics(client: number, timeS: number): FadingStatistics;
  /** Links from transmitters of other cells. */
  readonly surroundings: Surroundings;
  /** How many moments were asked for at which a client was outside the model's distances and was held at its limit. */
  readonly heldDistances: number;
}

/** One client's large-scale state at one moment; kept because links are asked for several times in an instant. */
interface Moment {
  timeS: number;
  pathM: number;
  distanceM: number;
  distance3dM: number;
  lineOfSight: boolean;
  lossDb: number;
  shadowingDb: number;
  gain: number;
}

export function createChannel(options: ChannelOptions, { seed, clients }: ChannelWorld): Channel {
  const { cell, carrier } = options;
  const pathLoss = pathLossModels.find(options.pathLoss.model).create(options.pathLoss, {
    carrierHz: carrier,
    baseHeightM: cell.baseHeight,
    clientHeightM: cell.clientHeight,
  });
  if (cell.radius > pathLoss.maxDistanceM || cell.minDistance < pathLoss.minDistanceM) {
    throw inputError(
      'CHANNEL_CELL_OUT_OF_RANGE',
      `a cell from ${cell.minDistance} m to ${cell.radius} m is outside what the path loss model "${options.pathLoss.model}" is stated for`,
      { expected: `${pathLoss.minDistanceM} m to ${pathLoss.maxDistanceM} m` },
    );
  }
  const area = { radiusM: cell.radius, minDistanceM: cell.minDistance };
  const motion = motionModels.find(options.motion.kind).create(options.motion, seed, area, clients);
  const starts = placeClients(options.placement, area, seed, clients);
  const penetration = penetrationLosses(options.penetration, seed, clients, carrier);
  const fading = fadingModels.find(options.fading.kind).create(options.fading, {
    seed,
    wavelengthM: LIGHT_SPEED / carrier,
    meanSpeed: motion.meanSpeed,
    kFactorDb: pathLoss.kFactorDb,
    hasStates: pathLoss.hasStates,
    delaySpread: pathLoss.delaySpread,
    isIndoor: (client) => penetration[client] !== null,
  });
  const shadow = shadowing(options.shadowing, seed, pathLoss.shadowingCorrelationM);
  const lineOfSightField = heldUniformField(seed, 'line-of-sight', pathLoss.lineOfSightCorrelationM);
  const heightDifference = cell.baseHeight - cell.clientHeight;
  const trajectories: (Trajectory | undefined)[] = Array.from({ length: clients });
  const environment = Float64Array.from({ length: clients }, (_, client) => stream(seed, 'environment', client).uniform());
  // Two moments of each client: rates are chosen from an earlier one than packets meet.
  const moments: Moment[] = Array.from({ length: 2 * clients }, unknownMoment);
  let heldDistances = 0;

  function trajectory(client: number): Trajectory {
    if (!(client >= 0 && client < clients)) throw new RangeError(`there is no client ${client} among ${clients}`);
    return (trajectories[client] ??= motion.trajectory(client, starts[client]));
  }

  function position(client: number, timeS: number): Point {
    const leg = trajectory(client)(timeS);
    const elapsed = timeS - leg.startS;
    return { xM: leg.xM + leg.velocityX * elapsed, yM: leg.yM + leg.velocityY * elapsed };
  }

  /** The kept moments of a client: the later of the two places holds the one used before. */
  function moment(client: number, timeS: number): Moment {
    const last = moments[2 * client];
    if (last !== undefined && last.timeS === timeS) return last;
    const leg = trajectory(client)(timeS);
    const next = moments[2 * client + 1];
    moments[2 * client + 1] = last;
    moments[2 * client] = next;
    if (next.timeS === timeS) return next;
    const elapsed = timeS - leg.startS;
    if (leg.speed === 0 && last.pathM === leg.pathM) {
      // Nothing large-scale changes while a client rests.
      next.timeS = timeS;
      next.pathM = last.pathM;
      next.distanceM = last.distanceM;
      next.distance3dM = last.distance3dM;
      next.lineOfSight = last.lineOfSight;
      next.lossDb = last.lossDb;
      next.shadowingDb = last.shadowingDb;
      next.gain = last.gain;
      return next;
    }
    const x = leg.xM + leg.velocityX * elapsed;
    const y = leg.yM + leg.velocityY * elapsed;
    const walkedDistance = Math.sqrt(x * x + y * y);
    const distanceM = Math.min(Math.max(walkedDistance, pathLoss.minDistanceM), pathLoss.maxDistanceM);
    if (distanceM !== walkedDistance) heldDistances++;
    next.timeS = timeS;
    next.pathM = leg.pathM + leg.speed * elapsed;
    next.distanceM = distanceM;
    next.distance3dM = Math.sqrt(distanceM * distanceM + heightDifference * heightDifference);
    const probability = pathLoss.lineOfSightProbability(distanceM);
    next.lineOfSight = probability >= 1 || (probability > 0 && lineOfSightField.at(client, next.pathM) < probability);
    const indoorDb = penetration[client];
    next.lossDb = pathLoss.lossDb(distanceM, next.lineOfSight, environment[client]) + (indoorDb ?? 0);
    if (indoorDb === null) {
      next.shadowingDb = shadow.outdoor(client, next.pathM, next.lineOfSight, pathLoss.shadowingSigmaDb(distanceM, next.lineOfSight));
    } else {
      next.shadowingDb = shadow.indoor(client, next.pathM);
      // Behind a wall no direct wave arrives, whatever the state outside.
      next.lineOfSight = false;
    }
    next.gain = exp(-NEPERS_PER_DECIBEL * (next.lossDb + next.shadowingDb));
    return next;
  }

  return {
    seed,
    clients,
    carrierHz: carrier,
    radiusM: cell.radius,
    gain(client, direction, timeS) {
      const { gain, pathM, distance3dM, lineOfSight } = moment(client, timeS);
      return gain * fading.powerGain(client, direction, timeS, pathM, distance3dM, lineOfSight);
    },
    largeScaleGain: (client, timeS) => moment(client, timeS).gain,
    pathLossDb: (client, timeS) => moment(client, timeS).lossDb,
    shadowingDb: (client, timeS) => moment(client, timeS).shadowingDb,
    position,
    distanceM: (client, timeS) => {
      const { xM, yM } = position(client, timeS);
      return Math.sqrt(xM * xM + yM * yM);
    },
    speed: (client, timeS) => trajectory(client)(timeS).speed,
    radialSpeed(client, timeS) {
      const { velocityX, velocityY } = trajectory(client)(timeS);
      const { xM, yM } = position(client, timeS);
      const distanceM = Math.sqrt(xM * xM + yM * yM);
      if (distanceM < pathLoss.minDistanceM || distanceM > pathLoss.maxDistanceM) return 0;
      return (xM * velocityX + yM * velocityY) / Math.sqrt(distanceM * distanceM + heightDifference * heightDifference);
    },
    isLineOfSight: (client, timeS) => moment(client, timeS).lineOfSight,
    resourceGrid(direction, blockHz, blocks) {
      if (fading.grid === null) return null;
      const gains = fading.grid(direction, blockHz, blocks);
      return {
        blocks,
        blockHz,
        resourceBlockGains(client, timeS, out, first = 0, count = blocks) {
          const { pathM, lineOfSight } = moment(client, timeS);
          gains(client, timeS, pathM, lineOfSight, out, first, count);
        },
      };
    },
    fadingStatistics: (client, timeS) => fading.statistics(client, trajectory(client)(timeS).speed, moment(client, timeS).lineOfSight),
    surroundings: createSurroundings({
      options, seed, clients, pathLoss, penetration,
      place(client, timeS) {
        const leg = trajectory(client)(timeS);
        const elapsed = timeS - leg.startS;
        return { xM: leg.xM + leg.velocityX * elapsed, yM: leg.yM + leg.velocityY * elapsed, pathM: leg.pathM + leg.speed * elapsed };
      },
    }),
    get heldDistances() {
      return heldDistances;
    },
  };
}

function unknownMoment(): Moment {
  return { timeS: NaN, pathM: NaN, distanceM: NaN, distance3dM: NaN, lineOfSight: false, lossDb: NaN, shadowingDb: NaN, gain: NaN };
}
