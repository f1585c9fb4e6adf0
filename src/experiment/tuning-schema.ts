import { z } from 'zod';
import { joules, ratio } from '../scenario/quantity.js';
import { schedule } from '../scenario/schedule.js';

/** How the options of schemes are chosen: `tuning` of a scenario. The grids stand with the schemes. */
export const tuningSchema = z.strictObject({
  seeds: z.array(z.int().min(0).max(4_294_967_295)).min(1).refine((seeds) => new Set(seeds).size === seeds.length, { error: 'a seed is there twice; expected each seed once' })
    .meta({ description: 'seeds that options are chosen with; none of the study. With several, what trains well with one seed alone is not chosen' }),
  rounds: z.int().min(1).max(100_000).nullable().default(null).meta({ description: 'rounds of each point of the grids; null: as many as the study has' }),
  validationSamples: z.int().min(1).max(1_000_000).default(2000)
    .meta({ description: 'training samples held out for the choice; test samples have no part in it' }),
  lastRounds: z.int().min(1).max(1000).default(3).meta({ description: 'the accuracy of a point is the mean over so many rounds, its last' }),
  energy: joules().nullable().default(null)
    .meta({ description: 'energy of all clients at which points are compared; null: at the end of their rounds' }),
  tolerance: ratio().default(0.01)
    .meta({ description: 'points whose accuracy is so close to the best of their scheme are equally good, and the one of least energy is taken, there the most accurate' }),
});
export type TuningOptions = z.output<typeof tuningSchema>;

/** The grid of one scheme: every learning rate with every set of options, which is laid over the scheme's own. An empty list stands for the scheme's own value. */
export function gridSchema<Options extends z.ZodType>(options: Options) {
  return z.strictObject({
    learningRate: z.array(schedule({ min: 0 })).default([]).meta({ description: 'learning rates to try; empty: the one of the scheme' }),
    options: z.array(options).default([]).meta({ description: 'sets of options to try, each over those of the scheme; empty: these alone' }),
  });
}
