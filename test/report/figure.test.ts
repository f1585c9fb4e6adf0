import { describe, expect, it } from 'vitest';
import { completeFigure, type FigureContext } from '../../src/report/figure.js';
import { FONT_FILES, readTextWidth } from '../../src/report/fonts.js';
import { createRenderer } from '../../src/report/render.js';
import { rowsAtTarget } from '../../src/report/rows-at-target.js';
import { loadFigures, type FigureTemplate } from '../../src/report/template.js';
import { legendColumns, schemeColour, schemeDash, schemeShape } from '../../src/report/theme.js';
import { toJson } from '../../src/results/run-folder.js';
import { MADE_UP_SCHEMES, madeUpRounds } from '../results/made-up-study.js';

const textWidth = readTextWidth(FONT_FILES[0]);
const schemes = MADE_UP_SCHEMES.map(({ label }) => label);
const context: FigureContext = { schemes, target: { accuracy: 0.8125, basis: 'scenario' }, textWidth, diverged: new Set() };
const rows = madeUpRounds({ seeds: [1, 2], rounds: 2, schemes: MADE_UP_SCHEMES.slice(0, 2) });
/** An accuracy that the rows have from their first round on. */
const REACHED_AT_ONCE = 0.05;
const { entries } = loadFigures();

const template = (specification: FigureTemplate['specification']): FigureTemplate => ({ ...loadFigures().find('accuracy-time'), specification });
const encodingOf = (specification: FigureTemplate['specification']): unknown => completeFigure(template(specification), rows, context)!.specification['encoding'];

describe('a completed figure', () => {
  it.each(entries)('$name is the specification that was reviewed as a picture', async (entry) => {
    const drawn = entry.rows === 'at-target' ? rowsAtTarget(rows, REACHED_AT_ONCE, Object.keys(entry.columns)) : rows;
    const figure = completeFigure(entry, drawn, context);
    await expect(toJson(figure!.specification)).toMatchFileSnapshot(`golden/${entry.name}.vl.json`);
  });

  it('marks a scheme by its place in the study, also where other schemes are not drawn', () => {
    const encoding = encodingOf({ mark: 'point', encoding: { color: { field: 'scheme', type: 'nominal' }, y: { field: 'scheme' }, x: { field: 'round' } } });
    const drawn = schemes.slice(0, 2);
    expect(encoding).toEqual({
      color: { scale: { domain: drawn, range: [schemeColour(0), schemeColour(1)] }, legend: { title: null, columns: 1 }, field: 'scheme', type: 'nominal' },
      y: { sort: drawn, field: 'scheme' },
      x: { field: 'round' },
    });
    const second = completeFigure(template({ mark: 'point', encoding: { shape: { field: 'scheme' } } }), rows.filter(({ scheme }) => scheme === schemes[1]), context);
    expect(second!.specification['encoding']).toMatchObject({ shape: { scale: { domain: [schemes[1]], range: [schemeShape(1)] } } });
  });

  it('keeps the scale, legend and configuration that its template states', () => {
    const color = { field: 'scheme', type: 'nominal', scale: { scheme: 'dark2' }, legend: null };
    expect(encodingOf({ mark: 'point', encoding: { color } })).toEqual({ color });
    const { config } = completeFigure(template({ mark: 'point', config: { axis: { labelFontSize: 20 } } }), rows, context)!.specification;
    expect(config).toMatchObject({ axis: { labelFontSize: 20, titleFontSize: 12 } });
  });

  it('has the front of what it draws where its template asks for it, without schemes that diverged', () => {
    const entry = loadFigures().find('pareto');
    const dataOf = (diverged: readonly string[]): Record<'figure' | 'front', { scheme: string; energy_total_j: number; accuracy: number }[]> =>
      completeFigure(entry, madeUpRounds({ seeds: [1, 2], rounds: 9 }), { ...context, diverged: new Set(diverged) })!.specification['datasets'] as never;
    const { figure, front } = dataOf([]);
    expect(front.length).toBeGreaterThan(3);
    for (const point of front) {
      expect(figure).toContainEqual(point);
      expect(figure.filter((other) => other.energy_total_j <= point.energy_total_j && other.accuracy > point.accuracy)).toEqual([]);
    }
    const leader = front.at(-1)!.scheme;
    const without = dataOf([leader]);
    expect(without.figure).toEqual(figure);
    expect(without.front.map(({ scheme }) => scheme)).not.toContain(leader);
  });

  it('does not exist where there is nothing to draw', () => {
    const unplanned = rows.filter(({ planned_energy_j }) => planned_energy_j === null);
    expect(completeFigure(loadFigures().find('planning'), unplanned, context)).toBeNull();
  });
});

describe('drawing', () => {
  it('names the figure whose template Vega-Lite cannot draw', async () => {
    const renderer = await createRenderer(textWidth);
    const draw = (specification: FigureTemplate['specification']): Promise<string> => renderer.svg({ name: 'mine', title: 't', description: 'd', specification });
    await expect(draw({ data: { values: [] } })).rejects.toMatchObject({ code: 'FIGURE_NOT_DRAWN', exitCode: 1 });
    await expect(draw({ mark: 'point', data: { values: [] }, encoding: { x: { field: 'a', type: 'quantitative', scale: { type: 'no such scale' } } } })).rejects.toThrow('the figure mine cannot be drawn');
  });
});

describe('the look of the schemes', () => {
  it('tells at least 72 schemes apart, by colour and shape together', () => {
    const looks = Array.from({ length: 72 }, (_, index) => `${schemeColour(index)} ${schemeShape(index)}`);
    expect(new Set(looks).size).toBe(72);
    expect(new Set(Array.from({ length: 56 }, (_, index) => `${schemeColour(index)} ${schemeDash(index).join()}`)).size).toBe(56);
  });

  it('puts as many legend entries side by side as fit without clipping', () => {
    expect(legendColumns(['a', 'b'], 400, textWidth)).toBe(3);
    expect(legendColumns(['a', 'twenty-five letters, more'], 420, textWidth)).toBe(2);
    expect(legendColumns(['a label that is much longer than the figure is wide, and goes on'], 300, textWidth)).toBe(1);
  });
});
