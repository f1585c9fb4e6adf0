import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
// By the name of the package, as any other program would.
import { runStudy, schemes, TABLES, type RunRequest, type Summary } from 'wfl-sim';

const folder = mkdtempSync(join(tmpdir(), 'wfl-sim-'));
const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

/** Runs a program and tells which packages of node_modules its process has loaded. */
function packagesLoadedBy(args: readonly string[]): ReadonlySet<string> {
  // Loader hooks see ES modules, and the cache of require the rest.
  const hooks = join(folder, 'hooks.mjs');
  writeFileSync(hooks, `
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      appendFileSync(process.env.LOADED_FILES, url + '\\n');
      return next(url, context);
    }
  `);
  const preload = join(folder, 'preload.mjs');
  writeFileSync(preload, `
    import { appendFileSync } from 'node:fs';
    import { createRequire, register } from 'node:module';
    register(${JSON.stringify(pathToFileURL(hooks).href)});
    process.on('exit', () => appendFileSync(process.env.LOADED_FILES, Object.keys(createRequire(import.meta.url).cache).join('\\n')));
  `);
  const log = join(folder, 'loaded');
  writeFileSync(log, '');
  const { status, stderr } = spawnSync(process.execPath, ['--import', pathToFileURL(preload).href, ...args], { encoding: 'utf8', env: { ...process.env, LOADED_FILES: log, NODE_NO_WARNINGS: '1' } });
  expect(status, stderr).toBe(0);
  return new Set(readFileSync(log, 'utf8').split('\n').flatMap((line) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(line)?.[1] ?? []));
}

const HEAVY = /^(vega|vega-.*|mathjs|@tensorflow\/.*|@resvg\/.*)$/;

describe('the package as a library', () => {
  it('runs a study from a program, by its typed exports', async () => {
    const request: RunRequest = { scenario: 'smoke', overrides: ['task.rounds=2'], seeds: [5], workers: 2, engine: 'auto', dataDir: null, outDir: join(folder, 'run') };
    const rounds: string[] = [];
    const { outDir, summary, table } = await runStudy(request, {
      onProgress: (event) => {
        if (event.kind === 'round') rounds.push(`${event.scheme} ${event.round}/${event.rounds}`);
      },
      signal: new AbortController().signal,
    });
    expect(rounds).toEqual(['fedavg 1/2', 'fedavg 2/2', 'fixed-8 1/2', 'fixed-8 2/2', 'fedaq 1/2', 'fedaq 2/2']);
    expect(JSON.parse(readFileSync(join(outDir, 'summary.json'), 'utf8')) as Summary).toMatchObject({ scenario: 'smoke', seed: 5, schemes: summary['schemes'] });
    expect(table).toContain('fedaq');
    expect(existsSync(join(outDir, 'report.html'))).toBe(false);
    expect(schemes.names).toContain('fedaq');
    expect(TABLES.rounds.columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['scheme', 'seed', 'round', 'sim_time_s', 'energy_total_j']));
  });

  it('rejects with an error that has a code, and stops at an abort with the state kept', async () => {
    const request: RunRequest = { scenario: 'smoke', overrides: [], seeds: null, workers: 1, engine: 'auto', dataDir: null, outDir: join(folder, 'stopped') };
    const signal = new AbortController().signal;
    await expect(runStudy({ ...request, scenario: 'smoek' }, { onProgress: () => {}, signal })).rejects.toMatchObject({ code: 'SCENARIO_NOT_FOUND', exitCode: 2 });
    const controller = new AbortController();
    await expect(runStudy(request, { onProgress: () => controller.abort(), signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError', message: expect.stringContaining('wfl-sim resume') });
    expect(existsSync(join(folder, 'stopped', 'checkpoint.bin'))).toBe(true);
  });

  it('loads neither figures nor expressions nor TensorFlow by being imported', () => {
    const loaded = packagesLoadedBy(['--input-type=module', '--eval', `await import(${JSON.stringify(pathToFileURL(fileURLToPath(new URL('../dist/index.js', import.meta.url))).href)})`]);
    // What it does need shows that the measurement sees anything at all.
    expect(loaded).toContain('zod');
    expect([...loaded].filter((name) => HEAVY.test(name))).toEqual([]);
  });
});

describe('wfl-sim --help', () => {
  it('loads yargs and nothing heavy', () => {
    const loaded = packagesLoadedBy([MAIN, '--help']);
    expect(loaded).toContain('yargs');
    expect([...loaded].filter((name) => name === 'zod' || HEAVY.test(name))).toEqual([]);
  });

  it('answers within 0.3 s on an idle machine', ({ annotate }) => {
    const timesS = Array.from({ length: 5 }, () => {
      const start = performance.now();
      expect(spawnSync(process.execPath, [MAIN, '--help']).status).toBe(0);
      return (performance.now() - start) / 1000;
    }).sort((a, b) => a - b);
    void annotate(`median of 5: ${timesS[2].toFixed(3)} s`);
    console.log(`wfl-sim --help: median of 5 is ${timesS[2].toFixed(3)} s`);
    // A machine that is busy with other tests takes longer.
    expect(timesS[2]).toBeLessThan(1);
  });
});
