import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batteryRecords } from '../results/batteries.js';
import { readDivergences } from '../results/divergence.js';
import { readRows } from '../results/reader.js';
import { readManifest, runFile, tableFile, toJson } from '../results/run-folder.js';
import { summarise } from '../results/summary.js';
import { TABLES, type AnyTable, type Row } from '../results/tables.js';
import { trialsOf } from '../results/target.js';
import { trendsOf } from '../results/trend.js';
import { writeFileAtomically } from '../results/writer.js';
import { completeFigure } from './figure.js';
import { rowsAtTarget } from './rows-at-target.js';
import { loadFigures, type FigureTemplate } from './template.js';

export interface ReportOptions {
  /** Folder of figure templates; the one that comes with the program where absent. */
  readonly plotsFolder?: string;
}

/**
 * Draws the report of a run folder from its rows, also of a run that has not ended: each figure as
 * specification, SVG and PNG in `plots/`, and all in `report.html`. A figure that has nothing to
 * draw is left out. Returns the files written.
 */
export async function writeReport(runDir: string, { plotsFolder }: ReportOptions = {}): Promise<{ files: readonly string[] }> {
  const manifest = readManifest(runDir);
  const templates = loadFigures(plotsFolder).entries;
  const rounds = [...readRows(TABLES.rounds, tableFile(runDir, 'rounds'))];
  const divergences = readDivergences(runDir);
  const clients = tableFile(runDir, 'clients');
  const batteries = existsSync(clients) ? batteryRecords(readRows(TABLES.clients, clients)) : [];
  const summary = summarise(rounds, { ...manifest, divergences, batteries });
  const [{ createRenderer }, { readTextWidth, FONT_FILES }, { reportHtml }] = await Promise.all([
    import('./render.js'), import('./fonts.js'), import('./html.js'),
  ]);
  const textWidth = readTextWidth(FONT_FILES[0]);
  const context = { schemes: summary.schemes.map(({ name }) => name), target: summary.target, textWidth, diverged: new Set(divergences.map(({ scheme }) => scheme)) };
  const rowsOf = ({ table, rows, columns }: FigureTemplate): Iterable<Row> => {
    if (rows === 'at-target') return rowsAtTarget(rounds, summary.target.accuracy, Object.keys(columns));
    return table === 'rounds' ? rounds : rowsOfTable(runDir, TABLES[table]);
  };
  const figures = templates.map((template) => completeFigure(template, rowsOf(template), context)).filter((figure) => figure !== null);

  const files: string[] = [];
  const write = (path: string, content: string | Uint8Array): void => {
    writeFileAtomically(path, content);
    files.push(path);
  };
  const plots = runFile(runDir, 'plots');
  mkdirSync(plots, { recursive: true });
  const renderer = await createRenderer(textWidth);
  for (const figure of figures) {
    const svg = await renderer.svg(figure);
    write(join(plots, `${figure.name}.vl.json`), toJson(figure.specification));
    write(join(plots, `${figure.name}.svg`), svg);
    write(join(plots, `${figure.name}.png`), renderer.png(svg));
  }
  const scenario = runFile(runDir, 'scenario');
  const scenarioYaml = existsSync(scenario) ? readFileSync(scenario, 'utf8') : null;
  const complete = existsSync(runFile(runDir, 'summary'));
  write(runFile(runDir, 'report'), reportHtml({ manifest, summary, complete, scenarioYaml, figures, trends: trendsOf(trialsOf(rounds)) }));
  return { files };
}

/** Rows of a table that a run may not have: packets are recorded on request only. */
function rowsOfTable(runDir: string, table: AnyTable): Iterable<Row> {
  const path = tableFile(runDir, table.name);
  return existsSync(path) ? readRows<Row>(table, path) : [];
}
