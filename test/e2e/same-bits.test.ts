import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runStudy } from '../../src/experiment/run.js';
import { engines } from '../../src/learning/engines/index.js';
import { resultsIn, startWflSim, temporaryFolder } from './command.js';

const folder = temporaryFolder();
// A scheme that keeps state at the clients and may stay silent, beside those of the scenario, and every packet.
const OVERRIDES = ['schemes=[{name: fedavg}, {name: fixed}, {name: fedaq}, {name: laq}]', 'results.packets=true', 'task.rounds=12'];

/** Runs a study without its report. */
async function run(name: string, workers: number, engine: string, seed = 1): Promise<string> {
  const outDir = join(folder, name);
  await runStudy({ scenario: 'smoke', overrides: OVERRIDES, seeds: [seed], workers, engine, dataDir: null, outDir }, { onProgress: () => {}, signal: new AbortController().signal });
  return outDir;
}

const everythingIn = (outDir: string): string[] => [...resultsIn(outDir), readFileSync(join(outDir, 'packets.jsonl'), 'utf8')];

describe('the results of a run', () => {
  const reference = run('reference', 1, 'portable');
  const native = engines.find('native').available() === true;

  it.each([2, 3])('are the same bytes with %i workers as with one', async (workers) => {
    expect(everythingIn(await run(`workers-${workers}`, workers, 'portable'))).toEqual(everythingIn(await reference));
  });

  it.runIf(native)('are the same bytes with the native engine as with the portable one', async () => {
    expect(everythingIn(await run('native', 2, 'native'))).toEqual(everythingIn(await reference));
  });

  it('differ with another seed', async () => {
    expect(everythingIn(await run('seed-2', 2, 'auto', 2))[0]).not.toEqual(everythingIn(await reference)[0]);
  });

  it('name no clock, machine, engine or worker', async () => {
    const [rounds, clients, summary] = everythingIn(await reference);
    for (const text of [rounds, clients, summary]) expect(text).not.toMatch(/portable|native|worker|host|\b20\d\d-\d\d-\d\d/i);
  });

  it('are the same bytes after kill -9 at random moments and resume, as often as it takes', async () => {
    const outDir = join(folder, 'killed');
    // Delays from a fixed linear congruential sequence, so that a failure can be repeated.
    let state = 12_345;
    const delayMs = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 16) % 100;
    };
    const fresh = ['--scenario', 'smoke', ...OVERRIDES.flatMap((override) => ['--set', override]), '--out', outDir];
    let args = fresh;
    let kills = 0;
    let resumes = 0;
    for (;;) {
      const child = startWflSim(...args, '--workers', '2', '--engine', 'portable');
      // From the first sign of life on: a round that is done, whatever the load of the machine.
      if (kills < 6) {
        await child.written('round');
        await new Promise((resolve) => setTimeout(resolve, delayMs()));
        child.kill('SIGKILL');
      }
      const code = await child.exit;
      if (code === 0) break;
      expect(code, child.stderr()).toBe(null);
      kills++;
      const started = existsSync(join(outDir, 'manifest.json'));
      // Killed before there was anything to resume: start anew.
      if (!started) rmSync(outDir, { recursive: true, force: true });
      else resumes++;
      args = started ? ['resume', outDir] : fresh;
    }
    expect(resumes).toBeGreaterThan(2);
    expect(everythingIn(outDir)).toEqual(everythingIn(await reference));
  });
});
