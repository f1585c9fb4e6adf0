import { z } from 'zod';
import type { BitPlanProblem } from '../planner/contract.js';
import type { JointProblem } from '../planner/joint.js';

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

const linkSchema = z.strictObject({
  gain: z.number().meta({ description: 'path gain, linear' }),
  noiseWPerHz: z.number().meta({ description: 'noise density at the receiver' }),
  maxPowerW: z.number().meta({ description: 'largest radiated power' }),
  amplifierEfficiency: z.number().meta({ description: 'radiated over consumed power of the amplifier' }),
  circuitPowerW: z.number().meta({ description: 'drawn while sending, whatever the power' }),
  range: termSchema.shape.range,
  weight: termSchema.shape.weight,
  parameters: z.number().meta({ description: 'values in the message' }),
  headerBits: z.number().default(0).meta({ description: 'bits of the message whatever its length' }),
});

/** The same with powers and bandwidth shares left open: known by its `bandwidthHz`. */
export const jointProblemSchema: z.ZodType<JointProblem> = z.strictObject({
  uplink: z.array(linkSchema),
  downlink: termSchema,
  budgetJ: z.number().meta({ description: 'joules for uploads and downlink' }),
  bandwidthHz: z.number().meta({ description: 'shared by all uplinks' }),
  deadlineS: z.number().meta({ description: 'time for the uploads, which go out together' }),
  bMin: z.int().default(1),
  bMax: z.int().default(16),
});
