import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runStudy } from '../../src/experiment/run.js';
import { interval95 } from '../../src/results/statistics.js';
import { temporaryFolder, wflSim, type CommandResult } from './command.js';

interface Figures extends Record<string, unknown> {
  readonly name: string;
  readonly finalAccuracy: number;
  readonly energyJ: Readonly<Record<string, number>>;
  readonly timeS: number;
}

interface Summary {
  readonly seed: number;
  readonly seeds: readonly number[];
  readonly schemes: readonly Figures[];
  readonly intervals: readonly { readonly name: string; readonly finalAccuracy: { readonly mean: number; readonly low: number; readonly high: number } }[];
  readonly perSeed: readonly { readonly seed: number; readonly schemes: readonly Figures[] }[];
}

const lines = (dir: string, file: string): string[] => readFileSync(join(dir, file), 'utf8').trimEnd().split('\n');
const ofSeed = (seed: number) => (line: string): boolean => (JSON.parse(line) as { seed: number }).seed === seed;

describe('wfl-sim --seeds 1..3', () => {
  const folder = temporaryFolder();
  const outDir = join(folder, 'seeds');
  let result: CommandResult;
  let summary: Summary;
  beforeAll(() => {
    result = wflSim('--scenario', 'smoke', '--seeds', '1..3', '--out', outDir, '--json');
    expect(result.status, result.stderr).toBe(0);
    summary = JSON.parse(readFileSync(join(outDir, 'summary.json'), 'utf8')) as Summary;
  }, 120_000);

  it('writes rows by scheme, seed and round', () => {
    const keys = lines(outDir, 'rounds.jsonl').map((line) => JSON.parse(line) as { scheme: string; seed: number; round: number });
    expect(keys.map(({ scheme, seed, round }) => `${scheme} ${seed} ${round}`)).toEqual(
      ['fedavg', 'fixed-8', 'fedaq'].flatMap((scheme) => [1, 2, 3].flatMap((seed) => [0, 1, 2, 3].map((round) => `${scheme} ${seed} ${round}`))),
    );
  });

  it('gives each seed the rows of a run with that seed alone', async () => {
    for (const seed of [2, 3]) {
      const alone = join(folder, `seed-${seed}`);
      await runStudy({ scenario: 'smoke', overrides: [], seeds: [seed], workers: 2, engine: 'auto', dataDir: null, outDir: alone }, { onProgress: () => {}, signal: new AbortController().signal });
      for (const file of ['rounds.jsonl', 'clients.jsonl']) expect(lines(outDir, file).filter(ofSeed(seed))).toEqual(lines(alone, file));
    }
    expect(lines(outDir, 'rounds.jsonl').filter(ofSeed(1))).not.toEqual(lines(outDir, 'rounds.jsonl').filter(ofSeed(2)));
  });

  it('summarises means, 95 % t intervals and each seed, in the file and on stdout alike', () => {
    expect(summary).toMatchObject({ scenario: 'smoke', seed: 1, seeds: [1, 2, 3] });
    expect(JSON.parse(result.stdout)).toEqual({ engine: expect.any(String), outDir, ...summary });
    expect(summary.perSeed.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    for (const [index, scheme] of summary.schemes.entries()) {
      const seeds = summary.perSeed.map(({ schemes }) => schemes[index]);
      for (const of of [(s: Figures) => s.finalAccuracy, (s: Figures) => s.energyJ.total, (s: Figures) => s.timeS]) {
        const mean = seeds.reduce((sum, each) => sum + of(each) / 3, 0);
        expect(Math.abs(of(scheme) - mean)).toBeLessThan(1e-12 * mean);
      }
      expect(summary.intervals[index].name).toBe(scheme.name);
      expect(summary.intervals[index].finalAccuracy).toEqual(interval95(seeds.map(({ finalAccuracy }) => finalAccuracy)));
    }
  });

  it('shows the interval in the table for people', () => {
    expect(readFileSync(join(outDir, 'summary.md'), 'utf8')).toMatch(/±/);
    expect(result.stderr).toContain('results in');
  });

  it('takes seeds as a list too, in the order given', () => {
    const plan = JSON.parse(wflSim('--scenario', 'smoke', '--seeds', '7,3,5..6', '--dry-run', '--json').stdout) as { seeds: number[] };
    expect(plan.seeds).toEqual([7, 3, 5, 6]);
  });
});
