import { z } from 'zod';
import { log10 } from '../numerics/index.js';
import type { Channel, LinkDirection } from './index.js';
import { loadModelData, propagationDataSchema } from './model-data.js';
import { checkDistance } from './path-loss/contract.js';
import type { LinkGeometry, PathLossOptions } from './path-loss/contract.js';
import { pathLossModels } from './path-loss/table.js';
import type { ChannelOptions } from './schema.js';

/** Looking at models and links without running a study. */

const statedSchema = z.object({ validity: propagationDataSchema.shape.validity });

export interface PathLossRow {
  readonly distanceM: number;
  /** Mean over the two states of propagation by their probability; the loss of one where the options fix it. */
  readonly pathLossDb: number;
  readonly lineOfSightDb: number;
  readonly blockedDb: number;
  readonly lineOfSightProbability: number;
}

/** What a model is stated for, and whether it tells line of sight from blocked. */
export interface PathLossRange {
  readonly minDistanceM: number;
  readonly maxDistanceM: number;
  readonly hasStates: boolean;
}

/**
 * Mean loss over horizontal distances, without shadowing and penetration. Distances, heights and
 * carriers outside the model's range are input errors.
 *
 * @param options of the model, checked and completed by its schema
 */
export function pathLossTable(options: PathLossOptions, geometry: LinkGeometry, distancesM: readonly number[]): PathLossRow[] {
  const pathLoss = pathLossModels.find(options.model).create(options, geometry);
  return distancesM.map((distanceM) => {
    checkDistance(options.model, pathLoss, distanceM);
    const probability = pathLoss.lineOfSightProbability(distanceM);
    const lineOfSightDb = pathLoss.lossDb(distanceM, true);
    const blockedDb = pathLoss.lossDb(distanceM, false);
    // Not a weighted sum at the ends, so that a fixed state gives its loss to the last bit.
    const pathLossDb = probability === 1 ? lineOfSightDb : probability === 0 ? blockedDb : probability * lineOfSightDb + (1 - probability) * blockedDb;
    return { distanceM, pathLossDb, lineOfSightDb, blockedDb, lineOfSightProbability: probability };
  });
}

/** The distances of a model under these options; an input error where carrier or heights are outside its range. */
export function pathLossRange(options: PathLossOptions, geometry: LinkGeometry): PathLossRange {
  const { minDistanceM, maxDistanceM, hasStates } = pathLossModels.find(options.model).create(options, geometry);
  return { minDistanceM, maxDistanceM, hasStates };
}

/** Carriers and heights that the data file of a model states. */
export function statedRanges(model: string): z.output<typeof statedSchema>['validity'] {
  return loadModelData(model, statedSchema).validity;
}

export interface LinkSample {
  readonly timeS: number;
  readonly xM: number;
  readonly yM: number;
  readonly distanceM: number;
  readonly speedMPerS: number;
  readonly lineOfSight: boolean;
  readonly pathLossDb: number;
  readonly shadowingDb: number;
  /** Small-scale fading alone. */
  readonly fadingDb: number;
  readonly gainDb: number;
}

/** One link over time, at even steps from 0 to the duration, both included. */
export function traceLink(channel: Channel, client: number, direction: LinkDirection, durationS: number, stepS: number): LinkSample[] {
  const samples = Math.floor(durationS / stepS + 1e-9) + 1;
  return Array.from({ length: samples }, (_, i) => {
    const timeS = i * stepS;
    const { xM, yM } = channel.position(client, timeS);
    const gain = channel.gain(client, direction, timeS);
    return {
      timeS,
      xM,
      yM,
      distanceM: channel.distanceM(client, timeS),
      speedMPerS: channel.speed(client, timeS),
      lineOfSight: channel.isLineOfSight(client, timeS),
      pathLossDb: channel.pathLossDb(client, timeS),
      shadowingDb: channel.shadowingDb(client, timeS),
      fadingDb: 10 * log10(gain / channel.largeScaleGain(client, timeS)),
      gainDb: 10 * log10(gain),
    };
  });
}

export interface LinkStatistics {
  readonly samples: number;
  readonly lineOfSightShare: number;
  readonly meanPathLossDb: number;
  readonly shadowingSigmaDb: number;
  readonly meanGainDb: number;
  /** Gains that 5, 50 and 95 % of the samples fall below. */
  readonly gainDb: { readonly p5: number; readonly p50: number; readonly p95: number };
  /** Part of the samples with fading below -10 and -20 dB (Rayleigh: 9.5 and 1 %). */
  readonly fadesBelow10Db: number;
  readonly fadesBelow20Db: number;
}

