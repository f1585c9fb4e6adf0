import { z } from 'zod';

export const optionsSchema = z.record(z.string(), z.unknown());
/** A number, or an expression of the round. */
export const learningRateSchema = z.union([z.number(), z.string()]);

export const ruleSchema = z.strictObject({
  seeds: z.array(z.int()).min(1),
  /** Rounds of each point. */
  rounds: z.int(),
  validationSamples: z.int(),
  /** Rounds whose mean is the accuracy of a point. */
  lastRounds: z.int(),
  /** Energy of all clients at which points are compared; null at the end of their rounds. */
  energyJ: z.number().nullable(),
  tolerance: z.number(),
});
/** How points of a grid are compared. */
export type TuningRule = Readonly<z.infer<typeof ruleSchema>>;

/** What was tried before a study, and what the study took: in its manifest and its summary. */
export const tuningRecordSchema = ruleSchema.extend({
  schemes: z.array(z.strictObject({
    /** Label of the scheme. */
    scheme: z.string(),
    learningRates: z.array(learningRateSchema),
    options: z.array(optionsSchema),
    taken: z.strictObject({ learningRate: learningRateSchema, options: optionsSchema }),
  })),
});
export type TuningRecord = Readonly<z.infer<typeof tuningRecordSchema>>;
export type LearningRate = z.infer<typeof learningRateSchema>;
export type StatedOptions = Readonly<z.infer<typeof optionsSchema>>;

/** The rule as one sentence. */
export function describeRule({ seeds, rounds, validationSamples, lastRounds, energyJ, tolerance }: TuningRule): string {
  const when = energyJ === null ? `after ${rounds} rounds` : `where all clients together have spent ${energyJ} J, within ${rounds} rounds`;
  const over = lastRounds === 1 ? '' : `, mean of the last ${lastRounds} rounds`;
  const points = Number((100 * tolerance).toPrecision(6));
  const tie = tolerance === 0 ? '' : `; of what is within ${points} percentage ${points === 1 ? 'point' : 'points'} of the best, what takes least energy, and there the most accurate`;
  const chosenWith = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`;
  return `Chosen with ${chosenWith} by the accuracy on ${validationSamples} held-out training samples ${when}${over}${tie}. No test sample had a part in it.`;
}

/** A learning rate or a set of options as a cell of a table. */
export const describeOptions = (options: StatedOptions): string => {
  const entries = Object.entries(options);
  return entries.length === 0 ? 'defaults' : entries.map(([name, value]) => `${name} ${JSON.stringify(value).replaceAll('"', '')}`).join(', ');
};

/** The grids and what was taken, as titles and rows of texts. */
export function tuningCells({ schemes }: TuningRecord): { titles: readonly string[]; rows: readonly (readonly string[])[] } {
  return {
    titles: ['scheme', 'learning rates tried', 'options tried', 'learning rate', 'options'],
    rows: schemes.map(({ scheme, learningRates, options, taken }) => [
      scheme, learningRates.join(', '), options.map(describeOptions).join('; '), String(taken.learningRate), describeOptions(taken.options),
    ]),
  };
}
