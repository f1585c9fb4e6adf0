import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PNG_SCALE } from '../../src/report/render.js';
import { loadFigures } from '../../src/report/template.js';
import { writeReport } from '../../src/report/write-report.js';
import { MADE_UP_SCHEMES, madeUpRounds } from '../results/made-up-study.js';
import { madeUpRun } from './made-up-run.js';
import { decodePng, type Picture } from './png.js';

const FIGURES = loadFigures().names;
const LABELS = MADE_UP_SCHEMES.map(({ label }) => label);
const CHROMIUM = '/usr/bin/chromium';

let runDir: string;
let files: readonly string[];
let processorSeconds: number;
beforeAll(async () => {
  runDir = madeUpRun(madeUpRounds({ seeds: [1, 2, 3, 4, 5] }), [1, 2, 3, 4, 5]);
  const start = process.cpuUsage();
  ({ files } = await writeReport(runDir));
  const { user, system } = process.cpuUsage(start);
  processorSeconds = (user + system) / 1e6;
});
afterAll(() => rmSync(runDir, { recursive: true, force: true }));

const plot = (name: string, suffix: string): Buffer => readFileSync(join(runDir, 'plots', `${name}.${suffix}`));
const html = (): string => readFileSync(join(runDir, 'report.html'), 'utf8');
const pictures = new Map<string, Picture>();
function pictureOf(name: string): Picture {
  const picture = pictures.get(name) ?? decodePng(plot(name, 'png'));
  pictures.set(name, picture);
  return picture;
}
/** The texts of an SVG in order. */
const textsOf = (name: string): string[] => [...plot(name, 'svg').toString().matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');

describe('the report of a run', () => {
  it('has every figure as specification, SVG and PNG, and one page, within ten seconds of processor time', () => {
    const expected = FIGURES.flatMap((name) => ['vl.json', 'svg', 'png'].map((suffix) => join(runDir, 'plots', `${name}.${suffix}`)));
    expect(files).toEqual([...expected, join(runDir, 'report.html')]);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(processorSeconds).toBeLessThan(10);
  });

  it.each([
    ['accuracy-energy', ['Test accuracy', 'Energy of all clients (J)'], LABELS],
    ['accuracy-radio-energy', ['Test accuracy', 'Transmit and receive energy of all clients (J)'], LABELS],
    ['cost-of-target', ['Energy of all clients (J)', 'Simulated time (s)', 'not reached'], LABELS],
    ['pareto', ['Test accuracy', 'Energy of all clients (J)'], LABELS],
    ['accuracy-time', ['Test accuracy', 'Simulated time (s)'], LABELS],
    ['bit-lengths', ['Bit length (bit per value)', 'Round', 'downlink'], LABELS.filter((label) => label !== 'ResFed')],
    ['energy-by-state', ['Energy of all clients (J)', 'transmit', 'receive', 'compute', 'idle', 'sleep'], LABELS],
    ['packets', ['Packets over the run', 'packets received', 'retransmissions'], LABELS],
    ['planning', ['Round', 'uplink: range', 'downlink: energy per bit of length (J)'], LABELS.slice(1, 2)],
  ])('%s names its axes with units and each scheme in full', (name, titles, labels) => {
    const texts = textsOf(name);
    for (const text of [...titles, ...labels]) expect(texts).toContain(text);
    expect(texts.filter((text) => text.includes('…'))).toEqual([]);
  });

  it.each(['accuracy-energy', 'accuracy-radio-energy', 'accuracy-time', 'bit-lengths'])('%s draws a band where several seeds ran', (name) => {
    expect(plot(name, 'svg').toString()).toMatch(/class="mark-area[^"]*"[^>]*><path[^>]* d="M/);
  });

  it.each(FIGURES)('%s is a picture at three times the size of its SVG', (name) => {
    const size = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(plot(name, 'svg').toString());
    const picture = pictureOf(name);
    expect([picture.width, picture.height]).toEqual([Number(size?.[1]) * PNG_SCALE, Number(size?.[2]) * PNG_SCALE]);
  });

  it('draws text in its pictures: the labels left of the bars are there', () => {
    const picture = pictureOf('packets');
    let dark = 0;
    for (let row = 0; row < picture.height; row++) {
      for (let column = 8 * PNG_SCALE; column < 60 * PNG_SCALE; column++) if (picture.at(column, row)[0] < 100) dark++;
    }
    expect(dark).toBeGreaterThan(300);
  });

  it('leaves no picture cut off: the outermost elements are white', () => {
    for (const name of FIGURES) {
      const picture = pictureOf(name);
      const edge = [
        ...Array.from({ length: picture.width }, (_, column) => [picture.at(column, 0), picture.at(column, picture.height - 1)]).flat(),
        ...Array.from({ length: picture.height }, (_, row) => [picture.at(0, row), picture.at(picture.width - 1, row)]).flat(),
      ];
      expect(edge.filter((element) => element.some((channel) => channel !== 255)).length, name).toBe(0);
    }
  });
});

