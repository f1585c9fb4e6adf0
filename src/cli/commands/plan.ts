import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { inputError } from '../../errors.js';
import type { BitPlanProblem, BitPlanSolution } from '../../planner/index.js';
import { EXECUTION_OPTIONS, RUN_OPTIONS, requestOf, SCENARIO_OPTIONS, single, type RunArguments } from '../options.js';
import { printJson } from '../output.js';

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

export function addPlan(cli: Argv): Argv {
  return cli.command(
    'plan [file]',
    'Solve for bit lengths alone: a problem as JSON in, from a file or stdin, or the first round of a scenario; the plan as JSON out',
    (command) =>
      command
        .positional('file', { type: 'string', describe: 'the problem; stdin by default. With bandwidthHz in it, powers and bandwidth shares are planned too' })
        .options({
          ...SCENARIO_OPTIONS,
          seed: RUN_OPTIONS.seed,
          'data-dir': EXECUTION_OPTIONS['data-dir'],
          scheme: text('label of the planned scheme of the scenario; the first by default'),
          'uplink-range': text('range of the uploads, unknown before the first round; a quarter of the model\'s range by default'),
          figure: text('draw lengths and energy against the budget into this SVG file'),
          json: { type: 'boolean', default: true, hidden: true },
        }),
    async (args) => {
      const { file, scenario } = args;
      const figure = single('figure', args.figure);
      if (scenario !== undefined && file !== undefined) {
        throw inputError('BAD_OPTION', 'a problem and --scenario are both given', { expected: 'one of them' });
      }
      if (scenario !== undefined) await planScenario(args, figure);
      else await planProblem(file, figure);
    },
  );
}

interface PlanArguments extends RunArguments {
  readonly scheme?: unknown;
  readonly uplinkRange?: unknown;
}

async function planScenario(args: PlanArguments, figure: string | null): Promise<void> {
  const [{ firstPlan }, { solveBitPlan }] = await Promise.all([import('../../experiment/first-plan.js'), import('../../planner/index.js')]);
  const options = { scheme: single('scheme', args.scheme), uplinkRange: rangeOf(single('uplink-range', args.uplinkRange)) };
  const { problem, ...round } = await firstPlan(requestOf(args), options);
  const solution: BitPlanSolution = solveBitPlan(problem);
  await drawIfAsked(figure, problem);
  printJson({ ...solution, ...round, problem });
}

async function planProblem(file: string | undefined, figure: string | null): Promise<void> {
  const written = readProblem(file);
  const [{ parseDocument }, { bitPlanProblemSchema, jointProblemSchema }, { solveBitPlan, solveJointPlan }] = await Promise.all([
    import('../../scenario/load.js'),
    import('../problem-schema.js'),
    import('../../planner/index.js'),
  ]);
  const place = file ?? 'stdin';
  if (/"bandwidthHz"\s*:/.test(written)) {
    if (figure !== null) throw inputError('BAD_OPTION', '--figure is given with a joint problem', { expected: 'a problem with an energyPerBitJ for each uplink' });
    printJson(solveJointPlan(parseDocument(jointProblemSchema, written, place)));
    return;
  }
  const problem = parseDocument(bitPlanProblemSchema, written, place);
  const solution = solveBitPlan(problem);
  await drawIfAsked(figure, problem);
  printJson(solution);
}

async function drawIfAsked(figure: string | null, problem: BitPlanProblem): Promise<void> {
  if (figure === null) return;
  const [{ budgetCurve }, { writeBudgetFigure }] = await Promise.all([import('../../planner/index.js'), import('../../report/budget-figure.js')]);
  await writeBudgetFigure(figure, budgetCurve(problem).map((point) => ({ ...point })));
}

function rangeOf(written: string | null): number | null {
  if (written === null) return null;
  const range = Number(written);
  if (range >= 0 && range < Infinity) return range;
  throw inputError('BAD_OPTION', `--uplink-range is "${written}"`, { expected: 'a range (max - min) that is not negative, such as 0.1' });
}

function readProblem(file: string | undefined): string {
  if (file === undefined && process.stdin.isTTY) {
    throw inputError('MISSING_OPTION', 'there is no problem to plan', { expected: 'a problem as JSON in a file or on stdin, such as wfl-sim plan < problem.json, or --scenario' });
  }
  try {
    // 0 is stdin.
    return readFileSync(file ?? 0, 'utf8');
  } catch (cause) {
    throw inputError('PROBLEM_UNREADABLE', `the problem ${file ?? 'on stdin'} cannot be read`, { expected: 'a readable JSON file', cause });
  }
}
