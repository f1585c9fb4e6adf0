import { z } from 'zod';
import { cos, log, sinCos } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';
import { decibels, ratioOfDecibels } from '../scenario/quantity.js';
import { defineTable } from '../table.js';
import type { DelayProfile } from './delay-profile.js';
import { coherenceTimeOf, variation } from './fading-variation.js';
import type { Variation } from './fading-variation.js';
import { gammaOfExponential } from './nakagami.js';
import type { DelaySpreads } from './path-loss/contract.js';
import { scatteredField } from './scattering.js';
import { selective } from './selective-fading.js';

/**
 * Small-scale fading of one antenna at each end: none, Rayleigh, Rician and Nakagami over a band that is
 * narrow beside the coherence bandwidth (a wider one is flat all the same here; `tdl` resolves it), in
 * blocks or continuous with the classical spectrum of waves from all around in the plane (Clarke 1968,
 * Jakes 1974; `scattering.ts`). K of the Rician model holds for the life of a link, drawn once or given;
 * shapes of Nakagami fading go from 0.5 to 20, others are input errors. A link that nothing moves around
 * keeps one draw. Validated by Kolmogorov-Smirnov tests over independent links at several times, against
 * J0 over time, and against the closed form of level crossings.
 */

/** Uplink and downlink have their own small-scale fading (they are apart in frequency); all else is reciprocal. */
export type LinkDirection = 'uplink' | 'downlink';

/** What fading may depend on beside the link itself. */
export interface FadingWorld {
  readonly seed: number;
  readonly wavelengthM: number;
  /** Mean speed of clients. */
  readonly meanSpeed: number;
  /** Rician factor of the propagation model in line of sight, in dB over links; null where it states none. */
  readonly kFactorDb: { readonly mean: number; readonly sigma: number } | null;
  /** Whether the propagation model tells line of sight from blocked. */
  readonly hasStates: boolean;
  /** Of the propagation model; null where it states none. */
  readonly delaySpread: DelaySpreads | null;
  isIndoor(client: number): boolean;
}

/** What averages over small-scale fading need to know of a link. */
export interface FadingStatistics {
  /** Linear Rician factor: 0 for Rayleigh, Infinity where there is no fading. */
  readonly kFactor: number;
  /** Shape of Nakagami fading, which takes Rayleigh fading through `gammaOfExponential`; 1 where it is not Nakagami. */
  readonly nakagamiShape: number;
  /** Whether it changes in blocks or continuously. */
  readonly mode: 'block' | 'continuous';
  /** Length of a block; Infinity on a static link. Only for blocks. */
  readonly coherenceTimeS: number;
  /** Largest Doppler shift; 0 on a static link. Only for continuous fading. */
  readonly dopplerHz: number;
  /** How the power is spread over delays; null where fading is flat over the band. */
  readonly delayProfile: DelayProfile | null;
}

/**
 * Power gains, of unit mean, of the resource blocks `first` to `first + count - 1` of a band around the
 * carrier, at the start of `out`; `pathM` is the length walked.
 */
export type BlockFading = (client: number, timeS: number, pathM: number, lineOfSight: boolean, out: Float64Array, first: number, count: number) => void;

export interface Fading {
  /**
   * Power gain of unit mean of a link at a moment, at the carrier where it differs over the band;
   * `pathM` is the length walked, `distanceM` the 3D distance.
   */
  powerGain(client: number, direction: LinkDirection, timeS: number, pathM: number, distanceM: number, lineOfSight: boolean): number;
  statistics(client: number, speed: number, lineOfSight: boolean): FadingStatistics;
  /** Fading of that many resource blocks of that width; null where it is flat over the band. */
  readonly grid: ((direction: LinkDirection, blockHz: number, blocks: number) => BlockFading) | null;
}

/** Options of a model as a scenario gives them, told apart by `kind`. */
export interface FadingOptions {
  readonly kind: string;
}

/** An entry of the table; `create` takes the options in the type of the entry's own schema. */
export interface FadingModel {
  readonly name: string;
  readonly describe: string;
  readonly schema: z.ZodType<FadingOptions>;
  create(options: FadingOptions, world: FadingWorld): Fading;
}

const STILL: FadingStatistics = { kFactor: Infinity, nakagamiShape: 1, mode: 'block', coherenceTimeS: Infinity, dopplerHz: 0, delayProfile: null };

const noFading = {
  name: 'none',
  describe: 'No small-scale fading: path loss and shadowing alone',
  schema: z.strictObject({ kind: z.literal('none') }),
  create: (): Fading => ({ powerGain: () => 1, statistics: () => STILL, grid: null }),
} satisfies FadingModel;

const rayleigh = {
  name: 'rayleigh',
  describe: 'Rayleigh fading in every link',
  schema: z.strictObject({ kind: z.literal('rayleigh'), ...variation }),
  create: (options: Variation & FadingOptions, world: FadingWorld): Fading => ricianFading(options, world, () => 0),
} satisfies FadingModel;

const ricianSchema = z.strictObject({
  kind: z.literal('rician'),
  kFactor: decibels().optional().meta({
    description: 'K for every link in line of sight (in models without that state: every link); drawn per link from the model unless given',
  }),
  ...variation,
});

