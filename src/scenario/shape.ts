import { z } from 'zod';
import { leafFacts } from './quantity.js';

/** Any schema, as the union over which `_zod.def.type` discriminates. */
type Known = z.core.$ZodTypes;

function knownOf(schema: z.core.$ZodType): Known {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the union lists every schema that zod makes
  return schema as Known;
}

/** The definition of a schema, over whose `type` one can switch. */
export function definitionOf(schema: z.core.$ZodType): Known['_zod']['def'] {
  return internalsOf(schema).def;
}

function internalsOf(schema: z.core.$ZodType): Known['_zod'] {
  const { _zod: internals } = knownOf(schema);
  return internals;
}

/** The values a key of a variant may have, where they tell it from the other variants. */
function namesOf(schema: z.core.$ZodType, discriminator: string): ReadonlySet<unknown> {
  return internalsOf(schema).propValues?.[discriminator] ?? new Set();
}

/** Whether the value may be left out. */
export function mayBeMissing(schema: z.core.$ZodType): boolean {
  return internalsOf(schema).optin === 'optional';
}

/** What wrappers (`optional`, `default`, `pipe`, `lazy`, ...) are around: the schema of what is written. */
export function unwrap(schema: z.core.$ZodType): Known {
  const known = knownOf(schema);
  const def = definitionOf(known);
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return leafFacts.get(known) !== undefined ? known : unwrap(def.innerType);
    case 'lazy':
      return unwrap(def.getter());
    case 'pipe':
      if (leafFacts.get(known) !== undefined) return known;
      return unwrap(isPreprocess(def) ? def.out : def.in);
    default:
      return known;
  }
}

/** `z.preprocess`: what is written goes through a function before the schema sees it. */
export function isPreprocess(def: z.core.$ZodPipeDef): boolean {
  return definitionOf(def.in).type === 'transform';
}

/** The key that decides between the variants of a discriminated union; undefined for other schemas. */
export function discriminatorOf(schema: z.core.$ZodType): string | undefined {
  const def = definitionOf(unwrap(schema));
  return def.type === 'union' && 'discriminator' in def ? String(def.discriminator) : undefined;
}

/** The variant of a union that a plain value takes: by discriminator, else the first that accepts it. */
export function variantOf(def: z.core.$ZodUnionDef, value: unknown): z.core.$ZodType | undefined {
  if ('discriminator' in def) {
    const discriminator = String(def.discriminator);
    const named = isRecord(value) ? value[discriminator] : undefined;
    return def.options.find((option) => namesOf(option, discriminator).has(named));
  }
  return def.options.find((option) => z.safeParse(option, value).success);
}

/** The schema below `schema` at a key or index, for the plain value found there; undefined where nothing is allowed. */
export function childOf(schema: z.core.$ZodType, key: string | number, value: unknown): z.core.$ZodType | undefined {
  const known = unwrap(schema);
  const def = definitionOf(known);
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
    case 'array':
      return def.element;
    case 'tuple':
      return def.items[Number(key)] ?? def.rest ?? undefined;
    case 'record':
      return def.valueType;
    case 'intersection':
      return childOf(def.left, key, value) ?? childOf(def.right, key, value);
    case 'union': {
      const variant = variantOf(def, value) ?? likeliestVariant(def, key);
      return variant === undefined ? undefined : childOf(variant, key, value);
    }
    default:
      return undefined;
  }
}

/** Where no variant accepts the value (it is wrong somewhere): one that has the key at all. */
function likeliestVariant(def: z.core.$ZodUnionDef, key: string | number): z.core.$ZodType | undefined {
  if ('discriminator' in def) return undefined;
  return def.options.find((option) => childOf(option, key, undefined) !== undefined);
}

/** The schema at a path of the plain value. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[], value: unknown): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = schema;
  let below = value;
  for (const key of path) {
    if (current === undefined || typeof key === 'symbol') return undefined;
    current = childOf(current, key, below);
    below = itemOf(below, key);
  }
  return current;
}

/** The keys a mapping may have there; empty where the schema does not say. */
export function keysOf(schema: z.core.$ZodType, value: unknown): readonly string[] {
  const known = unwrap(schema);
  const def = definitionOf(known);
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type === 'intersection') return [...keysOf(def.left, value), ...keysOf(def.right, value)];
  if (def.type !== 'union') return [];
  const variant = variantOf(def, value);
  return variant === undefined ? [] : keysOf(variant, value);
}

/** What a value should have been, as a phrase after `expected`. */
export function describeExpected(schema: z.core.$ZodType): string {
  const known = unwrap(schema);
  const facts = leafFacts.get(known);
  if (facts !== undefined) return facts.expected;
  const def = definitionOf(known);
  switch (def.type) {
    case 'string':
      return 'a text';
    case 'number':
      return describeNumber(def);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'literal':
      return oneOf(def.values);
    case 'array':
      return `a list, each item ${describeExpected(def.element)}`;
    case 'tuple':
      return `a list of ${def.items.length}`;
    case 'object':
      return `a mapping with ${Object.keys(def.shape).join(', ')}`;
    case 'record':
      return 'a mapping';
    case 'union':
      if ('discriminator' in def) return `a mapping with "${String(def.discriminator)}" ${oneOf([...namesOf(known, String(def.discriminator))])}`;
      return [...new Set(def.options.map(describeExpected))].join(', or ');
    default:
      return 'another value';
  }
}

type Check = z.core.$ZodCheckDef & { readonly value?: unknown; readonly inclusive?: boolean };

function describeNumber(def: z.core.$ZodNumberDef): string {
  const checks = (def.checks ?? []).map(({ _zod: { def: check } }): Check => check);
  const limits = [limitOf(checks, 'greater_than', 'of at least', 'above'), limitOf(checks, 'less_than', 'of at most', 'below')];
  const kind = 'format' in def || checks.some(({ check }) => check === 'number_format') ? 'an integer' : 'a number';
  const written = limits.filter((limit) => limit !== '').join(' and ');
  return written === '' ? kind : `${kind} ${written}`;
}

function limitOf(checks: readonly Check[], kind: string, inclusive: string, exclusive: string): string {
  const limit = checks.find(({ check }) => check === kind);
  return limit === undefined ? '' : `${limit.inclusive === true ? inclusive : exclusive} ${String(limit.value)}`;
}

/** Choices to write; leaving a name out is none. */
export function oneOf(values: readonly unknown[]): string {
  const named: readonly unknown[] = values.filter((value) => value !== undefined);
  // A name may be given as a number too, such as 38.864: it reads the same.
  const written = [...new Set(named.map(String))];
  return written.length === 1 ? `"${written[0]}"` : `one of ${written.join(', ')}`;
}

/** What a plain mapping or list holds at a key or index. */
export function itemOf(value: unknown, key: PropertyKey): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  return isRecord(value) && typeof key !== 'symbol' && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
