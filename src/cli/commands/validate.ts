import type { Argv } from 'yargs';
import { WflError } from '../../errors.js';
import { JSON_OPTION, SCENARIO_OPTIONS, scenarioOf } from '../options.js';
import { printJson, tell } from '../output.js';

export function addValidate(cli: Argv): Argv {
  return cli.command(
    'validate [file]',
    'Check a scenario: everything wrong in it, each with its line',
    (command) =>
      command
        .positional('file', { type: 'string', describe: 'the file, or the name of a scenario' })
        .options({ scenario: { ...SCENARIO_OPTIONS.scenario, describe: 'the same, as the other commands take it' }, set: SCENARIO_OPTIONS.set, ...JSON_OPTION })
        .conflicts('file', 'scenario'),
    async ({ file, scenario, set, json }) => {
      const { loadStudyScenario } = await import('../../experiment/study.js');
      try {
        const loaded = await loadStudyScenario(scenarioOf({ scenario: file ?? scenario, set }));
        if (json) printJson({ valid: true, scenario: loaded.name, file: loaded.file, problems: [] });
        else tell(`${loaded.file} is a valid scenario`);
      } catch (error) {
        if (!json || !(error instanceof WflError) || error.exitCode !== 2) throw error;
        const { singleErrors } = await import('../../scenario/load.js');
        printJson({ valid: false, file: file ?? scenario, problems: singleErrors(error).map(problemOf) });
        process.exitCode = 2;
      }
    },
  );
}

function problemOf({ code, message, place }: WflError): Readonly<Record<string, unknown>> {
  return { code, message, file: place?.file ?? null, line: place?.line ?? null, column: place?.column ?? null };
}
