import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeSmallSet } from '../learning/datasets/idx-files.js';
import { commandLine } from './command-line.js';

describe('wfl-sim data', () => {
  it('lists every data set with where it is, its samples and its checksums', async () => {
    const dataDir = temporaryFolder();
    writeSmallSet(join(dataDir, 'mnist'));
    const { exitCode, stdout } = await commandLine(['data', '--data-dir', dataDir]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/synthetic-digits +any +any +drawn by the program/);
    expect(stdout).toMatch(/mnist +30 +20 +ready in .*mnist/);
    expect(stdout).toMatch(/fashion-mnist +- +- +missing\. Run "wfl-sim data fetch fashion-mnist"/);
  });

  it('prints one JSON array with --json', async () => {
    const { stdout } = await commandLine(['data', '--data-dir', temporaryFolder(), '--json']);
    expect(JSON.parse(stdout).map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toContain('mnist missing');
  });

  it('refuses to fetch without a name, a known name or a folder', async () => {
    expect(await commandLine(['data', 'fetch', '--data-dir', temporaryFolder()])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('wfl-sim data fetch NAME') });
    expect(await commandLine(['data', 'fetch', 'mnits', '--data-dir', temporaryFolder()])).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('did you mean "mnist"') });
    expect(await commandLine(['data', 'fetch', 'mnist', '--data-dir', ''])).toMatchObject({ exitCode: 2 });
  });

  it('ends with 1 where the server cannot be reached', async () => {
    const ended = await commandLine(['data', 'fetch', 'mnist', '--data-dir', temporaryFolder(), '--from', 'http://127.0.0.1:9/']);
    expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('could not be downloaded') });
  });
});
