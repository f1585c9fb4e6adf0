import type { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import type { Place } from '../errors.js';
import { EVERY_ITEM, isLabelled, itemIn } from './items.js';
import { childOf, definitionOf, discriminatorOf, isRecord, itemOf, keysOf, oneOf, unwrap } from './shape.js';
import { placeOf, plainOf } from './source.js';
import type { ListNode, MapNode, SourceEntry, SourceNode } from './source.js';

/**
 * The scenario that says `extends`, laid over the one it extends: mappings are merged key by key,
 * values are replaced, and lists too, but for a mapping over a list of labelled items, which changes these
 * (see `changeItems`). Where it names another variant (`model: rician` over
 * `model: none`), the options of the old variant go, except those given by `--set`.
 */
export function mergeSource(schema: z.core.$ZodType | undefined, base: SourceNode, over: SourceNode): SourceNode {
  if (base.kind === 'list' && over.kind === 'map' && schema !== undefined && isLabelled(schema, base)) return changeItems(schema, base, over);
  if (base.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(keptEntries(schema, base, over));
  const merged = { ...recordOf(base), ...recordOf(over) };
  for (const [key, entry] of over.entries) {
    const below = entries.get(key);
    const child = schema === undefined ? undefined : (childOf(schema, key, plainOf(over)) ?? childOf(schema, key, merged));
    entries.set(key, below === undefined ? entry : { keyOrigin: entry.keyOrigin, node: mergeSource(child, below.node, entry.node) });
  }
  return { kind: 'map', entries, origin: over.origin };
}

function recordOf(node: MapNode): Record<string, unknown> {
  const plain = plainOf(node);
  return isRecord(plain) ? plain : {};
}

function keptEntries(schema: z.core.$ZodType | undefined, base: MapNode, over: MapNode): Iterable<readonly [string, SourceEntry]> {
  const discriminator = schema === undefined ? undefined : discriminatorOf(schema);
  const named = discriminator === undefined ? undefined : over.entries.get(discriminator);
  if (named === undefined) return base.entries;
  const before = base.entries.get(discriminator!);
  if (before === undefined || plainOf(before.node) === plainOf(named.node)) return base.entries;
  return [...base.entries].filter(([, entry]) => entry.keyOrigin.kind === 'set');
}

/**
 * A list changed item by item, by a mapping of labels (else names, or indices) to what is laid over
 * these items, in the order written; under `*` over every item, as far as its schema knows the keys:
 *
 *   schemes:
 *     '*': { options: { downlink: [{ quantize: { bits: 8 } }] } }
 *     fedavg: { learningRate: 0.05 }
 *
 * @param place where messages say that it is written; the key of each label by default
 * Errors: SET_PATH, an item that is not there; UNKNOWN_KEY, a key under `*` that no item knows.
 */
export function changeItems(schema: z.core.$ZodType, list: ListNode, changes: MapNode, place?: Place): ListNode {
  const items = [...list.items];
  const element = (index: number): z.core.$ZodType | undefined => childOf(schema, index, undefined);
  for (const [key, { keyOrigin, node }] of changes.entries) {
    const at = place ?? placeOf(keyOrigin);
    if (key !== EVERY_ITEM) {
      const { index } = itemIn(list, [key], at);
      items[index] = items[index] === undefined ? node : mergeSource(element(index), items[index], node);
      continue;
    }
    const told: Told = { known: new Set(), whole: new Set() };
    items.forEach((item, index) => {
      const known = knownPart(element(index), plainOf(item), node, '', told);
      if (known !== null) items[index] = mergeSource(element(index), item, known);
    });
    requireTold(schema, items, node, told, place);
  }
  return { ...list, items };
}

/** Paths of a change: keys that some item knows, and what some item takes as a whole. */
interface Told {
  readonly known: Set<string>;
  readonly whole: Set<string>;
}

/** What of a change the schema of an item knows; null for nothing. */
function knownPart(schema: z.core.$ZodType | undefined, value: unknown, change: SourceNode, path: string, told: Told): SourceNode | null {
  const keys = schema === undefined ? [] : keysOf(schema, value);
  // A record and a choice not yet made take keys that the schema does not list.
  if (change.kind !== 'map' || schema === undefined || (keys.length === 0 && definitionOf(unwrap(schema)).type !== 'object')) {
    told.whole.add(path);
    return change;
  }
  const entries = new Map<string, SourceEntry>();
  for (const [key, entry] of change.entries) {
    if (!keys.includes(key)) continue;
    told.known.add(`${path}.${key}`);
    const part = knownPart(childOf(schema, key, value), itemOf(value, key), entry.node, `${path}.${key}`, told);
    if (part !== null) entries.set(key, { ...entry, node: part });
  }
  return entries.size === 0 ? null : { ...change, entries };
}

/** A key that no item knows is a mistake, as it is anywhere else. */
function requireTold(schema: z.core.$ZodType, items: readonly SourceNode[], change: SourceNode, { known, whole }: Told, place: Place | undefined): void {
  const visit = (node: SourceNode, keys: readonly string[]): void => {
    const path = ['', ...keys].join('.');
    if (node.kind !== 'map' || whole.has(path)) return;
    for (const [key, entry] of node.entries) {
      if (!known.has(`${path}.${key}`)) {
        const candidates = [...new Set(items.flatMap((item) => keysAt(childOf(schema, 0, undefined), plainOf(item), keys)))];
        throw inputError('UNKNOWN_KEY', `no item of the list knows "${[...keys, key].join('.')}"${didYouMean(key, candidates)}`, {
          place: place ?? placeOf(entry.keyOrigin),
          expected: oneOf(candidates),
        });
      }
      visit(entry.node, [...keys, key]);
    }
  };
  visit(change, []);
}

function keysAt(schema: z.core.$ZodType | undefined, value: unknown, path: readonly string[]): readonly string[] {
  const [key] = path;
  if (schema === undefined) return [];
  if (key === undefined) return keysOf(schema, value);
  return keysOf(schema, value).includes(key) ? keysAt(childOf(schema, key, value), itemOf(value, key), path.slice(1)) : [];
}
