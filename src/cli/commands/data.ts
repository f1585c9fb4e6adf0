import type { Argv } from 'yargs';
import { inputError } from '../../errors.js';
import type { DatasetFindings } from '../../learning/datasets/index.js';
import { dataDirOf, EXECUTION_OPTIONS, JSON_OPTION } from '../options.js';
import { columns, print, printJson, tell, terminalWidth } from '../output.js';

/** `wfl-sim data` and `wfl-sim data fetch NAME`. */
export function addData(cli: Argv): Argv {
  return cli.command(
    'data [action] [name]',
    'List the data sets found here (data), or download one with checksums (data fetch NAME)',
    (command) =>
      command
        .positional('action', { choices: ['list', 'fetch'] as const, default: 'list' as const, describe: 'what to do' })
        .positional('name', { type: 'string', describe: 'the data set to fetch, such as mnist' })
        .options({
          'data-dir': EXECUTION_OPTIONS['data-dir'],
          from: { type: 'string', requiresArg: true, describe: 'address of a folder with the files, in place of the known ones' },
          ...JSON_OPTION,
        }),
    async ({ action, name, dataDir, from, json }) => {
      if (action === 'list') await listData(dataDirOf(dataDir), json);
      else await fetchData(name, dataDirOf(dataDir), from, json);
    },
  );
}

async function listData(folder: string | null, json: boolean): Promise<void> {
  const { inspectDatasets } = await import('../../learning/datasets/index.js');
  const findings = await inspectDatasets(folder);
  if (json) {
    printJson(findings);
    return;
  }
  tell(folder === null ? 'No data directory is given: --data-dir, or the environment variable WFL_DATA_DIR.' : `Data directory: ${folder}`);
  print(columns([['name', 'train', 'test', 'state'], ...findings.map(row)], terminalWidth()));
}

function row({ name, origin, state, where, trainCount, testCount, checksum, hint }: DatasetFindings): readonly string[] {
  const count = (value: number | null): string => (value === null ? '-' : String(value));
  if (origin === 'drawn') return [name, 'any', 'any', 'drawn by the program, needs no files'];
  const checked = { ok: 'checksums ok', wrong: 'not as published: a checksum is wrong', unknown: 'checksums not known' };
  const place = where === null ? state : `${state} in ${where}${checksum === null ? '' : `, ${checked[checksum]}`}`;
  return [name, count(trainCount), count(testCount), hint === null ? place : `${place}. ${hint}`];
}

async function fetchData(name: string | undefined, folder: string | null, from: string | undefined, json: boolean): Promise<void> {
  const { fetchDataset } = await import('../../learning/datasets/index.js');
  if (name === undefined) throw inputError('MISSING_OPTION', 'the name of the data set to fetch is missing', { expected: 'wfl-sim data fetch NAME' });
  if (folder === null) {
    throw inputError('DATA_DIR_MISSING', 'no data directory is given to put the files into', { expected: '--data-dir, or the environment variable WFL_DATA_DIR' });
  }
  let shown = '';
  const fetched = await fetchDataset(name, {
    dataDir: folder,
    from,
    onProgress: (file, receivedBytes, totalBytes) => {
      const tenth = totalBytes === null ? '' : `${Math.floor((10 * receivedBytes) / totalBytes) * 10} %`;
      const line = `${file} ${tenth}`.trimEnd();
      if (line !== shown) tell(line);
      shown = line;
    },
  });
  if (json) printJson(fetched);
  else for (const { path, outcome } of fetched) print(`${path}: ${outcome === 'present' ? 'already there, checksum ok' : 'downloaded, checksum ok'}`);
}
