import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { runError } from '../errors.js';
import { decibels, hertz, metres } from '../scenario/quantity.js';

/**
 * Constants of the propagation models, as data with their source clause in `channel-models/*.yaml`
 * beside the package (the same relative place from `src` and from `dist`).
 */

const range = (quantity: z.ZodType<number>): z.ZodType<[number, number]> => z.tuple([quantity, quantity]);

const shadowingState = z.strictObject({ sigma: decibels({ min: 0 }), correlationDistance: metres({ min: 0.1 }) });

const delaySpreadState = z.strictObject({ constant: z.number(), slope: z.number(), offset: z.number(), spread: z.number().min(0), spreadSlope: z.number().default(0) });

/** What every propagation model states, whatever its formula. */
const propagationBase = {
  name: z.string(),
  describe: z.string(),
  source: z.string(),
  validity: z.strictObject({
    distance: range(metres()),
    frequency: range(hertz()),
    baseHeight: range(metres()),
    clientHeight: range(metres()),
  }),
  shadowing: z.strictObject({
    lineOfSight: shadowingState.extend({ sigmaBeyondBreakpoint: decibels({ min: 0 }).optional() }),
    blocked: shadowingState,
  }),
  /** Rician factor in line of sight, normal in dB over links; absent where the model states none. */
  kFactor: z.strictObject({ mean: decibels(), sigma: decibels({ min: 0 }) }).optional(),
  /** Logarithm of the delay spread over the carrier, mean and standard deviation over links; absent where the model states none. */
  delaySpread: z
    .strictObject({ lowestCarrier: hertz(), lineOfSight: delaySpreadState, blocked: delaySpreadState, indoor: delaySpreadState.optional() })
    .optional(),
};

const exponentialLineOfSight = z.strictObject({
  kind: z.literal('exponential'),
  certainWithin: metres(),
  decay: metres(),
  /** Clients above 13 m see more (the C' term of the urban macro formula). */
  highClients: z.boolean().default(false),
  correlationDistance: metres(),
});
const ruralLineOfSight = z.strictObject({
  kind: z.literal('rural'),
  certainWithin: metres(),
  decay: metres(),
  correlationDistance: metres(),
});
const officeLineOfSight = z.strictObject({ kind: z.literal('office'), correlationDistance: metres() });

export const propagationDataSchema = z.strictObject(propagationBase);
export const ruralDataSchema = z.strictObject({ ...propagationBase, lineOfSight: ruralLineOfSight });
export const tr38901DataSchema = z.strictObject({
  ...propagationBase,
  lineOfSightLoss: z.strictObject({
    constant: z.number(),
    distanceSlope: z.number(),
    frequencySlope: z.number(),
    breakpointSlope: z.number().optional(),
    breakpointTerm: z.number().optional(),
  }),
  blockedLoss: z.strictObject({
    constant: z.number(),
    distanceSlope: z.number(),
    frequencySlope: z.number(),
    clientHeightSlope: z.number(),
  }),
  /** Simpler loss of blocked links, and its spread, that the standard leaves open to take instead. */
  simpleBlockedLoss: z.strictObject({ constant: z.number(), distanceSlope: z.number(), frequencySlope: z.number(), sigma: decibels({ min: 0 }) }),
  /** Effective environment height of the breakpoint: 1 m, drawn per link, or no breakpoint at all. */
  effectiveHeight: z.enum(['fixed', 'drawn', 'none']),
  lineOfSight: z.discriminatedUnion('kind', [exponentialLineOfSight, officeLineOfSight]),
});

export type PropagationData = z.output<typeof propagationDataSchema>;
export type RuralData = z.output<typeof ruralDataSchema>;
export type Tr38901Data = z.output<typeof tr38901DataSchema>;
export type LineOfSightData = Tr38901Data['lineOfSight'] | RuralData['lineOfSight'];

const contents = new Map<string, unknown>();

function readModelFile(name: string, file: string): unknown {
  const known = contents.get(name);
  if (known !== undefined) return known;
  try {
    const content: unknown = parse(readFileSync(file, 'utf8'));
    contents.set(name, content);
    return content;
  } catch (cause) {
    throw runError('CHANNEL_DATA_UNREADABLE', `the channel data "${name}" cannot be read`, { place: { file }, cause, hint: 'Reinstall wfl-sim, or restore the file' });
  }
}

/** The data file of that name, read when it is first needed and checked against its schema. */
export function loadModelData<T>(name: string, schema: z.ZodType<T>): T {
  const file = fileURLToPath(new URL(`../../channel-models/${name}.yaml`, import.meta.url));
  const result = schema.safeParse(readModelFile(name, file));
  if (result.success) return result.data;
  throw runError('CHANNEL_DATA_INVALID', `the channel data "${name}" is wrong: ${z.prettifyError(result.error)}`, { place: { file } });
}
