import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resumeStudy, runStudy } from '../../src/experiment/run.js';
import { resultsIn, startWflSim, temporaryFolder } from '../e2e/command.js';

const OVERRIDES = [
  'task.rounds=40',
  'schemes=[{name: fedavg, protocol: {kind: async, concurrency: 3, aggregation: {kind: fedbuff, buffer: 3}}}, {name: top-k, protocol: {kind: async, concurrency: 2, aggregation: {kind: fedasync, uploadsPerRound: 2}}}]',
];
const quiet = () => ({ onProgress: () => {}, signal: new AbortController().signal });

describe('a study without rounds', () => {
  it('gives the same bytes whole, with other workers, and killed and resumed', async () => {
    const folder = temporaryFolder();
    const whole = join(folder, 'whole');
    const request = { scenario: 'smoke', overrides: OVERRIDES, seeds: null, engine: 'portable', dataDir: null };
    await runStudy({ ...request, workers: 1, outDir: whole }, quiet());

    const killed = join(folder, 'killed');
    const child = startWflSim('--scenario', 'smoke', ...OVERRIDES.flatMap((override) => ['--set', override]), '--workers', '2', '--engine', 'portable', '--out', killed);
    await child.written('round');
    child.kill('SIGKILL');
    await child.exit;
    const copy = join(folder, 'copy');
    cpSync(killed, copy, { recursive: true });
    for (const [dir, workers] of [[killed, 2], [copy, 1]] as const) {
      await resumeStudy(dir, { workers, engine: 'portable', dataDir: null }, quiet());
      expect(resultsIn(dir)).toEqual(resultsIn(whole));
    }
  }, 120_000);
});
