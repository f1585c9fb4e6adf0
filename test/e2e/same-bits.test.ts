import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startWflSim, temporaryFolder, wflSim } from './command.js';

const IDENTICAL = ['rounds.jsonl', 'clients.jsonl', 'summary.json'] as const;
const folder = temporaryFolder();

function run(name: string, ...args: string[]): string {
  const outDir = join(folder, name);
  const { status, stderr } = wflSim('--scenario', 'smoke', '--out', outDir, ...args);
  expect(status, stderr).toBe(0);
  return outDir;
}

const contents = (dir: string): string[] => IDENTICAL.map((file) => readFileSync(join(dir, file), 'utf8'));
const engines = (JSON.parse(wflSim('list', 'engines', '--json').stdout) as { name: string }[]).map(({ name }) => name);

describe('the results of a run', () => {
  const reference = run('reference', '--workers', '1', '--engine', 'portable');

  it.each([2, 3])('are the same bytes with %i workers as with one', (workers) => {
    expect(contents(run(`workers-${workers}`, '--workers', String(workers), '--engine', 'portable'))).toEqual(contents(reference));
  });

  it.runIf(engines.includes('native'))('are the same bytes with the native engine as with the portable one', () => {
    expect(contents(run('native', '--engine', 'native'))).toEqual(contents(reference));
  });

  it('differ with another seed', () => {
    expect(contents(run('seed-2', '--seed', '2'))[0]).not.toEqual(contents(reference)[0]);
  });

  it('are the same bytes after kill -9 at random moments and resume, as often as it takes', async () => {
    const outDir = join(folder, 'killed');
    // Delays from a fixed linear congruential sequence, so that a failure can be repeated.
    let state = 12_345;
    const delayMs = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return 250 + ((state >>> 16) % 700);
    };
    let kills = 0;
    const fresh = ['--scenario', 'smoke', '--set', 'task.rounds=12', '--out', outDir];
    let args = fresh;
    for (;;) {
      const child = startWflSim(...args, '--workers', '2');
      const timer = setTimeout(() => child.kill('SIGKILL'), kills < 6 ? delayMs() : 600_000);
      const code = await child.exit;
      clearTimeout(timer);
      if (code === 0) break;
      expect(code, child.stderr()).toBe(null);
      kills++;
      const started = existsSync(join(outDir, 'manifest.json'));
      // Killed before there was anything to resume: start anew.
      if (!started) rmSync(outDir, { recursive: true, force: true });
      args = started ? ['resume', outDir] : fresh;
    }
    expect(kills).toBeGreaterThan(2);
    expect(contents(outDir)).toEqual(contents(run('uninterrupted', '--set', 'task.rounds=12')));
  });
});
