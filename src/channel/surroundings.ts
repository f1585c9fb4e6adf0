import { inputError } from '../errors.js';
import { exp } from '../numerics/index.js';
import { stream } from '../random/index.js';
import { heldUniformField } from './field.js';
import { uniformPoint } from './motion.js';
import type { Area, Point } from './motion.js';
import type { PathLoss } from './path-loss/contract.js';
import { penetrationLosses } from './penetration.js';
import type { ChannelOptions } from './schema.js';
import { shadowing } from './shadowing.js';

/**
 * Links from transmitters of other cells into this one, by the same models as the cell's own: path loss over
 * the distance between the two, walls around the clients, and a state of propagation and shadowing of their
 * own, independent from transmitter to transmitter (3GPP TR 38.901, 7.4.4, leaves sites uncorrelated). Without
 * small-scale fading: what counts of many interferers is their mean. Stations have the base station's height,
 * the others that of the clients. Nearer than the model is stated for, and farther, the distance is held at the
 * limit. A function of (seed, transmitter, client, path walked) like all gains.
 */
export interface Surroundings {
  /** Gains from stations at these places to a client, one for each; the array is overwritten by later calls for the same client. */
  stationGains(stations: readonly Point[]): (client: number, timeS: number) => Float64Array;
  /** Gain to the base station from something at client height, outdoors, that stands at that place; `number` tells it from others. */
  standingGain(place: Point, number: number): number;
  /** So many clients of each site, drawn evenly over a cell of that radius around it. */
  neighbours(sites: readonly Point[], perSite: number, radiusM: number): NeighbourClient[];
}

/** A client of another cell; it stands still. */
export interface NeighbourClient extends Point {
  readonly site: number;
  /** Gain to our base station, and to its own. */
  readonly gain: number;
  readonly ownGain: number;
}

/** What the cell that is looked from knows of itself. */
export interface SurroundedCell {
  readonly options: ChannelOptions;
  readonly seed: number;
  readonly clients: number;
  readonly pathLoss: PathLoss;
  /** Loss into where each client is; null outdoors. */
  readonly penetration: readonly (number | null)[];
  place(this: void, client: number, timeS: number): Point & { readonly pathM: number };
}

const NEPERS_PER_DECIBEL = Math.LN10 / 10;

/** The part that a link between two places has of its own. */
interface CrossLinks {
  gain(link: number, distanceM: number, pathM: number, indoorDb: number | null): number;
}

export function createSurroundings({ options, seed, clients, pathLoss, penetration, place }: SurroundedCell): Surroundings {
  function crossLinks(purpose: string): CrossLinks {
    const shadow = shadowing(options.shadowing, seed, pathLoss.shadowingCorrelationM, `${purpose}-shadowing`);
    const lineOfSightField = heldUniformField(seed, `${purpose}-line-of-sight`, pathLoss.lineOfSightCorrelationM);
    const environment: number[] = [];
    return {
      gain(link, walkedDistanceM, pathM, indoorDb) {
        const distanceM = Math.min(Math.max(walkedDistanceM, pathLoss.minDistanceM), pathLoss.maxDistanceM);
        const probability = pathLoss.lineOfSightProbability(distanceM);
        const lineOfSight = probability >= 1 || (probability > 0 && lineOfSightField.at(link, pathM) < probability);
        environment[link] ??= stream(seed, `${purpose}-environment`, link).uniform();
        const lossDb = pathLoss.lossDb(distanceM, lineOfSight, environment[link]) + (indoorDb ?? 0);
        const shadowingDb = indoorDb === null ? shadow.outdoor(link, pathM, lineOfSight, pathLoss.shadowingSigmaDb(distanceM, lineOfSight)) : shadow.indoor(link, pathM);
        return exp(-NEPERS_PER_DECIBEL * (lossDb + shadowingDb));
      },
    };
  }

  function requireWithin(what: string, { xM, yM }: Point, leastM: number): void {
    const distanceM = Math.sqrt(xM * xM + yM * yM);
    if (distanceM >= leastM && distanceM <= pathLoss.maxDistanceM) return;
    throw inputError('CHANNEL_INTERFERER_OUT_OF_RANGE', `${what} ${distanceM} m from the base station is outside what the path loss model "${options.pathLoss.model}" is stated for`, {
      expected: `${leastM} m to ${pathLoss.maxDistanceM} m`,
    });
  }

  return {
    stationGains(stations) {
      for (const station of stations) requireWithin('an interfering station', station, 0);
      const links = stations.map((_, station) => crossLinks(`station-${station}`));
      const kept: ({ pathM: number; readonly gains: Float64Array } | undefined)[] = [];
      return (client, timeS) => {
        const { xM, yM, pathM } = place(client, timeS);
        const known = (kept[client] ??= { pathM: NaN, gains: new Float64Array(stations.length) });
        // Where a client is goes by the length it has walked.
        if (known.pathM === pathM) return known.gains;
        known.pathM = pathM;
        stations.forEach((station, index) => {
          const x = xM - station.xM;
          const y = yM - station.yM;
          known.gains[index] = links[index].gain(client, Math.sqrt(x * x + y * y), pathM, penetration[client]);
        });
        return known.gains;
      };
    },
    standingGain(point, number) {
      requireWithin('an interferer', point, pathLoss.minDistanceM);
      return crossLinks('standing-interferer').gain(number, Math.sqrt(point.xM * point.xM + point.yM * point.yM), 0, null);
    },
    neighbours(sites, perSite, radiusM) {
      for (const site of sites) requireWithin('a neighbouring site', site, pathLoss.minDistanceM);
      const count = sites.length * perSite;
      const area: Area = { radiusM, minDistanceM: Math.min(options.cell.minDistance, radiusM) };
      // They live like ours, and come after them in the list.
      const walls = penetrationLosses(options.penetration, seed, clients + count, options.carrier).slice(clients);
      const toUs = crossLinks('neighbour');
      const toOwn = crossLinks('neighbour-own');
      return Array.from({ length: count }, (_, index) => {
        const site = Math.floor(index / perSite);
        const draws = stream(seed, 'neighbour-placement', index);
        const around = uniformPoint(area, draws.uniform(), draws.uniform());
        const xM = sites[site].xM + around.xM;
        const yM = sites[site].yM + around.yM;
        return {
          xM, yM, site,
          gain: toUs.gain(index, Math.sqrt(xM * xM + yM * yM), 0, walls[index]),
          ownGain: toOwn.gain(index, Math.sqrt(around.xM * around.xM + around.yM * around.yM), 0, walls[index]),
        };
      });
    },
  };
}
