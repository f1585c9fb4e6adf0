import type { Argv } from 'yargs';
import type { DryRun } from '../../experiment/contract.js';
import { formatDuration } from '../format.js';
import { DRY_RUN_OPTION, JSON_OPTION, QUIET_OPTION, requestOf, RUN_OPTIONS } from '../options.js';
import { columns, printJson, tell, terminalWidth } from '../output.js';
import { follow, wallClockS } from '../study.js';

export function addRun(cli: Argv): Argv {
  return cli.command(
    ['run', '$0'],
    'Run a study: train every scheme of a scenario, charge every packet, compare',
    (command) =>
      command.options({
        ...RUN_OPTIONS,
        ...DRY_RUN_OPTION,
        ...JSON_OPTION,
        ...QUIET_OPTION,
      }),
    async (args) => {
      const request = requestOf(args);
      if (args.dryRun) {
        const { dryRun } = await import('../../experiment/dry-run.js');
        tellDryRun(await dryRun(request, wallClockS), args.json);
        return;
      }
      const { runStudy } = await import('../../experiment/run.js');
      await follow(args, (hooks) => runStudy(request, hooks));
    },
  );
}

/** What would run and about how long it would take, for people or as JSON. */
export function tellDryRun(plan: DryRun, json: boolean): void {
  if (json) printJson(plan);
  else tell(describeDryRun(plan));
}

/** More labels than these are told by kind. */
const MOST_LABELS = 12;

function describeDryRun({ scenario, engine, workers, seeds, schemes, kinds, rounds, samples, estimatedTimeS }: DryRun): string {
  const byKind = kinds.map(({ name, count }) => (count === 1 ? name : `${name} (${count})`)).join(', ');
  const what = schemes.length <= MOST_LABELS ? schemes.join(', ') : `${schemes.length} schemes:\n${columns([['', byKind]], terminalWidth())}`;
  return [
    `${scenario}: ${rounds} rounds with each of ${what}`,
    `seeds ${seeds.join(', ')}; ${samples.toLocaleString('en')} training samples in all`,
    `engine ${engine} on ${workers} ${workers === 1 ? 'worker' : 'workers'}: about ${formatDuration(estimatedTimeS)}`,
  ].join('\n');
}
