import { z } from 'zod';
import type { LoadedScenario } from '../scenario/load.js';
import { statedOf } from '../scenario/write.js';
import { learningRateSchema, optionsSchema, type LearningRate, type StatedOptions, type TuningRecord, type TuningRule } from '../results/tuning-record.js';
import type { Scenario } from './scenario-schema.js';

const statedSchema = z.looseObject({
  training: z.looseObject({ learningRate: learningRateSchema.optional() }).optional(),
  schemes: z.array(z.looseObject({
    name: z.string(),
    learningRate: learningRateSchema.nullish(),
    options: optionsSchema.optional(),
    tuning: z.looseObject({ learningRate: z.array(learningRateSchema).optional(), options: z.array(optionsSchema).optional() }).nullish(),
  })),
});

/** A scheme of a scenario as somebody has written it, with the grid that is tried for it. */
export interface StatedScheme {
  readonly label: string;
  /** The entry of `schemes` without its grid. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly learningRate: LearningRate;
  readonly options: StatedOptions;
  /** Null where nothing is tuned. */
  readonly grid: { readonly learningRates: readonly LearningRate[]; readonly options: readonly StatedOptions[] } | null;
}

/** The schemes of a scenario with their grids, whose options lie over the scheme's own; an empty list of a grid stands for the scheme's own value. */
export function statedSchemes({ resolved, written }: LoadedScenario<Scenario>): readonly StatedScheme[] {
  const stated = statedSchema.parse(statedOf(written));
  const common = stated.training?.learningRate ?? learningRateOf(resolved.training.learningRate);
  return stated.schemes.map(({ tuning, ...entry }, index) => {
    const learningRate = entry.learningRate ?? common;
    const { options = {} } = entry;
    const orOwn = <Value>(values: readonly Value[] | undefined, own: Value): readonly Value[] => (values === undefined || values.length === 0 ? [own] : values);
    return {
      label: resolved.schemes[index].label, entry, learningRate, options,
      grid: tuning === undefined || tuning === null ? null : {
        learningRates: orOwn(tuning.learningRate, learningRate), options: orOwn(tuning.options?.map((tried) => ({ ...options, ...tried })), options),
      },
    };
  });
}

const learningRateOf = (schedule: Scenario['training']['learningRate']): LearningRate => (typeof schedule === 'number' ? schedule : schedule.expression);

/** The rule of a scenario; null where it tunes nothing. */
export function ruleOf({ tuning, task }: Scenario): TuningRule | null {
  if (tuning === null) return null;
  const { seeds, rounds, validationSamples, lastRounds, energy, tolerance } = tuning;
  return { seeds, rounds: rounds ?? task.rounds, validationSamples, lastRounds, energyJ: energy, tolerance };
}

/** What the results of a study tell of how its options were chosen; null where no scheme has a grid. */
export function tuningRecordOf(loaded: LoadedScenario<Scenario>): TuningRecord | null {
  const rule = ruleOf(loaded.resolved);
  if (rule === null) return null;
  const schemes = statedSchemes(loaded).flatMap(({ label, grid, learningRate, options }) =>
    grid === null ? [] : [{ scheme: label, learningRates: [...grid.learningRates], options: [...grid.options], taken: { learningRate, options } }]);
  return schemes.length === 0 ? null : { ...rule, schemes };
}
