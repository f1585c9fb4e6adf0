import { z } from 'zod';
import type { BitPlanProblem } from '../planner/contract.js';

// What the numbers may be is for the solver to say; here is only which there must be.
const termSchema = z.strictObject({
  energyPerBitJ: z.number().meta({ description: 'joules per unit of bit length, all parameters together' }),
  range: z.number().meta({ description: 'value range (max - min)' }),
  weight: z.number().meta({ description: 'p_i of an uplink, A_d of the downlink' }),
});

/** What `wfl-sim plan` reads. */
export const bitPlanProblemSchema: z.ZodType<BitPlanProblem> = z.strictObject({
  uplink: z.array(termSchema),
  downlink: termSchema,
  budgetJ: z.number().meta({ description: 'joules left for the bit lengths' }),
  bMin: z.int().default(1),
  bMax: z.int().default(16),
});
