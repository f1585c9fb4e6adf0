import type { z } from 'zod';
import { didYouMean, inputError } from '../errors.js';
import type { WflError } from '../errors.js';
import { describeExpected, isRecord, itemOf, keysOf, oneOf, schemaAt } from './shape.js';
import { placeOf } from './source.js';
import type { Origin, SourceNode } from './source.js';

type Issue = z.core.$ZodIssue;

/** What a schema found, before it has a place. */
interface Finding {
  readonly code: string;
  readonly problem: string;
  readonly expected?: string;
  /** Point at the key, not at its value. */
  readonly atKey?: true;
  readonly path: readonly PropertyKey[];
}

/** A schema and the plain value that it refused. */
interface Refusal {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
}

/** The issues of a schema as sentences with the place where each wrong value is written, in the order of the places. */
export function problemsOf(schema: z.core.$ZodType, root: SourceNode, value: unknown, issues: readonly Issue[]): readonly WflError[] {
  const refusal = { schema, value };
  const located = issues.flatMap((issue) => findings(refusal, issue, [])).map((finding) => ({ finding, origin: originAt(root, finding) }));
  located.sort((a, b) => compareOrigins(a.origin, b.origin));
  return located.map(({ finding, origin }) =>
    inputError(finding.code, finding.problem, {
      place: placeOf(origin),
      ...(finding.expected === undefined ? {} : { expected: finding.expected }),
    }),
  );
}

function findings(refusal: Refusal, issue: Issue, prefix: readonly PropertyKey[]): readonly Finding[] {
  const path = [...prefix, ...issue.path];
  const shown = formatPath(path);
  const value = valueAt(refusal.value, path);
  const schema = schemaAt(refusal.schema, path, refusal.value);
  const expected = schema === undefined ? undefined : describeExpected(schema);
  const withExpected = expected === undefined ? {} : { expected };

  if (issue.code === 'unrecognized_keys') {
    const known = schema === undefined ? [] : keysOf(schema, value);
    return issue.keys.map((key) => ({
      code: 'UNKNOWN_KEY',
      problem: `unknown key "${key}"${path.length === 0 ? '' : ` in ${shown}`}${didYouMean(key, known)}`,
      ...(known.length === 0 ? {} : { expected: oneOf(known) }),
      atKey: true,
      path: [...path, key],
    }));
  }
  if (value === undefined && issue.code !== 'custom') return [missing(refusal, issue, path)];
  switch (issue.code) {
    case 'invalid_union':
      return unionFindings(refusal, issue, path, value);
    case 'invalid_value':
      return [{ code: 'UNKNOWN_NAME', problem: `${show(value)} is not known as ${shown}${suggest(value, issue.values)}`, expected: oneOf(issue.values), path }];
    case 'too_small':
    case 'too_big': {
      const what = issue.origin === 'array' || issue.origin === 'set' ? `${shown} has ${issue.code === 'too_small' ? 'too few' : 'too many'} items` : `${show(value)} is too ${issue.code === 'too_small' ? 'small' : 'large'} for ${shown}`;
      return [{ code: 'OUT_OF_RANGE', problem: what, expected: limitOf(issue, expected), path }];
    }
    case 'custom': {
      const { code, problem, expected: wanted } = (issue.params ?? {}) as Partial<Record<'code' | 'problem' | 'expected', string>>;
      if (problem === undefined) return [{ code: 'INVALID_VALUE', problem: issue.message, path }];
      return [{ code: code ?? 'INVALID_VALUE', problem: `${problem}, for ${shown}`, ...(wanted === undefined ? {} : { expected: wanted }), path }];
    }
    case 'invalid_type':
      return [wrongType(value, shown, withExpected, path)];
    default:
      return [{ code: 'INVALID_VALUE', problem: `${show(value)} is not right for ${shown}: ${issue.message}`, ...withExpected, path }];
  }
}

function wrongType(value: unknown, shown: string, expected: { expected?: string }, path: readonly PropertyKey[]): Finding {
  // A quantity written as a bare number is the commonest mistake, and deserves its own words.
  if (typeof value === 'number' && expected.expected?.includes('(units: ') === true) {
    return { code: 'WRONG_UNIT', problem: `${value} has no unit, for ${shown}`, ...expected, path };
  }
  return { code: 'WRONG_TYPE', problem: `${path.length === 0 ? 'the scenario' : shown} is ${show(value)}`, ...expected, path };
}

