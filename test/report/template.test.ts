import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadFigures } from '../../src/report/template.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wfl-plots-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const figure = { title: 'Loss', description: 'Test loss per round.', table: 'rounds', groupBy: ['scheme', 'round'], columns: { loss: 'last' } };
const write = (name: string, change: object = {}): void =>
  writeFileSync(join(folder, name), JSON.stringify({ usermeta: { figure: { ...figure, ...change } }, mark: 'line' }));

describe('figure templates', () => {
  it('of the program are the figures of the report, in its order', () => {
    const { names, entries } = loadFigures();
    expect(names).toEqual(['accuracy-energy', 'cost-of-target', 'accuracy-radio-energy', 'pareto', 'accuracy-time', 'bit-lengths', 'energy-by-state', 'packets', 'planning']);
    for (const { describe: sentence } of entries) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it('are added by adding a file, which comes last unless it says otherwise', () => {
    write('b.vl.json');
    write('a.vl.json');
    write('first.vl.json', { order: 1 });
    writeFileSync(join(folder, 'README.md'), 'not a template');
    expect(loadFigures(folder).names).toEqual(['first', 'a', 'b']);
  });

  it('name a missing figure with the nearest one', () => {
    expect(() => loadFigures().find('acuracy-time')).toThrow('did you mean "accuracy-time"');
  });

  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['no object', '[]', 'does not say what it draws'],
    ['without usermeta', '{"mark":"line"}', 'does not say what it draws'],
    ['with a missing title', JSON.stringify({ usermeta: { figure: { ...figure, title: undefined } } }), 'title'],
    ['with a misspelt key', JSON.stringify({ usermeta: { figure: { ...figure, groupby: [] } } }), 'groupby'],
    ['with an unknown column', JSON.stringify({ usermeta: { figure: { ...figure, columns: { acuracy: 'last' } } } }), 'rounds has no column "acuracy" (did you mean "accuracy"?)'],
    ['with a front of a column that is not drawn', JSON.stringify({ usermeta: { figure: { ...figure, front: { cost: 'energy_total_j', value: 'loss' } } } }), 'energy_total_j'],
    ['with rows at the target of another table', JSON.stringify({ usermeta: { figure: { ...figure, table: 'clients', rows: 'at-target', groupBy: ['scheme'], columns: { energy_total_j: 'last' } } } }), 'the table rounds'],
    ['with an unknown reduction', JSON.stringify({ usermeta: { figure: { ...figure, columns: { loss: 'median' } } } }), 'loss'],
  ])('%s are refused with their file', (_, content, reason) => {
    const file = join(folder, 'x.vl.json');
    writeFileSync(file, content);
    expect(() => loadFigures(folder)).toThrow(expect.objectContaining({ code: 'BAD_FIGURE_TEMPLATE', exitCode: 2, place: { file } }));
    expect(() => loadFigures(folder)).toThrow(reason);
  });

  it('are asked for in a folder that exists', () => {
    expect(() => loadFigures(join(folder, 'gone'))).toThrow(expect.objectContaining({ code: 'NO_PLOTS_FOLDER', exitCode: 2 }));
  });
});