const rician = {
  name: 'rician',
  describe: 'Rician fading in line of sight with the K factor of the propagation model, Rayleigh fading where blocked',
  schema: ricianSchema,
  create(options: z.output<typeof ricianSchema>, world: FadingWorld): Fading {
    const given = options.kFactor === undefined ? undefined : ratioOfDecibels(options.kFactor);
    if (given !== undefined) return ricianFading(options, world, (_client, lineOfSight) => (lineOfSight || !world.hasStates ? given : 0));
    const { kFactorDb } = world;
    if (kFactorDb === null) return ricianFading(options, world, () => 0);
    const drawn: number[] = [];
    return ricianFading(options, world, (client, lineOfSight) =>
      lineOfSight ? (drawn[client] ??= ratioOfDecibels(kFactorDb.mean + kFactorDb.sigma * normal(stream(world.seed, 'k-factor', client)))) : 0,
    );
  },
} satisfies FadingModel;

const nakagamiSchema = z.strictObject({
  kind: z.literal('nakagami'),
  shape: z.number().min(0.5).max(20).default(1.5).meta({ description: 'Shape m: 1 is Rayleigh, below 1 is deeper, above 1 shallower (1.5: ns-3 up to 80 m)' }),
  ...variation,
});

/**
 * Power with a gamma distribution of shape m. Continuous fading takes the Rayleigh process of the
 * scattered waves through the two distribution functions, which keeps its correlation in rank.
 */
const nakagami = {
  name: 'nakagami',
  describe: 'Nakagami fading of a given shape in every link',
  schema: nakagamiSchema,
  create(options: z.output<typeof nakagamiSchema>, world: FadingWorld): Fading {
    const shaped = gammaOfExponential(options.shape);
    const base = ricianFading(options, world, () => 0);
    return {
      powerGain: (...link) => shaped(base.powerGain(...link)),
      statistics: (...link) => ({ ...base.statistics(...link), nakagamiShape: options.shape }),
      grid: null,
    };
  },
} satisfies FadingModel;

/** Linear K of a link at a moment. */
type KFactor = (client: number, lineOfSight: boolean) => number;

function ricianFading(options: Variation, world: FadingWorld, kFactor: KFactor): Fading {
  const { surroundingsSpeed, mode } = options;
  const dopplerPerSpeed = 1 / world.wavelengthM;
  const coherenceTimeS = coherenceTimeOf(options, world);
  const statistics = (client: number, speed: number, lineOfSight: boolean): FadingStatistics => ({
    kFactor: kFactor(client, lineOfSight),
    nakagamiShape: 1,
    mode,
    coherenceTimeS,
    dopplerHz: (speed + surroundingsSpeed) * dopplerPerSpeed,
    delayProfile: null,
  });
  if (mode === 'block') {
    const draw = blockDraws(world.seed);
    return {
      grid: null,
      statistics,
      powerGain: (client, direction, timeS, _pathM, _distanceM, lineOfSight) =>
        draw(client, direction, Math.floor(timeS / coherenceTimeS), kFactor(client, lineOfSight)),
    };
  }
  const scattered = scatteredField(world.seed, world.wavelengthM);
  const specularPhase: number[] = [];
  const sineAndCosine = new Float64Array(2);
  return {
    grid: null,
    statistics,
    powerGain(client, direction, timeS, pathM, distanceM, lineOfSight) {
      const k = kFactor(client, lineOfSight);
      scattered.evaluate(client, direction, pathM + surroundingsSpeed * timeS);
      if (k === 0) return scattered.real * scattered.real + scattered.imaginary * scattered.imaginary;
      // The direct wave turns with the distance to the base station.
      const turns = distanceM * dopplerPerSpeed + (specularPhase[client] ??= stream(world.seed, 'specular-phase', client).uniform());
      const phase = 2 * Math.PI * (turns - Math.floor(turns));
      const direct = Math.sqrt(k / (k + 1));
      const diffuse = Math.sqrt(1 / (k + 1));
      sinCos(phase, sineAndCosine);
      const real = direct * sineAndCosine[1] + diffuse * scattered.real;
      const imaginary = direct * sineAndCosine[0] + diffuse * scattered.imaginary;
      return real * real + imaginary * imaginary;
    },
  };
}

/** One draw per link, direction and block; the last two blocks of each are kept. */
function blockDraws(seed: number): (client: number, direction: LinkDirection, block: number, kFactor: number) => number {
  interface Draw { block: number; scatteredPower: number; cosine: number }
  const kept: { last: Draw | undefined; before: Draw | undefined }[] = [];
  return (client, direction, block, kFactor) => {
    const isUplink = direction === 'uplink' ? 1 : 0;
    const entry = (kept[2 * client + isUplink] ??= { last: undefined, before: undefined });
    if (entry.last?.block !== block) {
      const { last, before } = entry;
      entry.before = last;
      if (before?.block === block) {
        entry.last = before;
      } else {
        const draws = stream(seed, 'block-fading', client, isUplink, block);
        entry.last = { block, scatteredPower: -log(1 - draws.uniform()), cosine: cos(2 * Math.PI * draws.uniform()) };
      }
    }
    const { scatteredPower, cosine } = entry.last;
    if (kFactor === 0) return scatteredPower;
    // |sqrt(K) + w|^2 / (K + 1) for scattered w of unit mean power at a uniform angle to the direct wave.
    return (kFactor + 2 * Math.sqrt(kFactor * scatteredPower) * cosine + scatteredPower) / (kFactor + 1);
  };
}

const MODELS = [rician, rayleigh, nakagami, selective, noFading] as const;
const [first, ...others] = MODELS;

/** All small-scale fading models. */
export const fadingModels = defineTable<FadingModel>('fading model', MODELS);

export const fadingSchema = z
  .discriminatedUnion('kind', [first.schema, ...others.map((entry) => entry.schema)])
  .prefault({ kind: 'rician' })
  .meta({ description: 'Small-scale fading' });
