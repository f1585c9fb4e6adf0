import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document, Node } from 'yaml';
import type { Place, WflError } from '../errors.js';
import { inputError } from '../errors.js';

/** Where a value was written. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  /** `text` is the whole `path=value`. */
  | { readonly kind: 'set'; readonly text: string }
  | { readonly kind: 'default' };

export type Scalar = string | number | boolean | null;

/** A scenario as written, every value with its origin; what `extends` and `--set` work on. */
export type SourceNode = ScalarNode | ListNode | MapNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: Scalar;
  readonly origin: Origin;
}

export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
  readonly origin: Origin;
}

export interface MapNode {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, SourceEntry>;
  readonly origin: Origin;
}

export interface SourceEntry {
  readonly keyOrigin: Origin;
  readonly node: SourceNode;
}

export const DEFAULT_ORIGIN: Origin = { kind: 'default' };

/** Reads YAML text; throws nothing, and gives every syntax error and duplicate key with its place. */
export function parseSource(text: string, file: string): { readonly root: SourceNode | null; readonly errors: readonly WflError[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, strict: true });
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: 'file', file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const errors: WflError[] = [];
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const place = placeOf(originAt(pos[0]));
    if (code === 'DUPLICATE_KEY') {
      errors.push(inputError('DUPLICATE_KEY', `the key "${wordAt(text, pos[0])}" is here twice`, { place, expected: 'each key once' }));
    } else {
      errors.push(inputError('SCENARIO_SYNTAX', `this is not valid YAML: ${lowerFirst(message)}`, { place }));
      // What a parser says after the first slip is mostly about that slip.
      break;
    }
  }
  if (errors.length > 0) return { root: null, errors };
  return convert(document, originAt);
}

/** Aliases of aliases double with each step; no scenario needs as many. */
const MOST_ALIASES = 1000;

function convert(document: Document, originAt: (offset: number) => Origin): { root: SourceNode | null; errors: WflError[] } {
  const errors: WflError[] = [];
  const start = (node: Node) => originAt(node.range?.[0] ?? 0);
  const open = new Set<Node>();
  let aliases = 0;
  const aliased = (alias: Alias, origin: Origin): SourceNode => {
    const anchored = alias.resolve(document);
    aliases += 1;
    const problem =
      anchored === undefined ? `there is no anchor "&${alias.source}" above`
      : open.has(anchored) ? `the alias "*${alias.source}" stands inside what it stands for`
      : aliases > MOST_ALIASES ? `the aliases stand for too much` : null;
    if (problem === null) return nodeOf(anchored!, origin);
    if (aliases <= MOST_ALIASES + 1) errors.push(inputError('SCENARIO_SYNTAX', problem, { place: placeOf(origin), expected: 'an alias of an anchor that stands before it' }));
    return { kind: 'scalar', value: null, origin };
  };
  const nodeOf = (node: Node | null, origin: Origin): SourceNode => {
    if (node === null) return { kind: 'scalar', value: null, origin };
    if (isAlias(node)) return aliased(node, origin);
    open.add(node);
    const converted = contentOf(node, origin);
    open.delete(node);
    return converted;
  };
  const contentOf = (node: Node, origin: Origin): SourceNode => {
    if (isSeq<Node>(node)) return { kind: 'list', items: node.items.map((item) => nodeOf(item, start(item))), origin };
    if (isMap<Node, Node | null>(node)) {
      const entries = new Map<string, SourceEntry>();
      for (const { key, value } of node.items) {
        const keyOrigin = start(key);
        const name = isScalar(key) ? scalarValue(key.value) : null;
        if (name === null) {
          errors.push(inputError('SCENARIO_SYNTAX', 'this key is not a word', { place: placeOf(keyOrigin), expected: 'a name before the colon' }));
          continue;
        }
        entries.set(String(name), { keyOrigin, node: nodeOf(value, value === null ? keyOrigin : start(value)) });
      }
      return { kind: 'map', entries, origin };
    }
    return { kind: 'scalar', value: scalarValue(isScalar(node) ? node.value : null), origin };
  };
  const contents = document.contents;
  const root = contents === null ? null : nodeOf(contents, start(contents));
  return { root: errors.length > 0 ? null : root, errors };
}

function scalarValue(value: unknown): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  // Dates, bigints and binary data do not occur in YAML's core schema.
  return value === undefined ? null : JSON.stringify(value);
}

function wordAt(text: string, offset: number): string {
  return /^[^\s:,}\]]*/.exec(text.slice(offset))?.[0].replace(/^["']|["']$/g, '') ?? '';
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** A tree of plain values, all of one origin. */
export function sourceOf(value: unknown, origin: Origin): SourceNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item: unknown) => sourceOf(item, origin)), origin };
  if (typeof value === 'object' && value !== null) {
    const entries = new Map<string, SourceEntry>();
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) entries.set(key, { keyOrigin: origin, node: sourceOf(item, origin) });
    }
    return { kind: 'map', entries, origin };
  }
  return { kind: 'scalar', value: scalarValue(value), origin };
}

/** The values alone. */
export function plainOf(node: SourceNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  // A null prototype would be refused by schemas; fromEntries defines own properties, `__proto__` too.
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plainOf(entry.node)]));
}

/** As an error names it: a file position, or the `--set` it came from. */
export function placeOf(origin: Origin): Place {
  if (origin.kind === 'file') return { file: origin.file, line: origin.line, column: origin.column };
  return { file: origin.kind === 'set' ? `--set ${origin.text}` : 'default' };
}

/** As `explain` prints it: `scenarios/x.yaml:12`, `--set`, `default`. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'file') return `${origin.file}:${origin.line}`;
  return origin.kind === 'set' ? '--set' : 'default';
}
