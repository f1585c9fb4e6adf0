import { describe, expect, it } from 'vitest';
import { DIMENSIONS } from '../../src/scenario/dimension.js';
import { compileExpression, ExpressionError } from '../../src/scenario/expression.js';
import { compileSchedule, schedule } from '../../src/scenario/schedule.js';

const at = async (text: string, round = 3, rounds = 10) => (await compileExpression(text, null))({ round, rounds });

async function refusal(text: string, dimension: Parameters<typeof compileExpression>[1] = null): Promise<ExpressionError> {
  const error: unknown = await compileExpression(text, dimension).then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof ExpressionError)) throw new Error(`"${text}" was accepted`, { cause: error });
  return error;
}

describe('expressions', () => {
  it('compute with the round, in the usual precedence', async () => {
    expect(await at('0.1 / sqrt(round)', 4)).toBe(0.05);
    expect(await at('1 + 2 * 3')).toBe(7);
    expect(await at('-round^2')).toBe(-9);
    expect(await at('2^3^2')).toBe(512);
    expect(await at('0.1 * (1 - round / rounds)', 5)).toBe(0.05);
    expect(await at('round <= 5 ? 0.1 : 0.01', 6)).toBe(0.01);
    expect(await at('max(0.01, 0.1 * 0.5^floor(round / 2)) + abs(-1) + ceil(0.5) + min(3, 2)')).toBe(4.05);
    expect(await at('round % 3 == 0 and not false ? 1 : 0')).toBe(1);
    expect(await at('-1 % 3')).toBe(2);
    expect(await at('2 round')).toBe(6);
    expect(await at('(1 + cos(pi * round / rounds)) / 2', 10)).toBe(0);
  });

  it('take quantities of one dimension and give its SI unit', async () => {
    const energy = async (text: string) => (await compileExpression(text, DIMENSIONS.energy))({ round: 2, rounds: 10 });
    expect(await energy('12 mJ * 0.5^round')).toBe(0.003);
    expect(await energy('max(1 J, 3mJ * round)')).toBe(1);
    expect(await energy('1 J - 3e-1 J')).toBe(0.7);
    expect(await energy('round > 5 ? 0 : 10 J')).toBe(10);
    expect((await compileExpression('30 dBm / round', DIMENSIONS.power))({ round: 2, rounds: 2 })).toBeCloseTo(0.5, 15);
    expect((await compileExpression('36 km/h / 2', DIMENSIONS.speed))({ round: 2, rounds: 2 })).toBe(5);
  });

  it.each([
    ['0.98^round', 'the expression is not an energy', 0],
    ['12 mJ * 3 mJ', 'the expression is not an energy', 0],
    ['12 mJ + round', '+ mixes an energy with something else', 6],
    ['(12 mJ)^2', '^ takes a plain number, not an energy', 7],
    ['exp(12 mJ) * 1 J', 'exp takes a plain number, not an energy', 0],
    ['12 mW * round', 'mW is a unit of power', 3],
    ['round mJ', 'the unit mJ does not follow a number', 6],
    ['3 mJ * 2 mJ * )', 'this is not an expression: value expected', 14],
  ])('of quantities refuse %s', async (text, message, offset) => {
    const error = await refusal(text, DIMENSIONS.energy);
    expect(error.message).toBe(message);
    expect(error.offset).toBe(offset);
  });

  it.each([
    ['0.1 * sqr(round)', 'there is no function "sqr" (did you mean "sqrt"?)', 6],
    ['0.1 / rund', 'there is no "rund" (did you mean "round"?)', 6],
    ['sqrt(1, 2)', 'sqrt takes 1 value, not 2', 0],
    ['0.1 *', 'this is not an expression: unexpected end of expression', 5],
    ['(1 + 2', 'this is not an expression: parenthesis ) expected', 6],
    ['3 W * 2', 'W is a unit of power', 2],
    ['1e999', 'Infinity is not a finite number', 0],
  ])('name what is wrong with %s and where', async (text, message, offset) => {
    const error = await refusal(text);
    expect(error.message).toBe(message);
    expect(error.offset).toBe(offset);
  });

  it.each([
    'cos.constructor("return process")()', 'round.constructor', 'round["constructor"]', 'round.sqrt(4)', 'constructor', '__proto__', 'toString()', 'hasOwnProperty("a")',
    'import({})', 'createUnit("x")', 'evaluate("1")', 'parse("1")', 'simplify("x")', 'random()', 'process', 'globalThis', 'config({})',
    'a = 3', 'round = 3', 'f(x) = x', 'x -> x', '1; 2', '[1, 2]', '{a: 1}', '1:3', '"text"', "'text'", '5!', "3'", '1 to 2', '1 | 2', '1 < round < 5', 'quantity_0_', '# only a comment',
    '(1)(2)(3).constructor', 'sqrt', 'round(3)', '`x`', `${'('.repeat(400)}1`, '1 + '.repeat(200) + '1',
  ])('can reach nothing outside: %s is refused', async (text) => {
    expect(await refusal(text)).toBeInstanceOf(ExpressionError);
  });
});

describe('schedules', () => {
  it('are plain data: a number, or an expression with its unit', () => {
    expect(schedule().parse(0.1)).toBe(0.1);
    expect(schedule().parse('0.1')).toBe(0.1);
    expect(schedule().parse(' 0.1 / round ')).toEqual({ expression: '0.1 / round', unit: '', min: null, max: null });
    expect(schedule({ dimension: 'energy' }).parse('12 mJ')).toBe(0.012);
    expect(schedule({ dimension: 'energy', min: 0 }).parse('12 mJ / round')).toEqual({ expression: '12 mJ / round', unit: 'J', min: 0, max: null });
  });

  it('refuse constants of a wrong unit or out of range', () => {
    const problem = (limits: Parameters<typeof schedule>[0], input: unknown) => schedule(limits).safeParse(input).error?.issues[0]?.message;
    expect(problem({ dimension: 'energy' }, 12)).toContain('12 has no unit; expected an energy such as "10 mJ" (units: J, mJ, uJ, kJ, Wh), or an expression of round such as "10 mJ * 0.98^round"');
    expect(problem({ dimension: 'energy' }, '12 mW')).toContain('"mW" is not a unit of energy but of power');
    expect(problem({ dimension: 'energy', min: 0 }, '-1 J')).toContain('"-1 J" is negative; expected an energy of at least 0 J');
    expect(problem({ max: 1 }, 2)).toContain('2 is too large; expected a number of at most 1');
    expect(problem({}, '')).toContain('the expression is empty');
  });

  it('give a value per round, and stop the run at a value that is none or breaks the limits', async () => {
    const valueOf = await compileSchedule(schedule({ dimension: 'energy', min: 0 }).parse('1 mJ * (5 - round)'));
    expect(valueOf({ round: 1, rounds: 9 })).toBe(0.004);
    expect(() => valueOf({ round: 6, rounds: 9 })).toThrow('the schedule "1 mJ * (5 - round)" gives -0.001 J in round 6, which is negative; expected a value of at least 0 J');
    const broken = await compileSchedule(schedule().parse('log(3 - round)'));
    expect(() => broken({ round: 4, rounds: 9 })).toThrow('gives NaN in round 4, which is not a finite number; expected a value that is finite');
    expect((await compileSchedule(0.5))({ round: 1, rounds: 1 })).toBe(0.5);
  });
});
