import type { CommandModule } from 'yargs';

interface ReportArguments {
  readonly dir: string;
  readonly plots: string | undefined;
  readonly csv: boolean;
  readonly json: boolean;
}

/** `wfl-sim report DIR`: draws the report of a run again, also of one that has not ended. */
export const reportCommand: CommandModule<object, ReportArguments> = {
  command: 'report <dir>',
  describe: 'Draw the figures and the HTML report of a run folder',
  builder: (yargs) =>
    yargs
      .positional('dir', { type: 'string', demandOption: true, describe: 'run folder' })
      .option('plots', { type: 'string', describe: 'folder with your own figure templates (*.vl.json) instead of those of the program' })
      .option('csv', { type: 'boolean', default: false, describe: 'also write the tables as CSV' })
      .option('json', { type: 'boolean', default: false, describe: 'print the files written as one JSON object' }),
  async handler({ dir, plots, csv, json }) {
    const { writeReport } = await import('../report/write-report.js');
    const { files } = await writeReport(dir, plots === undefined ? {} : { plotsFolder: plots });
    const written = csv ? [...files, ...(await writeCsv(dir))] : files;
    if (json) process.stdout.write(`${JSON.stringify({ files: written })}\n`);
    else process.stderr.write(`${written.join('\n')}\n`);
  },
};

async function writeCsv(dir: string): Promise<string[]> {
  const [{ existsSync }, { convertToCsv }, { tableFile }, { TABLES, TABLE_NAMES }] = await Promise.all([
    import('node:fs'), import('../results/conversions.js'), import('../results/run-folder.js'), import('../results/tables.js'),
  ]);
  return TABLE_NAMES.filter((name) => existsSync(tableFile(dir, name))).map((name) => {
    const csv = tableFile(dir, name, 'csv');
    convertToCsv(TABLES[name], tableFile(dir, name), csv);
    return csv;
  });
}