function missing(refusal: Refusal, issue: Issue, path: readonly PropertyKey[]): Finding {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1) ?? '');
  const schema = schemaAt(refusal.schema, path, refusal.value);
  const options = issue.code === 'invalid_union' && 'options' in issue ? issue.options : undefined;
  const written = valueAt(refusal.value, parent);
  if (typeof written === 'string' && options !== undefined) {
    // A name alone stands for the mapping of that kind, so what is wrong is the name.
    return { code: 'UNKNOWN_NAME', problem: `${show(written)} is not known as ${formatPath(parent)}${suggest(written, options)}`, expected: oneOf(options), path: parent };
  }
  const expected = options !== undefined ? oneOf(options) : schema === undefined ? undefined : describeExpected(schema);
  return {
    code: 'MISSING_KEY',
    problem: path.length === 0 ? 'the scenario is empty' : `missing "${key}"${parent.length === 0 ? '' : ` in ${formatPath(parent)}`}`,
    ...(expected === undefined ? {} : { expected }),
    atKey: true,
    path,
  };
}

/**
 * Of a discriminated union only the name can be wrong here. Of a plain one, the variant meant is the
 * one whose kind of value was written: its own findings are the true ones.
 */
function unionFindings(refusal: Refusal, issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[], value: unknown): readonly Finding[] {
  const shown = formatPath(path);
  if ('options' in issue && issue.options !== undefined) {
    const options = issue.options as readonly unknown[];
    return [{ code: 'UNKNOWN_NAME', problem: `${show(value)} is not known as ${shown}${suggest(value, options)}`, expected: oneOf(options), path }];
  }
  const branches = issue.errors.filter((branch) => !branch.some(isOtherKind)).sort((a, b) => a.length - b.length);
  const meant = branches[0];
  const schema = schemaAt(refusal.schema, path, refusal.value);
  const expected = schema === undefined ? {} : { expected: describeExpected(schema) };
  if (meant === undefined) {
    // A name, where something else than a name could stand as well.
    const names = issue.errors.flat().flatMap((other) => (other.path.length === 0 && other.code === 'invalid_value' ? other.values : []));
    if (typeof value !== 'string' || names.length === 0) return [wrongType(value, shown, expected, path)];
    return [{ code: 'UNKNOWN_NAME', problem: `${show(value)} is not known as ${shown}${suggest(value, names)}`, ...expected, path }];
  }
  const found = meant.flatMap((branchIssue) => findings(refusal, branchIssue, path));
  const atRoot = found.every((finding) => finding.path.length === path.length);
  return atRoot ? found.map((finding) => ({ ...finding, ...expected })) : found;
}

/** The variant takes another kind of value altogether, so its complaint says nothing. */
function isOtherKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function limitOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, fallback: string | undefined): string {
  const least = issue.code === 'too_small';
  const limit = String(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  if (issue.origin === 'array' || issue.origin === 'set') return `${least ? 'at least' : 'at most'} ${limit}`;
  if (issue.origin === 'string') return `a text of ${least ? 'at least' : 'at most'} ${limit} characters`;
  return fallback ?? `a number ${least ? 'of at least' : 'of at most'} ${limit}`;
}

function suggest(value: unknown, candidates: readonly unknown[]): string {
  return typeof value === 'string' ? didYouMean(value, candidates.filter((candidate) => typeof candidate === 'string')) : '';
}

/** A value as a message quotes it. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a mapping';
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) current = itemOf(current, key);
  return current;
}

/** `schemes[0].options.bits`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key, depth) => (typeof key === 'number' ? `[${key}]` : `${depth === 0 ? '' : '.'}${String(key)}`)).join('');
}

/** Where the value at a path is written, or else the nearest mapping around it. */
export function originAt(root: SourceNode, { path, atKey }: Pick<Finding, 'path' | 'atKey'>): Origin {
  let node = root;
  let origin = root.origin;
  for (const [depth, key] of path.entries()) {
    const last = depth === path.length - 1;
    if (node.kind === 'list') {
      const item = node.items[Number(key)];
      if (item === undefined) return origin;
      node = item;
      origin = item.origin;
    } else if (node.kind === 'map') {
      const entry = node.entries.get(String(key));
      if (entry === undefined) return origin;
      node = entry.node;
      // Of a mapping and of what is missing in it, the key is what a reader looks for.
      origin = (last && atKey === true) || node.kind !== 'scalar' ? entry.keyOrigin : node.origin;
    } else {
      return origin;
    }
  }
  return origin;
}

function compareOrigins(a: Origin, b: Origin): number {
  if (a.kind !== 'file' || b.kind !== 'file') return Number(a.kind !== 'file') - Number(b.kind !== 'file');
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
