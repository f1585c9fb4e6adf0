import { writeFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { print } from '../output.js';

export function addSchema(cli: Argv): Argv {
  return cli.command(
    'schema',
    'Print the JSON Schema of scenarios, for completion in editors',
    (command) => command.option('out', { type: 'string', requiresArg: true, describe: 'a file to write in place of stdout' }),
    async ({ out }) => {
      const { catalogue } = await import('../../experiment/catalogue.js');
      const { scenarioJsonSchemaText } = await import('../../scenario/json-schema.js');
      const text = scenarioJsonSchemaText(catalogue().scenarioSchema);
      if (out === undefined) print(text);
      else writeFileSync(out, text);
    },
  );
}
