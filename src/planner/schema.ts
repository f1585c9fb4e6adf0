import { z } from 'zod';
import { POSITIVE } from '../scenario/quantity.js';
import { schedule } from '../scenario/schedule.js';
import { BUDGET_POLICIES } from './budget-policy.js';
import { planners } from './table.js';

const [first, ...others] = planners.entries.map((planner) =>
  z.strictObject({
    name: z.literal(planner.name).meta({ description: planner.describe }),
    options: planner.schema.prefault({}),
  }),
);
if (first === undefined) throw new Error('the planner table is empty');

/** A rule with its options, `{ name, options }`. */
export const plannerSchema = z.discriminatedUnion('name', [first, ...others]).meta({ id: 'Planner' });

/** `budget:` of a scenario. */
export const budgetSchema = z
  .strictObject({
    energyPerRound: schedule({ dimension: 'energy', ...POSITIVE }).describe('communication energy that the plan of a round may use'),
    covers: z.enum(['network', 'clients']).default('network')
      .describe('network: all communication energy at both ends; clients: the clients\' share of it. Neither holds compute nor idle'),
    policy: z.enum(BUDGET_POLICIES).default('per-round')
      .describe('per-round: every round has its own; carry-over: what rounds really left is added to the next, and what they overspent is taken off; hard-stop: nothing is sent once the run has spent the sum of all rounds\' budgets'),
    bMin: z.int().min(1).max(32).default(1).describe('smallest bit length a plan may choose'),
    bMax: z.int().min(1).max(32).default(16).describe('largest bit length a plan may choose'),
    planner: plannerSchema.prefault({ name: 'fedaq' }).describe('rule that chooses the bit lengths, for schemes that name none of their own'),
  })
  .refine(({ bMin, bMax }) => bMin <= bMax, { path: ['bMin'], error: 'bMin is larger than bMax; expected at most bMax' });

export type Budget = z.output<typeof budgetSchema>;