describe('report.html', () => {
  it('asks nobody for anything: it refers to no other file and forbids every request', () => {
    const page = html();
    const markup = page.replaceAll(/<script([^>]*)>[\s\S]*?<\/script>/g, '<script$1></script>');
    expect(markup.match(/<script[^>]*>/g)).toEqual(['<script>', '<script>', '<script>', '<script id="figures" type="application/json">', '<script>']);
    expect(markup.match(/\s(?:src|srcset|href|action|data)=|@import|url\(/gi)).toBeNull();
    expect(page.match(/sourceMappingURL/g)).toBeNull();
    expect(markup).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none';`);
  });

  it('holds the summary table, the scenario as text, and each figure with its caption', () => {
    const page = html();
    for (const label of LABELS) expect(page).toContain(`<td>${label}</td>`);
    expect(page).toContain('model: lenet5 # &lt;/script&gt;&lt;b&gt;not markup&lt;/b&gt;');
    expect(page).toContain('task.model=&lt;b&gt;');
    for (const name of FIGURES) expect(page).toContain(`<div id="figure-${name}"></div>`);
    expect(page).toMatch(/<td>uplink bit length \(bit\)<\/td><td>-0\.\d+<\/td><td>-0\.\d+ … -0\.\d+<\/td>/);
    expect(page).toContain('Means over 5 seeds with 95 % t intervals');
  });

  it('holds the same specifications as the plots folder, and no markup within its data', () => {
    const data = /<script id="figures" type="application\/json">(.*)<\/script>/.exec(html())?.[1] ?? '';
    expect(data).not.toContain('<');
    const specifications = new Map(Object.entries(JSON.parse(data) as object));
    expect([...specifications.keys()]).toEqual(FIGURES);
    for (const name of FIGURES) expect(specifications.get(name)).toEqual(JSON.parse(plot(name, 'vl.json').toString()));
  });

  it.skipIf(!existsSync(CHROMIUM))('draws every figure in a browser that has no network', () => {
    const profile = mkdtempSync(join(tmpdir(), 'wfl-browser-'));
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run', '--proxy-server=127.0.0.1:9'];
    const { stdout } = spawnSync(CHROMIUM, [...options, `--user-data-dir=${profile}`, '--virtual-time-budget=10000', '--dump-dom', `file://${join(runDir, 'report.html')}`], {
      encoding: 'utf8', maxBuffer: 1 << 26, timeout: 50_000,
    });
    rmSync(profile, { recursive: true, force: true });
    expect([...stdout.matchAll(/<svg[^>]* class="marks"/g)]).toHaveLength(FIGURES.length);
  });
});

describe('a report', () => {
  it('of a run that has not ended covers the rounds so far and says so', async () => {
    const dir = madeUpRun(madeUpRounds({ rounds: 2 }), [1]);
    rmSync(join(dir, 'summary.json'));
    await writeReport(dir, { plotsFolder: dir });
    expect(readFileSync(join(dir, 'report.html'), 'utf8')).toContain('This run has not ended');
    expect(html()).not.toContain('This run has not ended');
    rmSync(dir, { recursive: true });
  });

  it('can be drawn from templates of the user', async () => {
    const dir = madeUpRun(madeUpRounds({ rounds: 2 }), [1]);
    const plotsFolder = mkdtempSync(join(tmpdir(), 'wfl-plots-'));
    const figure = { title: 'Loss', description: 'Test loss.', table: 'rounds', groupBy: ['scheme', 'round'], columns: { loss: 'last' } };
    const encoding = { x: { field: 'round', type: 'quantitative' }, y: { field: 'loss', type: 'quantitative', title: 'Test loss' } };
    writeFileSync(join(plotsFolder, 'loss.vl.json'), JSON.stringify({ usermeta: { figure }, data: { name: 'figure' }, mark: 'line', encoding }));
    const written = await writeReport(dir, { plotsFolder });
    expect(written.files.map((file) => file.slice(dir.length + 1))).toEqual(['plots/loss.vl.json', 'plots/loss.svg', 'plots/loss.png', 'report.html']);
    for (const folder of [dir, plotsFolder]) rmSync(folder, { recursive: true });
  });

  it('needs the folder of a run with at least one complete round', async () => {
    const empty = madeUpRun(madeUpRounds({ rounds: 1 }), [1]);
    writeFileSync(join(empty, 'rounds.jsonl'), '');
    await expect(writeReport(empty)).rejects.toMatchObject({ code: 'NO_COMPLETE_ROUND', exitCode: 2 });
    await expect(writeReport(join(empty, 'elsewhere'))).rejects.toMatchObject({ code: 'NOT_A_RUN_FOLDER', exitCode: 2 });
    rmSync(empty, { recursive: true });
  });
});
