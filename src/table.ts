import type { z } from 'zod';
import { didYouMean, inputError } from './errors.js';

/**
 * One entry of a registry: a scheme, a channel model, a data set. A new one is one file and one
 * line in its table; `wfl-sim list` and the JSON Schema of scenarios are generated from the tables.
 */
export interface Entry<Options = unknown> {
  readonly name: string;
  /** One sentence for `wfl-sim list`. */
  readonly describe: string;
  /** Validates and completes the options a scenario gives; every default is in here. */
  readonly schema: z.ZodType<Options>;
}

export interface Table<E extends { readonly name: string }> {
  /** What the entries are, in the singular, for messages: `scheme`, `path loss model`. */
  readonly kind: string;
  readonly entries: readonly E[];
  readonly names: readonly string[];
  /** The entry of that name; an input error with the nearest name where there is none. */
  find(name: string): E;
}

/** Builds a registry; two entries of one name are a programming error and throw at start-up. */
export function defineTable<E extends { readonly name: string }>(kind: string, entries: readonly E[]): Table<E> {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  if (byName.size !== entries.length) throw new Error(`two entries of the ${kind} table share a name`);
  const names = entries.map((entry) => entry.name);
  return {
    kind,
    entries,
    names,
    find(name) {
      const entry = byName.get(name);
      if (entry === undefined) {
        throw inputError('UNKNOWN_NAME', `there is no ${kind} named "${name}"${didYouMean(name, names)}`, {
          expected: `one of ${names.join(', ')}`,
        });
      }
      return entry;
    },
  };
}
