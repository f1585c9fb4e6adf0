import type { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import { EVERY_ITEM, itemIn } from './items.js';
import { changeItems, mergeSource } from './merge.js';
import { childOf, keysOf } from './shape.js';
import { parseSource, plainOf, sourceOf } from './source.js';
import type { MapNode, Origin, SourceNode } from './source.js';

/** One `--set path=value`, parsed. */
interface Override {
  readonly keys: readonly string[];
  readonly value: SourceNode;
  readonly origin: Origin;
}

const KEY = /\.?(?:([^.[\]"=\s][^.[\]"=]*)|\["([^"]*)"\]|\[([^\]"]*)\])/y;

/**
 * Applies `a.b=c`, `schemes[0].options.bits=4` or, by label or name, `schemes.fixed-8.options.bits=4`
 * to a scenario, and `schemes.*.options.downlink=[...]` to every item that knows the key. The value is
 * YAML, so `[1, 2]` and `{a: 1}` work too.
 */
export function applyOverride(schema: z.core.$ZodType, root: SourceNode, text: string): SourceNode {
  const { keys, value, origin } = parseOverride(text);
  return put(schema, root, keys, value, origin, text);
}

function parseOverride(text: string): Override {
  const origin: Origin = { kind: 'set', text };
  const place = { file: `--set ${text}` };
  const keys: string[] = [];
  let position = 0;
  while (position < text.length && text[position] !== '=') {
    KEY.lastIndex = position;
    const match = KEY.exec(text);
    if (match === null) break;
    keys.push((match[1] ?? match[2] ?? match[3]).trim());
    position = KEY.lastIndex;
  }
  if (keys.length === 0 || text[position] !== '=') {
    throw inputError('SET_SYNTAX', 'this is not a path and a value', { place, expected: '--set path=value, such as --set task.rounds=10' });
  }
  const { root, errors } = parseSource(text.slice(position + 1), place.file);
  if (errors.length > 0) {
    throw inputError('SET_SYNTAX', 'the value is not valid YAML', { place, expected: 'a value such as 10, "12 mJ" or [1, 2]' });
  }
  return { keys, value: root === null ? sourceOf(null, origin) : sourceOf(plainOf(root), origin), origin };
}

function put(schema: z.core.$ZodType | undefined, node: SourceNode | undefined, keys: readonly string[], value: SourceNode, origin: Origin, text: string): SourceNode {
  const key = keys[0];
  if (key === undefined) return node === undefined ? value : mergeSource(schema, node, value);
  if (node?.kind === 'list') {
    const place = { file: `--set ${text}` };
    if (key === EVERY_ITEM && schema !== undefined) return changeItems(schema, node, mapOf(keys, value, origin), place);
    const { index, rest } = itemIn(node, keys, place);
    const child = schema === undefined ? undefined : childOf(schema, index, plainOf(node));
    const items = [...node.items];
    items[index] = put(child, items[index], rest, value, origin, text);
    return { kind: 'list', items, origin: node.origin };
  }
  const rest = keys.slice(1);
  const base: MapNode = node?.kind === 'map' ? node : { kind: 'map', entries: new Map(), origin };
  const child = schema === undefined ? undefined : childOf(schema, key, plainOf(base));
  if (rest.length > 0 && child === undefined && schema !== undefined) refuseUnknown(schema, base, key, text);
  const below = base.entries.get(key);
  const changed = put(child, below?.node, rest, value, origin, text);
  return mergeSource(schema, base, {
    kind: 'map',
    // The path down to the value stays where it was written; only what is new is of `--set`.
    entries: new Map([[key, { keyOrigin: rest.length > 0 && below !== undefined ? below.keyOrigin : origin, node: changed }]]),
    origin: base.origin,
  });
}

/** `a.b=c` as the mapping `{a: {b: c}}`. */
function mapOf([key, ...rest]: readonly string[], value: SourceNode, origin: Origin): MapNode {
  const node = rest.length === 0 ? value : mapOf(rest, value, origin);
  return { kind: 'map', entries: new Map([[key, { keyOrigin: origin, node }]]), origin };
}

/** Without this, a misspelt mapping would be reported by what the schema thinks of its content. */
function refuseUnknown(schema: z.core.$ZodType, base: MapNode, key: string, text: string): void {
  const known = keysOf(schema, plainOf(base));
  if (known.length === 0) return;
  throw inputError('UNKNOWN_KEY', `unknown key "${key}"${didYouMean(key, known)}`, {
    place: { file: `--set ${text}` },
    expected: `one of ${known.join(', ')}`,
  });
}
