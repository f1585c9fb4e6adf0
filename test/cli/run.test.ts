import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wflSim } from './command-line.js';

const SMALL = ['--scenario', 'smoke', '--set', 'schemes=[{name: fedavg}, {name: fixed, label: fixed-8}]', '--set', 'task.rounds=3'];
const emptyFolder = () => mkdtempSync(join(tmpdir(), 'wfl-run-'));

describe('wfl-sim --scenario', () => {
  it('prints exactly one JSON object on stdout, the same as in the run folder, and the rest on stderr', () => {
    const out = join(emptyFolder(), 'run');
    const { exitCode, stdout, stderr } = wflSim([...SMALL, '--seed', '7', '--out', out, '--json']);
    expect(stderr).toContain('fixed-8           seed 7  round 3/3  accuracy');
    expect(stderr).toContain(`results in ${out}`);
    expect(exitCode).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ scenario: 'smoke', seed: 7, engine: expect.any(String), outDir: out });
    expect(summary.schemes.map(({ name }: { name: string }) => name)).toEqual(['fedavg', 'fixed-8']);
    for (const { energyJ, uplinkBits, timeS } of summary.schemes) {
      expect(Object.keys(energyJ)).toEqual(['transmit', 'receive', 'compute', 'idle', 'sleep', 'total']);
      expect(uplinkBits).toBeGreaterThan(0);
      expect(timeS).toBeGreaterThan(0);
    }
    expect(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')).schemes).toEqual(summary.schemes);
    for (const file of ['manifest.json', 'scenario.yaml', 'rounds.jsonl', 'clients.jsonl', 'rounds.parquet', 'summary.md', 'report.html', 'plots']) expect(readdirSync(out)).toContain(file);

    const again = wflSim([...SMALL, '--out', out]);
    expect(again).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('a run is never overwritten') });
    const resumed = wflSim(['resume', out]);
    expect(resumed).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('no interrupted run') });
  });

  it('says nothing when it is told to be quiet', () => {
    const { exitCode, stdout, stderr } = wflSim([...SMALL, '--quiet', '--out', join(emptyFolder(), 'run')]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('tells what it would do, and does not do it', () => {
    const cwd = emptyFolder();
    const { exitCode, stdout } = wflSim([...SMALL, '--seeds', '1..2', '--dry-run', '--json'], { cwd });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ scenario: 'smoke', seeds: [1, 2], schemes: ['fedavg', 'fixed-8'], rounds: 3, samples: 4 * 40 * 3 * 4, estimatedTimeS: expect.any(Number) });
    expect(wflSim([...SMALL, '--dry-run', '--workers', '1'], { cwd }).stderr).toMatch(/^smoke: 3 rounds with each of fedavg, fixed-8\nseeds 1; 960 training samples in all\nengine \w+ on 1 worker: about \d+ s\n$/);
    // Many schemes are counted by kind.
    const many = Array.from({ length: 12 }, (_, index) => `{name: fixed, label: f${index}}`).join(', ');
    expect(wflSim([...SMALL, '--set', `schemes=[{name: fedavg, label: plain}, ${many}]`, '--dry-run', '--workers', '1'], { cwd }).stderr).toMatch(/^smoke: 3 rounds with each of 13 schemes:\n {2}plain, fixed \(12\)\nseeds 1; /);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  it('keeps the state, says how to go on, exits with 130, and resume ends with the same bytes', async () => {
    const long = ['--scenario', 'smoke', '--set', 'schemes=[{name: fedavg}]', '--set', 'task.rounds=24'];
    const [whole, broken] = [join(emptyFolder(), 'run'), join(emptyFolder(), 'run')];
    const { exitCode, stderr } = await interruptedAfterFirstLine([...long, '--out', broken]);
    expect(stderr).toContain(`wfl-sim resume ${broken}`);
    expect(exitCode).toBe(130);
    expect(existsSync(join(broken, 'summary.json'))).toBe(false);

    const resumed = wflSim(['resume', broken, '--json']);
    expect(resumed.stderr).toContain('round 24/24');
    expect(resumed.exitCode).toBe(0);
    const uninterrupted = wflSim([...long, '--out', whole, '--json']);
    expect(JSON.parse(resumed.stdout).schemes).toEqual(JSON.parse(uninterrupted.stdout).schemes);
    for (const file of ['rounds.jsonl', 'clients.jsonl', 'summary.json']) expect(readFileSync(join(broken, file))).toEqual(readFileSync(join(whole, file)));
  });
});

/** Sends SIGINT once the first line of progress is there. */
function interruptedAfterFirstLine(args: readonly string[]): Promise<{ exitCode: number | null; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    let sent = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (sent || !stderr.includes('round  6/24')) return;
      sent = true;
      child.kill('SIGINT');
    });
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, stderr }));
  });
}
