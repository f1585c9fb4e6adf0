import type { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import type { WflError } from '../errors.js';
import { mergeSource } from './merge.js';
import { childOf, keysOf } from './shape.js';
import { parseSource, plainOf, sourceOf } from './source.js';
import type { ListNode, MapNode, Origin, SourceNode } from './source.js';

/** One `--set path=value`, parsed. */
interface Override {
  readonly keys: readonly string[];
  readonly value: SourceNode;
  readonly origin: Origin;
}

const KEY = /\.?(?:([^.[\]"=\s][^.[\]"=]*)|\["([^"]*)"\]|\[([^\]"]*)\])/y;

/**
 * Applies `a.b=c`, `schemes[0].options.bits=4` or, by label or name, `schemes.fixed-8.options.bits=4`
 * to a scenario. The value is YAML, so `[1, 2]` and `{a: 1}` work too.
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
    const { index, rest } = itemIn(node, keys, text);
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

/** Without this, a misspelt mapping would be reported by what the schema thinks of its content. */
function refuseUnknown(schema: z.core.$ZodType, base: MapNode, key: string, text: string): void {
  const known = keysOf(schema, plainOf(base));
  if (known.length === 0) return;
  throw inputError('UNKNOWN_KEY', `unknown key "${key}"${didYouMean(key, known)}`, {
    place: { file: `--set ${text}` },
    expected: `one of ${known.join(', ')}`,
  });
}

/** The item of a label (else of a name; either may have dots), or at an index within the list or one past its end. */
function itemIn(list: ListNode, keys: readonly string[], text: string): { index: number; rest: readonly string[] } {
  const labels = list.items.map(labelOf);
  for (let length = keys.length; length > 0; length--) {
    const labelled = labels.indexOf(keys.slice(0, length).join('.'));
    if (labelled >= 0) return { index: labelled, rest: keys.slice(length) };
  }
  const key = keys[0];
  const index = /^\d+$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index <= list.items.length) return { index, rest: keys.slice(1) };
  const named = labels.filter((label) => label !== undefined);
  const expected = [named.length > 0 ? `one of ${named.join(', ')}` : '', `an index from 0 to ${list.items.length - 1}`];
  throw noSuchItem(key, named, expected.filter((part) => part !== '').join(', or '), text);
}

function noSuchItem(key: string, labels: readonly string[], expected: string, text: string): WflError {
  return inputError('SET_PATH', `there is no "${key}" in this list${didYouMean(key, labels)}`, { place: { file: `--set ${text}` }, expected });
}

function labelOf(item: SourceNode): string | undefined {
  if (item.kind !== 'map') return undefined;
  const label = item.entries.get('label') ?? item.entries.get('name');
  return label?.node.kind === 'scalar' && label.node.value !== null ? String(label.node.value) : undefined;
}
