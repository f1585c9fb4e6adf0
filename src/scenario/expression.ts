import type { MathNode } from 'mathjs';
import { cos, exp, log, log10, log2, pow, sin, tanh } from '../numerics/index.js';
import { didYouMean } from '../errors.js';
import { conversionOf, DIMENSIONS, UNSIGNED_NUMBER } from './dimension.js';
import type { Dimension } from './dimension.js';

/** What an expression may name besides numbers, quantities and functions. */
export interface ExpressionScope {
  /** From 1. */
  readonly round: number;
  readonly rounds: number;
}

export type CompiledExpression = (scope: ExpressionScope) => number;

/** Why an expression is refused, and at which character of it (from 0). */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly offset: number,
    readonly expected?: string,
  ) {
    super(message);
  }
}

/** mathjs parses; nothing of it evaluates. The tree is checked node by node and compiled to closures over our own functions. */
interface Term {
  readonly evaluate: CompiledExpression;
  /** Power of the quantity's dimension; `any` for the number 0. */
  readonly power: number | 'any';
}

interface KnownFunction {
  readonly least: number;
  readonly most: number;
  /** The result has the dimension of the arguments; otherwise both have none. */
  readonly keepsDimension: boolean;
  readonly apply: (...values: readonly number[]) => number;
}

const plain = (apply: (x: number) => number): KnownFunction => ({ least: 1, most: 1, keepsDimension: false, apply: (x) => apply(x) });
const keeping = (apply: (x: number) => number): KnownFunction => ({ ...plain(apply), keepsDimension: true });
const FUNCTIONS: Readonly<Record<string, KnownFunction>> = {
  exp: plain(exp),
  log: plain(log),
  log2: plain(log2),
  log10: plain(log10),
  sqrt: plain(Math.sqrt),
  sin: plain(sin),
  cos: plain(cos),
  tanh: plain(tanh),
  pow: { least: 2, most: 2, keepsDimension: false, apply: (x, y) => pow(x, y) },
  abs: keeping(Math.abs),
  floor: keeping(Math.floor),
  ceil: keeping(Math.ceil),
  min: { least: 1, most: 16, keepsDimension: true, apply: Math.min },
  max: { least: 1, most: 16, keepsDimension: true, apply: Math.max },
};

const VARIABLES: Readonly<Record<string, CompiledExpression>> = {
  round: ({ round }) => round,
  rounds: ({ rounds }) => rounds,
  pi: () => Math.PI,
  e: () => Math.E,
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  smaller: (a, b) => a < b,
  smallerEq: (a, b) => a <= b,
  larger: (a, b) => a > b,
  largerEq: (a, b) => a >= b,
  equal: (a, b) => a === b,
  unequal: (a, b) => a !== b,
  and: (a, b) => a !== 0 && b !== 0,
  or: (a, b) => a !== 0 || b !== 0,
};

const NAMES = [...Object.keys(VARIABLES), ...Object.keys(FUNCTIONS)];
const LONGEST_EXPRESSION = 500;
const QUANTITY_NAME = /^quantity_(\d+)_$/;

/**
 * Compiles an expression of `round` and `rounds`: numbers, + - * / ^ %, comparisons, `a ? b : c`
 * and the functions above; with a dimension, quantities such as `12 mJ`, and the result in its SI
 * unit. Nothing outside can be reached, nothing assigned. Throws an `ExpressionError`.
 */
export async function compileExpression(text: string, dimension: Dimension | null): Promise<CompiledExpression> {
  if (text.length > LONGEST_EXPRESSION) throw new ExpressionError(`the expression is longer than ${LONGEST_EXPRESSION} characters`, LONGEST_EXPRESSION);
  const marked = markQuantities(text, dimension);
  const node = await parse(marked);
  const compile = compiler(text, marked, dimension);
  const { evaluate, power } = compile(node);
  const wanted = dimension === null ? 0 : 1;
  if (power !== 'any' && power !== wanted) {
    const problem = dimension === null ? 'the expression is not a plain number' : `the expression is not ${dimension.name}`;
    throw new ExpressionError(problem, 0, dimension === null ? undefined : `a quantity in it, such as ${dimension.example}`);
  }
  return evaluate;
}

interface Marked {
  /** The expression with each quantity replaced by a name. */
  readonly text: string;
  readonly quantities: readonly { readonly value: number; readonly from: number; readonly to: number; readonly markedFrom: number; readonly markedTo: number }[];
}

