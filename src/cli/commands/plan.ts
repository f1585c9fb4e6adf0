import { readFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { inputError } from '../../errors.js';
import { printJson } from '../output.js';

export function addPlan(cli: Argv): Argv {
  return cli.command(
    'plan [file]',
    'Solve for bit lengths alone: a problem as JSON in, from a file or stdin, the plan as JSON out',
    (command) => command.positional('file', { type: 'string', describe: 'the problem; stdin by default' }).option('json', { type: 'boolean', default: true, hidden: true }),
    async ({ file }) => {
      const text = readProblem(file);
      const [{ parseDocument }, { bitPlanProblemSchema }, { solveBitPlan }] = await Promise.all([
        import('../../scenario/load.js'),
        import('../problem-schema.js'),
        import('../../planner/index.js'),
      ]);
      printJson(solveBitPlan(parseDocument(bitPlanProblemSchema, text, file ?? 'stdin')));
    },
  );
}

function readProblem(file: string | undefined): string {
  if (file === undefined && process.stdin.isTTY) {
    throw inputError('MISSING_OPTION', 'there is no problem to plan', { expected: 'a problem as JSON in a file or on stdin, such as wfl-sim plan < problem.json' });
  }
  try {
    // 0 is stdin.
    return readFileSync(file ?? 0, 'utf8');
  } catch (cause) {
    throw inputError('PROBLEM_UNREADABLE', `the problem ${file ?? 'on stdin'} cannot be read`, { expected: 'a readable JSON file', cause });
  }
}