export function linkStatistics(samples: readonly LinkSample[]): LinkStatistics {
  const mean = (of: (sample: LinkSample) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const share = (holds: (sample: LinkSample) => boolean): number => mean((sample) => (holds(sample) ? 1 : 0));
  const gains = samples.map(({ gainDb }) => gainDb).sort((a, b) => a - b);
  const quantile = (p: number): number => gains[Math.min(gains.length - 1, Math.floor(p * gains.length))];
  const meanShadowing = mean(({ shadowingDb }) => shadowingDb);
  return {
    samples: samples.length,
    lineOfSightShare: share(({ lineOfSight }) => lineOfSight),
    meanPathLossDb: mean(({ pathLossDb }) => pathLossDb),
    shadowingSigmaDb: Math.sqrt(mean(({ shadowingDb }) => (shadowingDb - meanShadowing) * (shadowingDb - meanShadowing))),
    meanGainDb: mean(({ gainDb }) => gainDb),
    gainDb: { p5: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95) },
    fadesBelow10Db: share(({ fadingDb }) => fadingDb < -10),
    fadesBelow20Db: share(({ fadingDb }) => fadingDb < -20),
  };
}

/** A figure of many links, beside what the model says; null where it says nothing. */
export interface LargeScaleMeasure {
  readonly quantity: string;
  readonly unit: string;
  readonly measured: number | null;
  readonly closedForm: number | null;
  /** Of what is measured, for independent links. */
  readonly standardError: number | null;
}

/** States and shadowing of all links of a channel at its start, outdoors beside the model's own numbers. */
export function largeScaleMeasures(channel: Channel, { pathLoss: options, carrier, cell, shadowing, penetration }: ChannelOptions): LargeScaleMeasure[] {
  const pathLoss = pathLossModels.find(options.model).create(options, { carrierHz: carrier, baseHeightM: cell.baseHeight, clientHeightM: cell.clientHeight });
  const clients = Array.from({ length: channel.clients }, (_, client) => client);
  const states = clients.map((client) => ({
    lineOfSight: channel.isLineOfSight(client, 0),
    distanceM: Math.min(pathLoss.maxDistanceM, Math.max(pathLoss.minDistanceM, channel.distanceM(client, 0))),
    shadowingDb: channel.shadowingDb(client, 0),
  }));
  const isOutdoors = penetration.kind === 'none';
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const rms = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.sqrt(mean(values.map((value) => value * value))));
  const ofMean = (values: readonly number[]): number | null => {
    const middle = mean(values);
    return values.length < 2 ? null : Math.sqrt(mean(values.map((value) => (value - middle) * (value - middle))) / (values.length - 1));
  };
  const clear = states.map(({ lineOfSight }) => (lineOfSight ? 1 : 0));
  const share: LargeScaleMeasure = {
    quantity: 'share in line of sight', unit: '', measured: mean(clear), standardError: ofMean(clear),
    closedForm: isOutdoors ? mean(states.map(({ distanceM }) => pathLoss.lineOfSightProbability(distanceM))) : null,
  };
  const lossesDb = clients.map((client) => channel.pathLossDb(client, 0));
  const losses: LargeScaleMeasure = { quantity: 'mean path loss', unit: 'dB', measured: mean(lossesDb), closedForm: null, standardError: ofMean(lossesDb) };
  if (shadowing.kind === 'none') return [share, losses];
  const sigmas = [true, false].flatMap((isClear): LargeScaleMeasure[] => {
    const alike = states.filter(({ lineOfSight }) => lineOfSight === isClear);
    if (alike.length === 0) return [];
    const sigmaDb = rms(alike.map(({ shadowingDb }) => shadowingDb));
    return [{
      quantity: `shadowing sigma, ${isClear ? 'line of sight' : 'blocked'}`, unit: 'dB', measured: sigmaDb,
      // Of the deviation of normal values.
      standardError: sigmaDb === null ? null : sigmaDb / Math.sqrt(2 * alike.length),
      closedForm: isOutdoors ? rms(alike.map(({ distanceM }) => shadowing.sigma ?? pathLoss.shadowingSigmaDb(distanceM, isClear))) : null,
    }];
  });
  return [share, losses, ...sigmas];
}
