import { z } from 'zod';
import { log10 } from '../numerics/index.js';
import { inputError } from '../errors.js';
import type { Channel, LinkDirection } from './index.js';
import { checkDistance } from './path-loss/contract.js';
import type { LinkGeometry } from './path-loss/contract.js';
import { pathLossModels } from './path-loss/table.js';

/** Looking at models and links without running a study. */

export interface PathLossRow {
  readonly distanceM: number;
  readonly pathLossDb: number;
}

/**
 * Mean loss over horizontal distances, without shadowing, in one state of propagation. Distances,
 * heights and carriers outside the model's range are input errors.
 *
 * @param options of the model as in a scenario, without its name; unknown ones are input errors
 */
export function pathLossTable(
  model: string, options: Readonly<Record<string, unknown>>, lineOfSight: boolean, geometry: LinkGeometry, distancesM: readonly number[],
): PathLossRow[] {
  const entry = pathLossModels.find(model);
  const parsed = entry.schema.safeParse({ model, ...options });
  if (!parsed.success) throw inputError('PATH_LOSS_OPTIONS', `the options of the path loss model "${model}" are wrong: ${z.prettifyError(parsed.error)}`);
  const pathLoss = entry.create(parsed.data, geometry);
  return distancesM.map((distanceM) => {
    checkDistance(model, pathLoss, distanceM);
    return { distanceM, pathLossDb: pathLoss.lossDb(distanceM, lineOfSight) };
  });
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
