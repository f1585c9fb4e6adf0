import type { Argv } from 'yargs';
import { JSON_OPTION } from '../options.js';
import { printJson, tell } from '../output.js';

export function addReport(cli: Argv): Argv {
  return cli.command(
    'report <dir>',
    'Draw the figures and report.html of a run folder again',
    (command) =>
      command
        .positional('dir', { type: 'string', demandOption: true, describe: 'the run folder' })
        .options({ plots: { type: 'string', requiresArg: true, describe: 'folder of figure templates (*.vl.json) to draw in place of those of the program' }, ...JSON_OPTION }),
    async ({ dir, plots, json }) => {
      const { writeReport } = await import('../../report/write-report.js');
      const { files } = await writeReport(dir, plots === undefined ? {} : { plotsFolder: plots });
      if (json) printJson({ outDir: dir, files });
      else tell(files.join('\n'));
    },
  );
}
