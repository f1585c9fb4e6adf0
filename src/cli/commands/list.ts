import type { Argv } from 'yargs';
import { LISTING_KINDS, type Listing, type ListingKind } from '../../experiment/contract.js';
import { JSON_OPTION } from '../options.js';
import { columns, print, printJson, terminalWidth } from '../output.js';

const KINDS = [...LISTING_KINDS, 'figures', 'scenarios'] as const;
type Kind = (typeof KINDS)[number];

export function addList(cli: Argv): Argv {
  return cli.command(
    'list [kind]',
    'List what a scenario can name, with a sentence on each',
    (command) => command.positional('kind', { choices: KINDS, describe: 'what to list; everything by default' }).options(JSON_OPTION),
    async ({ kind, json }) => {
      if (kind !== undefined) {
        const rows = await rowsOf(kind);
        if (json) printJson(rows);
        else print(tableOf(rows));
        return;
      }
      const all = await Promise.all(KINDS.map(async (each) => ({ each, rows: await rowsOf(each) })));
      if (json) printJson(all.flatMap(({ each, rows }) => rows.map((row) => ({ kind: each, ...row }))));
      else print(all.map(({ each, rows }) => `${each}\n${tableOf(rows).replace(/^/gm, '  ')}`).join('\n\n'));
    },
  );
}

function tableOf(rows: readonly Listing[]): string {
  return columns(rows.map(({ name, describe }) => [name, describe]), terminalWidth() - 2);
}

async function rowsOf(kind: Kind): Promise<readonly Listing[]> {
  if (kind === 'scenarios') return scenarioRows();
  return kind === 'figures' ? figureRows() : tableRows(kind);
}

async function tableRows(kind: ListingKind): Promise<readonly Listing[]> {
  const { catalogue } = await import('../../experiment/catalogue.js');
  return catalogue().listings[kind]();
}

async function figureRows(): Promise<readonly Listing[]> {
  const { loadFigures } = await import('../../report/template.js');
  return loadFigures().entries.map(({ name, title, describe }) => ({ name, describe, title }));
}

async function scenarioRows(): Promise<readonly Listing[]> {
  const { listScenarios } = await import('../../scenario/list.js');
  return listScenarios();
}
