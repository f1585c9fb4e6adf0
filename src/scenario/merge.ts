import type { z } from 'zod';
import { childOf, discriminatorOf } from './shape.js';
import { plainOf } from './source.js';
import type { MapNode, SourceEntry, SourceNode } from './source.js';

/**
 * The scenario that says `extends`, laid over the one it extends: mappings are merged key by key,
 * lists and values are replaced. Where it names another variant (`model: rician` over
 * `model: none`), the options of the old variant go, except those given by `--set`.
 */
export function mergeSource(schema: z.core.$ZodType | undefined, base: SourceNode, over: SourceNode): SourceNode {
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(keptEntries(schema, base, over));
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    const child = schema === undefined ? undefined : childOf(schema, key, plainOf(over));
    entries.set(key, below === undefined ? entry : { keyOrigin: entry.keyOrigin, node: mergeSource(child, below.node, entry.node) });
  }
  return { kind: 'map', entries, origin: over.origin };
}

function keptEntries(schema: z.core.$ZodType | undefined, base: MapNode, over: MapNode): Iterable<readonly [string, SourceEntry]> {
  const discriminator = schema === undefined ? undefined : discriminatorOf(schema);
  const named = discriminator === undefined ? undefined : over.entries.get(discriminator);
  if (named === undefined) return base.entries;
  const before = base.entries.get(discriminator!);
  if (before === undefined || plainOf(before.node) === plainOf(named.node)) return base.entries;
  return [...base.entries].filter(([, entry]) => entry.keyOrigin.kind === 'set');
}
