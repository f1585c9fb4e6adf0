import type { Argv } from 'yargs';
import { JSON_OPTION, QUIET_OPTION, requestOf, RUN_OPTIONS } from '../options.js';
import { follow } from '../study.js';

export function addRun(cli: Argv): Argv {
  return cli.command(
    ['run', '$0'],
    'Run a study: train every scheme of a scenario, charge every packet, compare',
    (command) => command.options({ ...RUN_OPTIONS, ...JSON_OPTION, ...QUIET_OPTION }),
    async (args) => {
      const request = requestOf(args);
      const { runStudy } = await import('../../experiment/run.js');
      await follow(args, (hooks) => runStudy(request, hooks));
    },
  );
}
