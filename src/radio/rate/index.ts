import { z } from 'zod';
import type { RateModel } from './contract.js';
import { finiteBlocklengthRate, finiteBlocklengthSchema } from './finite-blocklength.js';
import { nrRate, nrSchema } from './nr.js';
import { shannonRate, shannonSchema } from './shannon.js';

export type { RateModel } from './contract.js';

export const rateSchema = z
  .discriminatedUnion('kind', [shannonSchema, finiteBlocklengthSchema, nrSchema])
  .prefault({ kind: 'shannon' })
  .refine((rate) => rate.kind === 'nr' || rate.minEfficiency < rate.maxEfficiency, { message: 'minEfficiency must be below maxEfficiency', path: ['minEfficiency'] })
  .meta({ description: 'How the rate of a packet follows from its signal-to-noise ratio' });

export type RateOptions = z.output<typeof rateSchema>;

/** @param fullPacketBits size of a packet with a whole payload */
export function createRateModel(options: RateOptions, fullPacketBits: number): RateModel {
  if (options.kind === 'shannon') return shannonRate(options);
  return options.kind === 'finite-blocklength' ? finiteBlocklengthRate(options) : nrRate(options, fullPacketBits);
}
