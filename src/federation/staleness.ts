import { z } from 'zod';
import { pow } from '../numerics/index.js';
import { defineTable, type Entry } from '../table.js';

/** What is left of an update's weight when the model has moved on by `staleness` versions since the client got it. */
export type Discount = (staleness: number) => number;

interface Staleness extends Entry {
  create(options: object): Discount;
}

const constantSchema = z.strictObject({ kind: z.literal('constant') });
const constant = {
  name: 'constant',
  describe: 'every update counts in full',
  schema: constantSchema,
  create: () => () => 1,
} satisfies Staleness;

const polynomialSchema = z.strictObject({
  kind: z.literal('polynomial'),
  exponent: z.number().gt(0).default(0.5).meta({ description: 'a in (1 + staleness)^-a' }),
});
/** FedAsync, section 5.2; with a = 0.5 also the 1 / sqrt(1 + staleness) of FedBuff. */
const polynomial = {
  name: 'polynomial',
  describe: 'updates count as (1 + staleness)^-a',
  schema: polynomialSchema,
  create: ({ exponent }: z.output<typeof polynomialSchema>) => (staleness) => pow(1 + staleness, -exponent),
} satisfies Staleness;

const hingeSchema = z.strictObject({
  kind: z.literal('hinge'),
  slope: z.number().gt(0).default(10).meta({ description: 'a in 1 / (1 + a (staleness - b))' }),
  tolerance: z.number().min(0).default(4).meta({ description: 'b, the staleness up to which updates count in full' }),
});
/** FedAsync, section 5.2, with the 1 in the denominator that makes it continuous. */
const hinge = {
  name: 'hinge',
  describe: 'updates count in full up to a staleness b, and as 1 / (1 + a (staleness - b)) beyond',
  schema: hingeSchema,
  create: ({ slope, tolerance }: z.output<typeof hingeSchema>) => (staleness) => 1 / (1 + slope * Math.max(0, staleness - tolerance)),
} satisfies Staleness;

/** All discounts for staleness. */
export const stalenessDiscounts = defineTable<Staleness>('staleness discount', [polynomial, hinge, constant]);

export const stalenessSchema = z
  .discriminatedUnion('kind', [polynomial.schema, hinge.schema, constant.schema])
  .prefault({ kind: 'polynomial' })
  .meta({ description: 'How much less an update counts whose model is out of date; staleness is the number of versions since' });
