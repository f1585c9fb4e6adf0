import type { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import type { Place, WflError } from '../errors.js';
import { definitionOf, unwrap } from './shape.js';
import type { ListNode, SourceNode } from './source.js';

/** In the place of a label: every item that knows what is changed. */
export const EVERY_ITEM = '*';

/** Whether the items of a list have labels or names, by which a mapping can change them. */
export const isLabelled = (schema: z.core.$ZodType, list: ListNode): boolean =>
  definitionOf(unwrap(schema)).type === 'array' && list.items.some((item) => labelOf(item) !== undefined);

/** The item of a label (else of a name; either may have dots), or at an index within the list or one past its end. */
export function itemIn(list: ListNode, keys: readonly string[], place: Place): { readonly index: number; readonly rest: readonly string[] } {
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
  throw noSuchItem(key, named, expected.filter((part) => part !== '').join(', or '), place);
}

function noSuchItem(key: string, labels: readonly string[], expected: string, place: Place): WflError {
  return inputError('SET_PATH', `there is no "${key}" in this list${didYouMean(key, labels)}`, { place, expected });
}

function labelOf(item: SourceNode): string | undefined {
  if (item.kind !== 'map') return undefined;
  const label = item.entries.get('label') ?? item.entries.get('name');
  return label?.node.kind === 'scalar' && label.node.value !== null ? String(label.node.value) : undefined;
}
