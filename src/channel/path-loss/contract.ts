import type { z } from 'zod';
import { inputError } from '../../errors.js';
import { log10, pow } from '../../numerics/index.js';
import type { PropagationData } from '../model-data.js';

/** What stays fixed over a study: carrier and antenna heights. */
export interface LinkGeometry {
  readonly carrierHz: number;
  readonly baseHeightM: number;
  readonly clientHeightM: number;
}

/** Root mean square delay spread over links: log-normal. */
export interface DelaySpread {
  readonly medianS: number;
  /** Standard deviation of its base 10 logarithm. */
  readonly sigmaDecades: number;
}

/** Delay spreads by the state of a link; indoor links as blocked ones where the model says nothing of them. */
export interface DelaySpreads {
  readonly lineOfSight: DelaySpread;
  readonly blocked: DelaySpread;
  readonly indoor: DelaySpread;
}

/** Large-scale propagation of one cell, in dB over the horizontal distance in metres. */
export interface PathLoss {
  /**
   * Mean loss in dB. `environment` is the link's keyed uniform draw for what the model draws per
   * link (the effective height of the urban macro breakpoint); 0 is the model's most likely case.
   */
  lossDb(distanceM: number, lineOfSight: boolean, environment?: number): number;
  /** Probability of line of sight; 1 or 0 throughout where the model knows only one state. */
  lineOfSightProbability(distanceM: number): number;
  /** Correlation distance of the line-of-sight state along a path. */
  readonly lineOfSightCorrelationM: number;
  shadowingSigmaDb(distanceM: number, lineOfSight: boolean): number;
  readonly shadowingCorrelationM: { readonly lineOfSight: number; readonly blocked: number };
  /** Rician factor in line of sight, normal in dB over links. */
  readonly kFactorDb: { readonly mean: number; readonly sigma: number } | null;
  /** Null where the model states none. */
  readonly delaySpread: DelaySpreads | null;
  /** Whether the model tells line of sight from blocked. */
  readonly hasStates: boolean;
  /** Horizontal distances the formulas are stated for. */
  readonly minDistanceM: number;
  readonly maxDistanceM: number;
}

/** Options of a model as a scenario gives them, told apart by `model`. */
export interface PathLossOptions {
  readonly model: string;
}

/** An entry of the table; `create` takes the options in the type of the entry's own schema. */
export interface PathLossModel {
  readonly name: string;
  readonly describe: string;
  readonly schema: z.ZodType<PathLossOptions>;
  /** Throws an input error where carrier or heights are outside what the model is stated for. */
  create(options: PathLossOptions, geometry: LinkGeometry): PathLoss;
}

/** Refuses a carrier or height that the model is not stated for. */
export function checkGeometry(model: string, validity: PropagationData['validity'], geometry: LinkGeometry): void {
  const check = (what: string, value: number, [low, high]: readonly [number, number], unit: string, scale: number): void => {
    if (value >= low && value <= high) return;
    const expected = low === high ? `${low / scale} ${unit}` : `${low / scale} to ${high / scale} ${unit}`;
    throw inputError('PATH_LOSS_OUT_OF_RANGE', `${what} ${value / scale} ${unit} is outside what the path loss model "${model}" is stated for`, { expected });
  };
  check('the carrier', geometry.carrierHz, validity.frequency, 'GHz', 1e9);
  check('the base station height', geometry.baseHeightM, validity.baseHeight, 'm', 1);
  check('the client height', geometry.clientHeightM, validity.clientHeight, 'm', 1);
}

/** Refuses a distance outside the model's range: for single look-ups, where nothing may be held at a limit. */
export function checkDistance(model: string, pathLoss: PathLoss, distanceM: number): void {
  if (distanceM >= pathLoss.minDistanceM && distanceM <= pathLoss.maxDistanceM) return;
  throw inputError('PATH_LOSS_OUT_OF_RANGE', `the distance ${distanceM} m is outside what the path loss model "${model}" is stated for`, {
    expected: `${pathLoss.minDistanceM} m to ${pathLoss.maxDistanceM} m`,
  });
}

/** The part of a model that its data file states. */
export function largeScaleData(
  data: PropagationData, { carrierHz }: LinkGeometry,
): Pick<PathLoss, 'shadowingCorrelationM' | 'kFactorDb' | 'delaySpread' | 'minDistanceM' | 'maxDistanceM'> {
  return {
    shadowingCorrelationM: {
      lineOfSight: data.shadowing.lineOfSight.correlationDistance,
      blocked: data.shadowing.blocked.correlationDistance,
    },
    kFactorDb: data.kFactor ?? null,
    delaySpread: data.delaySpread === undefined ? null : delaySpreadsAt(data.delaySpread, carrierHz),
    minDistanceM: data.validity.distance[0],
    maxDistanceM: data.validity.distance[1],
  };
}

function delaySpreadsAt({ lowestCarrier, lineOfSight, blocked, indoor }: NonNullable<PropagationData['delaySpread']>, carrierHz: number): DelaySpreads {
  const carrierGhz = Math.max(carrierHz, lowestCarrier) / 1e9;
  const over = ({ constant, slope, offset, spread, spreadSlope }: typeof lineOfSight): DelaySpread => {
    const logCarrier = log10(offset + carrierGhz);
    return { medianS: pow(10, constant + slope * logCarrier), sigmaDecades: spread + spreadSlope * logCarrier };
  };
  return { lineOfSight: over(lineOfSight), blocked: over(blocked), indoor: over(indoor ?? blocked) };
}
