import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../results/writer.js';
import { FONT_FILES, readTextWidth } from './fonts.js';
import { isJsonRecord, parseJson, type JsonRecord } from './json.js';
import { createRenderer } from './render.js';
import { PLOTS_FOLDER } from './template.js';
import { FIGURE_CONFIG } from './theme.js';

const TEMPLATE = join(PLOTS_FOLDER, 'plan', 'budget.vl.json');

/** Draws the optimal plans by budget as an SVG file; the template's data set `plan` is the rows. */
export async function writeBudgetFigure(file: string, rows: readonly JsonRecord[]): Promise<void> {
  const template = parseJson(readFileSync(TEMPLATE, 'utf8'));
  if (!isJsonRecord(template)) throw new Error(`${TEMPLATE} is no specification`);
  const renderer = await createRenderer(readTextWidth(FONT_FILES[0]));
  const specification = { $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...template, config: FIGURE_CONFIG, datasets: { plan: rows } };
  writeFileAtomically(file, await renderer.svg({ name: 'budget', title: 'Plans by budget', description: 'Bit lengths and energy of the optimal plan by budget', specification }));
}
