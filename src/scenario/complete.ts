import { z } from 'zod';
import { leafFacts } from './quantity.js';
import { definitionOf, isPreprocess, mayBeMissing, variantOf } from './shape.js';
import { DEFAULT_ORIGIN, plainOf, sourceOf } from './source.js';
import type { SourceEntry, SourceNode } from './source.js';

/** A schedule met on the way, with its path. */
export interface FoundSchedule {
  readonly path: readonly PropertyKey[];
  readonly node: SourceNode;
  readonly schema: z.core.$ZodType;
}

/**
 * A valid scenario with every default of its schema spelled out, as it would have been written; the
 * keys in the order of the schema. Schedules met on the way are handed to `onSchedule`.
 */
export function complete(schema: z.core.$ZodType, root: SourceNode, onSchedule: (found: FoundSchedule) => void = () => {}): SourceNode {
  return visit(schema, root, [], onSchedule) ?? root;
}

type Visit = (schema: z.core.$ZodType, node: SourceNode | undefined, path: readonly PropertyKey[], onSchedule: (found: FoundSchedule) => void) => SourceNode | undefined;

const visit: Visit = (schema, node, path, onSchedule) => {
  const def = definitionOf(schema);
  const facts = leafFacts.get(schema);
  if (facts !== undefined) {
    if (facts.schedule === true && node !== undefined) onSchedule({ path, node, schema });
    if (node !== undefined) return node;
  }
  switch (def.type) {
    case 'default':
      return visit(def.innerType, node ?? writtenDefault(def), path, onSchedule);
    case 'prefault':
      return visit(def.innerType, node ?? sourceOf(def.defaultValue, DEFAULT_ORIGIN), path, onSchedule);
    case 'optional':
      return node === undefined && !mayBeMissing(def.innerType) ? undefined : visit(def.innerType, node, path, onSchedule);
    case 'nullable':
      return node?.kind === 'scalar' && node.value === null ? node : visit(def.innerType, node, path, onSchedule);
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return visit(def.innerType, node, path, onSchedule);
    case 'lazy':
      return visit(def.getter(), node, path, onSchedule);
    case 'pipe':
      return isPreprocess(def) ? visit(def.out, preprocessed(def.in, node), path, onSchedule) : visit(def.in, node, path, onSchedule);
    case 'union': {
      const variant = variantOf(def, node === undefined ? undefined : plainOf(node));
      return variant === undefined ? node : visit(variant, node, path, onSchedule);
    }
    case 'intersection':
      return visit(def.right, visit(def.left, node, path, onSchedule), path, onSchedule);
    case 'object':
      return completeObject(def, node, path, onSchedule);
    case 'record':
      return completeEntries(() => def.valueType, node, path, onSchedule);
    case 'array':
      return completeItems(() => def.element, node, path, onSchedule);
    case 'tuple':
      return completeItems((index) => def.items[index] ?? def.rest ?? undefined, node, path, onSchedule);
    default:
      return node;
  }
};

/** A default that was given as parsed (`.default(0.2)` of a power), as it would be written (`0.2 W`). */
function writtenDefault(def: z.core.$ZodDefaultDef): SourceNode | undefined {
  if (def.defaultValue === undefined) return undefined;
  return sourceOf(z.encode(def.innerType, def.defaultValue), DEFAULT_ORIGIN);
}

/** What a `z.preprocess` makes of the written value; what it leaves in place keeps its origin. */
function preprocessed(transform: z.core.$ZodType, node: SourceNode | undefined): SourceNode | undefined {
  const result = z.safeParse(transform, node === undefined ? undefined : plainOf(node));
  if (!result.success || result.data === undefined) return node;
  return node === undefined ? sourceOf(result.data, DEFAULT_ORIGIN) : graft(sourceOf(result.data, node.origin), node);
}

function graft(made: SourceNode, written: SourceNode): SourceNode {
  if (made.kind === 'map' && written.kind === 'map') {
    const entries = new Map<string, SourceEntry>();
    for (const [key, entry] of made.entries) {
      const before = written.entries.get(key);
      entries.set(key, before === undefined ? entry : { keyOrigin: before.keyOrigin, node: graft(entry.node, before.node) });
    }
    return { ...made, entries };
  }
  if (made.kind === 'list' && written.kind === 'list') {
    return { ...made, items: made.items.map((item, index) => (written.items[index] === undefined ? item : graft(item, written.items[index]))) };
  }
  return made.kind === 'scalar' && written.kind === 'scalar' && made.value === written.value ? written : made;
}

function completeObject(def: z.core.$ZodObjectDef, node: SourceNode | undefined, path: readonly PropertyKey[], onSchedule: (found: FoundSchedule) => void): SourceNode | undefined {
  if (node !== undefined && node.kind !== 'map') return node;
  const entries = new Map<string, SourceEntry>();
  for (const [key, child] of Object.entries(def.shape)) {
    const before = node?.entries.get(key);
    const completed = visit(child, before?.node, [...path, key], onSchedule);
    if (completed !== undefined) entries.set(key, { keyOrigin: before?.keyOrigin ?? DEFAULT_ORIGIN, node: completed });
  }
  for (const [key, entry] of node?.entries ?? []) {
    if (!entries.has(key)) entries.set(key, entry);
  }
  return { kind: 'map', entries, origin: node?.origin ?? DEFAULT_ORIGIN };
}

function completeEntries(schemaOf: (key: string) => z.core.$ZodType, node: SourceNode | undefined, path: readonly PropertyKey[], onSchedule: (found: FoundSchedule) => void): SourceNode | undefined {
  if (node?.kind !== 'map') return node;
  const entries = new Map<string, SourceEntry>();
  for (const [key, { keyOrigin, node: below }] of node.entries) {
    entries.set(key, { keyOrigin, node: visit(schemaOf(key), below, [...path, key], onSchedule) ?? below });
  }
  return { ...node, entries };
}

function completeItems(schemaOf: (index: number) => z.core.$ZodType | undefined, node: SourceNode | undefined, path: readonly PropertyKey[], onSchedule: (found: FoundSchedule) => void): SourceNode | undefined {
  if (node?.kind !== 'list') return node;
  const items = node.items.map((item, index) => {
    const schema = schemaOf(index);
    return schema === undefined ? item : (visit(schema, item, [...path, index], onSchedule) ?? item);
  });
  return { ...node, items };
}
