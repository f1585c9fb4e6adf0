import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { decibels, hertz, ratio, watts } from '../../src/scenario/quantity.js';
import { schedule } from '../../src/scenario/schedule.js';

const scheme = <Name extends string, Options extends z.ZodType>(name: Name, options: Options) =>
  z.strictObject({ name: z.literal(name), label: z.string().default(name as string), options });

/** A small scenario with one of everything that scenarios are made of. */
export const studySchema = z.strictObject({
  title: z.string(),
  rounds: z.int().min(1).max(1000).default(10),
  radio: z.strictObject({
    power: watts(),
    bandwidth: hertz(),
    noiseFigure: decibels().default(5),
    idle: watts().default(0.02),
    lossRate: ratio().default(0.01),
  }),
  fading: z
    .discriminatedUnion('model', [
      z.strictObject({ model: z.literal('none') }),
      z.strictObject({ model: z.literal('rician'), kFactor: decibels(), taps: z.array(decibels()).default([0, -3]) }),
    ])
    .prefault({ model: 'none' }),
  schemes: z
    .array(z.discriminatedUnion('name', [scheme('fedavg', z.strictObject({}).prefault({})), scheme('fixed', z.strictObject({ bits: z.int().min(1).max(16).default(8) }).prefault({}))]))
    .min(1),
  budget: schedule({ dimension: 'energy', min: 0 }),
  learningRate: schedule({ min: 0 }).prefault('0.1 / sqrt(round)'),
  carrier: z.union([hertz(), z.literal('auto')]).default('auto'),
  rateCap: hertz().nullable().default(null),
  note: z.string().optional(),
});

/** Writes files into a fresh folder and gives their folder. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'wfl-scenario-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const BASE = `title: base
radio:
  power: 23 dBm
  bandwidth: 10 MHz
fading: { model: rician, kFactor: 7 dB }
schemes:
  - name: fixed
    label: fixed-8
    options: { bits: 8 }
  - name: fixed
    label: fixed-2.5
  - name: fedavg
budget: 12 mJ * 0.98^round
`;
