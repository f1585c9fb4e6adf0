import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../e2e/command.js';
import { commandLine } from './command-line.js';

const folder = temporaryFolder();
const SMALL = [
  '--scenario', 'smoke', '--set', 'task.rounds=1', '--set', 'tuning={seeds: [5], validationSamples: 60}',
  '--set', 'schemes=[{name: fixed, label: q, options: {bits: 6}, tuning: {learningRate: [0.05, 1e38], options: [{bits: 4}]}}]',
];

describe('wfl-sim tune', () => {
  it('prints the schemes with what it chose, ready for a scenario, and tells people what it tried', async () => {
    const outDir = join(folder, 'plain');
    const { exitCode, stdout, stderr } = await commandLine(['tune', ...SMALL, '--out', outDir]);
    expect(exitCode, stderr).toBe(0);
    expect(parse(stdout)).toEqual({ schemes: [{ name: 'fixed', label: 'q', learningRate: 0.05, options: { bits: 4 } }] });
    expect(stderr).toContain('| q | 1e+38 | bits 4 | diverged |');
    expect(stderr).toMatch(/^q\.2 diverged after 0 rounds/m);
    expect(stderr).toContain(`results in ${outDir}`);
    expect(readFileSync(join(outDir, 'schemes.yaml'), 'utf8')).toBe(stdout);
    const again = await commandLine(['validate', join(outDir, 'scenario.yaml')]);
    expect(again.exitCode).toBe(0);
  });

  it('prints with --json one object, and with --quiet nothing else', async () => {
    const outDir = join(folder, 'json');
    const { stdout, stderr } = await commandLine(['tune', ...SMALL, '--json', '--quiet', '--out', outDir]);
    expect(stderr).toBe('');
    const { outDir: named, ...tuning } = JSON.parse(stdout) as Record<string, unknown>;
    expect(named).toBe(outDir);
    expect(tuning).toEqual(JSON.parse(readFileSync(join(outDir, 'tuning.json'), 'utf8')));
    expect(tuning).toMatchObject({ scenario: 'smoke', rule: { seeds: [5] }, schemes: [{ scheme: 'q', points: [{ chosen: true, diverged: false }, { chosen: false, diverged: true, accuracy: null }] }] });
  });

  it('tells with --dry-run what it would try, and tries nothing', async () => {
    const outDir = join(folder, 'dry');
    const { exitCode, stdout } = await commandLine(['tune', ...SMALL, '--dry-run', '--json', '--out', outDir]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ scenario: 'smoke-tuning', seeds: [5], schemes: ['q.1', 'q.2'], kinds: [{ name: 'q', count: 2 }], rounds: 1, samples: 4 * 40 * 2 });
    expect(existsSync(outDir)).toBe(false);
  });

  it.each([
    ['seeds of its own', ['--seeds', '1..3'], 'there is no option "--seeds"'],
    ['the seed of the study', ['--set', 'tuning.seeds=[1]'], 'seed 1 is the seed of the study'],
    ['a scenario that tunes nothing', ['--set', 'tuning=null', '--set', 'schemes=[{name: fedavg}]'], 'does not say how its options are to be chosen'],
  ])('refuses %s', async (_, more, problem) => {
    const { exitCode, stderr, stdout } = await commandLine(['tune', ...SMALL, ...more]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(problem);
  });
});

describe('wfl-sim run', () => {
  it('ends with 0 where some scheme diverged, which it tells, and with 1 where all did', async () => {
    const some = ['run', '--scenario', 'smoke', '--set', 'task.rounds=1', '--set', 'schemes=[{name: fedavg}, {name: fedavg, label: wild, learningRate: 1e38}]', '--out', join(folder, 'some')];
    const { exitCode, stderr } = await commandLine(some);
    expect(exitCode, stderr).toBe(0);
    expect(stderr).toContain('wild (diverged after 0 rounds)');
    const all = await commandLine(['run', '--scenario', 'smoke', '--set', 'schemes=[{name: fedavg, learningRate: 1e38}]', '--quiet', '--out', join(folder, 'all')]);
    expect(all.exitCode).toBe(1);
    expect(all.stderr).toMatch(/^wfl-sim: every scheme of the study diverged; the first, fedavg, diverged after 0 rounds: .*\n$/);
  });

  it('refuses the seed that the options of its scenario are chosen with', async () => {
    const { exitCode, stderr } = await commandLine(['run', ...SMALL, '--seeds', '4..6', '--out', join(folder, 'refused')]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('the options of this study are chosen with seed 5, which therefore can be none of its seeds');
  });
});