function markQuantities(text: string, dimension: Dimension | null): Marked {
  const quantities: { value: number; from: number; to: number; markedFrom: number; markedTo: number }[] = [];
  if (dimension === null) return { text, quantities };
  const units = Object.keys(dimension.units).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(String.raw`(?<![\w.])(${UNSIGNED_NUMBER})\s*(${units.join('|')})(?![\w(])`, 'g');
  let marked = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    marked += text.slice(end, match.index);
    end = match.index + match[0].length;
    const name = `quantity_${quantities.length}_`;
    quantities.push({
      value: conversionOf(dimension, match[2])!(Number(match[1])),
      from: match.index,
      to: end,
      markedFrom: marked.length,
      markedTo: marked.length + name.length,
    });
    marked += name;
  }
  return { text: marked + text.slice(end), quantities };
}

/** The place in the text as written of a place in the marked text. */
function offsetInText(marked: Marked, offset: number): number {
  let shift = 0;
  for (const { from, to, markedFrom, markedTo } of marked.quantities) {
    if (offset < markedFrom) break;
    if (offset < markedTo) return from;
    shift = to - markedTo;
  }
  return offset + shift;
}

async function parse(marked: Marked): Promise<MathNode> {
  const { create, parseDependencies } = await import('mathjs/number');
  const { parse: parseText } = create({ parseDependencies });
  try {
    return parseText(marked.text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { message } = error;
    const char = 'char' in error ? Number(error.char) : 1;
    const offset = offsetInText(marked, Math.max(0, char - 1));
    throw new ExpressionError(`this is not an expression: ${message.replace(/ \(char \d+\)$/, '').toLowerCase()}`, offset);
  }
}

/** The parts of mathjs's nodes that are looked at; anything else is refused. */
interface ParsedNode {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly fn?: string | ParsedNode;
  readonly args?: readonly ParsedNode[];
  readonly content?: ParsedNode;
  readonly condition?: ParsedNode;
  readonly trueExpr?: ParsedNode;
  readonly falseExpr?: ParsedNode;
}

function compiler(text: string, marked: Marked, dimension: Dimension | null): (node: MathNode) => Term {
  const refuse = (message: string, word: string, expected?: string): never => {
    throw new ExpressionError(message, wordOffset(text, word), expected);
  };
  const same = (terms: readonly Term[], what: string): Term['power'] => {
    const powers = new Set(terms.map(({ power }) => power).filter((power) => power !== 'any'));
    if (powers.size > 1) refuse(`${what} mixes ${dimension!.name} with something else`, what);
    return [...powers][0] ?? 'any';
  };
  const asNumber = ({ power }: Term): number => (power === 'any' ? 0 : power);
  const pureNumber = (term: Term, what: string): void => {
    if (asNumber(term) !== 0) refuse(`${what} takes a plain number, not ${dimension!.name}`, what);
  };

  const compile = (node: ParsedNode): Term => {
    switch (node.type) {
      case 'ConstantNode':
        return constant(node.value);
      case 'ParenthesisNode':
        return compile(node.content!);
      case 'SymbolNode':
        return symbol(node.name!);
      case 'OperatorNode':
        return operator(typeof node.fn === 'string' ? node.fn : '', node.args!.map(compile));
      case 'ConditionalNode':
        return conditional(compile(node.condition!), compile(node.trueExpr!), compile(node.falseExpr!));
      case 'FunctionNode':
        return call(node);
      default:
        return refuse(`an expression cannot hold ${KINDS[node.type] ?? 'this'}`, '');
    }
  };

  const constant = (value: unknown): Term => {
    if (typeof value === 'boolean') return { evaluate: () => Number(value), power: 0 };
    if (typeof value !== 'number' || !Number.isFinite(value)) return refuse(`${typeof value === 'number' ? value : JSON.stringify(value)} is not a finite number`, '');
    return { evaluate: () => value, power: value === 0 ? 'any' : 0 };
  };

  const symbol = (name: string): Term => {
    const quantity = QUANTITY_NAME.exec(name);
    const found = quantity === null ? undefined : marked.quantities[Number(quantity[1])];
    if (found !== undefined) return { evaluate: () => found.value, power: 1 };
    if (Object.hasOwn(VARIABLES, name)) return { evaluate: VARIABLES[name], power: 0 };
    return unknown(name);
  };

  const unknown = (name: string): never => {
    const dimensionOfUnit = Object.values(DIMENSIONS).find((candidate) => conversionOf(candidate, name) !== undefined);
    if (dimensionOfUnit !== undefined) {
      const wanted = dimension === null ? 'a plain number' : `units of ${dimension.name}: ${Object.keys(dimension.units).join(', ')}`;
      return refuse(dimensionOfUnit === dimension ? `the unit ${name} does not follow a number` : `${name} is a unit of ${dimensionOfUnit.name.replace(/^an? /, '')}`, name, wanted);
    }
    return refuse(`there is no "${name}"${didYouMean(name, NAMES)}`, name, `one of ${NAMES.join(', ')}`);
  };

  const operator = (name: string, args: readonly Term[]): Term => {
    const [a, b] = [args[0], args.at(-1)!];
    switch (name) {
      case 'unaryMinus':
        return { evaluate: (scope) => -a.evaluate(scope), power: a.power };
      case 'unaryPlus':
        return a;
      case 'not':
        return { evaluate: (scope) => Number(a.evaluate(scope) === 0), power: 0 };
      case 'add':
        return { evaluate: (scope) => a.evaluate(scope) + b.evaluate(scope), power: same(args, '+') };
      case 'subtract':
        return { evaluate: (scope) => a.evaluate(scope) - b.evaluate(scope), power: same(args, '-') };
      case 'multiply':
        return { evaluate: (scope) => a.evaluate(scope) * b.evaluate(scope), power: asNumber(a) + asNumber(b) };
      case 'divide':
        return { evaluate: (scope) => a.evaluate(scope) / b.evaluate(scope), power: asNumber(a) - asNumber(b) };
      case 'mod':
        return { evaluate: (scope) => floorModulo(a.evaluate(scope), b.evaluate(scope)), power: same(args, '%') };
      case 'pow':
        args.forEach((term) => pureNumber(term, '^'));
        return { evaluate: (scope) => pow(a.evaluate(scope), b.evaluate(scope)), power: 0 };
      default: {
        const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : refuse(`the operator ${name} is not known here`, '', 'one of + - * / ^ % and comparisons');
        same(args, 'a comparison');
        return { evaluate: (scope) => Number(compare(a.evaluate(scope), b.evaluate(scope))), power: 0 };
      }
    }
  };

  const conditional = (condition: Term, then: Term, otherwise: Term): Term => ({
    evaluate: (scope) => (condition.evaluate(scope) === 0 ? otherwise.evaluate(scope) : then.evaluate(scope)),
    power: same([then, otherwise], '?'),
  });

  const call = ({ fn, args }: ParsedNode): Term => {
    // `round.sqrt(4)` parses to a call as well, of what an accessor node finds.
    if (typeof fn !== 'object' || fn.type !== 'SymbolNode') return refuse('an expression cannot reach into a value', '.');
    const name = fn.name!;
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : unknownFunction(name);
    if (args!.length < known.least || args!.length > known.most) {
      return refuse(`${name} takes ${known.least === known.most ? known.least : `${known.least} to ${known.most}`} value${known.most === 1 ? '' : 's'}, not ${args!.length}`, name);
    }
    const terms = args!.map(compile);
    if (!known.keepsDimension) terms.forEach((term) => pureNumber(term, name));
    return { evaluate: (scope) => known.apply(...terms.map((term) => term.evaluate(scope))), power: known.keepsDimension ? same(terms, name) : 0 };
  };

  const unknownFunction = (name: string): never => {
    const known = Object.keys(FUNCTIONS);
    return refuse(`there is no function "${name}"${didYouMean(name, known)}`, name, `one of ${known.join(', ')}`);
  };

  return (node) => compile(node);
}

const KINDS: Readonly<Record<string, string>> = {
  AssignmentNode: 'an assignment',
  FunctionAssignmentNode: 'the definition of a function',
  AccessorNode: 'access to a property',
  ArrayNode: 'a list',
  BlockNode: 'several statements',
  ObjectNode: 'a mapping',
  RangeNode: 'a range',
  RelationalNode: 'a chain of comparisons',
};

function floorModulo(a: number, b: number): number {
  return a - b * Math.floor(a / b);
}

/** Nodes carry no place, so the first occurrence of the word stands for it. */
function wordOffset(text: string, word: string): number {
  const offset = word === '' ? -1 : text.indexOf(word);
  return Math.max(0, offset);
}
