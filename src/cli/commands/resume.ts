import type { Argv } from 'yargs';
import { executionOf, EXECUTION_OPTIONS, JSON_OPTION, QUIET_OPTION } from '../options.js';
import { follow } from '../study.js';

export function addResume(cli: Argv): Argv {
  return cli.command(
    'resume <dir>',
    'Take an interrupted run up again; it ends with the same bytes',
    (command) =>
      command
        .positional('dir', { type: 'string', demandOption: true, describe: 'the run folder' })
        .options({ ...EXECUTION_OPTIONS, ...JSON_OPTION, ...QUIET_OPTION }),
    async (args) => {
      const options = executionOf(args);
      const { resumeStudy } = await import('../../experiment/run.js');
      await follow(args, (hooks) => resumeStudy(args.dir, options, hooks));
    },
  );
}
