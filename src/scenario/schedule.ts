import { z } from 'zod';
import { runError } from '../errors.js';
import { describeDimension, DIMENSIONS, parseQuantity } from './dimension.js';
import type { Dimension, DimensionName } from './dimension.js';
import { compileExpression } from './expression.js';
import type { ExpressionScope } from './expression.js';
import { brokenLimit, leafFacts, refuse } from './quantity.js';
import type { Limits } from './quantity.js';

export type { ExpressionScope };

/** A value that is the same in every round (in SI units), or an expression of the round. Plain data. */
export type Schedule = number | ScheduleExpression;

export interface ScheduleExpression {
  /** As written: `12 mJ * 0.98^round`. */
  readonly expression: string;
  /** SI unit of its values; empty for plain numbers. */
  readonly unit: string;
  readonly min: number | null;
  readonly max: number | null;
}

export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'number' || (typeof value === 'object' && value !== null && 'expression' in value && 'unit' in value);
}

export interface ScheduleLimits extends Limits {
  /** What the values are; without it, plain numbers. */
  readonly dimension?: DimensionName;
}

const QUANTITY_SHAPE = /^\s*[+-]?[\d.]+(?:[eE][+-]?\d+)?\s*[A-Za-zµμ/]*\s*$/;

/**
 * A schedule in a scenario: `0.1`, `0.1 / sqrt(round)`, `12 mJ`, `12 mJ * 0.98^round`. The
 * expression itself is checked where the scenario is loaded, because its parser is loaded on demand.
 */
export function schedule({ dimension: name, ...limits }: ScheduleLimits = {}): z.ZodType<Schedule> {
  const dimension: Dimension | null = name === undefined ? null : DIMENSIONS[name];
  const expected = describeSchedule(dimension);
  return z
    .codec(z.union([z.number(), z.string()]).meta({ description: expected, examples: examplesOf(dimension) }), z.custom<Schedule>(isSchedule), {
      decode: (written, { issues }) => {
        const constant = constantOf(written, dimension);
        if (typeof constant === 'object') {
          if ('problem' in constant) return refuse(issues, written, 'WRONG_UNIT', constant.problem, expected);
          return { ...constant, min: limits.min ?? null, max: limits.max ?? null };
        }
        const limit = brokenLimit(constant, limits, dimension?.siUnit ?? '');
        return limit === null ? constant : refuse(issues, written, 'OUT_OF_RANGE', `${JSON.stringify(written)} is ${limit.problem}`, `${dimension?.name ?? 'a number'} ${limit.expected}`);
      },
      encode: (parsed) => (typeof parsed === 'object' ? parsed.expression : dimension === null ? parsed : `${parsed} ${dimension.siUnit}`),
    })
    .register(leafFacts, { expected, schedule: true });
}

function describeSchedule(dimension: Dimension | null): string {
  const constant = dimension === null ? 'a number such as 0.1' : describeDimension(dimension);
  return `${constant}, or an expression of round such as "${examplesOf(dimension)[1]}"`;
}

function examplesOf(dimension: Dimension | null): readonly string[] {
  return dimension === null ? ['0.1', '0.1 / sqrt(round)'] : [dimension.example, `${dimension.example} * 0.98^round`];
}

function constantOf(written: number | string, dimension: Dimension | null): number | { expression: string; unit: string } | { problem: string } {
  if (typeof written === 'number') return dimension === null ? written : { problem: `${written} has no unit` };
  if (written.trim() === '') return { problem: 'the expression is empty' };
  if (dimension === null) {
    const value = Number(written);
    return Number.isFinite(value) ? value : { expression: written.trim(), unit: '' };
  }
  if (!QUANTITY_SHAPE.test(written)) return { expression: written.trim(), unit: dimension.siUnit };
  const parsed = parseQuantity(dimension, written);
  return 'value' in parsed ? parsed.value : parsed;
}

/**
 * The schedule as a function of the round. Throws an `ExpressionError` where the expression is
 * wrong; the function throws a run error where a value is not finite or breaks the limits.
 */
export async function compileSchedule(parsed: Schedule): Promise<(scope: ExpressionScope) => number> {
  if (typeof parsed === 'number') return () => parsed;
  const { expression, unit } = parsed;
  const evaluate = await compileExpression(expression, dimensionOfUnit(unit));
  const limits: Limits = { ...(parsed.min === null ? {} : { min: parsed.min }), ...(parsed.max === null ? {} : { max: parsed.max }) };
  return (scope) => {
    const value = evaluate(scope);
    const limit = Number.isFinite(value) ? brokenLimit(value, limits, unit) : { problem: 'not a finite number', expected: 'that is finite' };
    if (limit === null) return value;
    throw runError('SCHEDULE_VALUE', `the schedule "${expression}" gives ${value} ${unit}`.trimEnd() + ` in round ${scope.round}, which is ${limit.problem}`, {
      expected: `a value ${limit.expected}`,
    });
  };
}

function dimensionOfUnit(unit: string): Dimension | null {
  return Object.values<Dimension>(DIMENSIONS).find(({ siUnit }) => siUnit === unit) ?? null;
}
