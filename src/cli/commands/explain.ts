import type { Argv } from 'yargs';
import { JSON_OPTION, SCENARIO_OPTIONS, scenarioOf } from '../options.js';
import { print, printJson } from '../output.js';

export function addExplain(cli: Argv): Argv {
  return cli.command(
    'explain',
    'Print a scenario with every default spelled out and the origin of each value',
    (command) => command.options({ ...SCENARIO_OPTIONS, ...JSON_OPTION }),
    async (args) => {
      const request = scenarioOf(args);
      const { loadStudyScenario } = await import('../../experiment/study.js');
      const { explainedYaml, explainValues, hashOfResolved } = await import('../../scenario/write.js');
      const { name, file, resolved, written } = await loadStudyScenario(request);
      if (args.json) printJson({ scenario: name, file, hash: hashOfResolved(resolved), values: explainValues(written), resolved });
      else print(explainedYaml(written));
    },
  );
}
