import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../src/results/tables.js';
import { readRows } from '../../src/results/reader.js';
import { temporaryFolder, wflSim, type CommandResult } from './command.js';

describe('wfl-sim --scenario smoke', () => {
  const outDir = join(temporaryFolder(), 'run');
  let result: CommandResult;
  beforeAll(() => {
    result = wflSim('--scenario', 'smoke', '--out', outDir, '--workers', '2', '--json');
  }, 120_000);

  it('ends with 0 and prints exactly one JSON object with the promised keys', () => {
    expect(result.stderr).not.toContain('Error');
    expect(result.status).toBe(0);
    const summary = JSON.parse(result.stdout) as Record<string, unknown> & { schemes: Record<string, unknown>[] };
    expect(summary).toMatchObject({ scenario: 'smoke', seed: 1, engine: expect.stringMatching(/native|portable/), outDir });
    expect(summary.schemes.map(({ name }) => name)).toEqual(['fedavg', 'fixed-8', 'fedaq']);
    for (const scheme of summary.schemes) {
      const numbers = ['rounds', 'finalAccuracy', 'bestAccuracy', 'finalLoss', 'uplinkBits', 'downlinkBits', 'packets', 'retransmissions', 'baseStationEnergyJ', 'timeS'];
      for (const key of numbers) expect(scheme[key], `${String(scheme.name)}.${key}`).toEqual(expect.any(Number));
      expect(Object.keys(scheme.energyJ as object)).toEqual(['transmit', 'receive', 'compute', 'idle', 'sleep', 'total']);
      for (const key of ['energyToTargetJ', 'timeToTargetS']) expect([null, 'number']).toContain(scheme[key] === null ? null : typeof scheme[key]);
    }
  });

  it('leaves a complete run folder and no checkpoint', () => {
    for (const file of ['manifest.json', 'scenario.yaml', 'rounds.jsonl', 'clients.jsonl', 'rounds.parquet', 'summary.json', 'summary.md', 'report.html']) {
      expect(existsSync(join(outDir, file)), file).toBe(true);
    }
    expect(existsSync(join(outDir, 'checkpoint.bin'))).toBe(false);
  });

  it('writes one row per scheme and round in order, with energies that add up over states and clients', () => {
    const rows = [...readRows(TABLES.rounds, join(outDir, 'rounds.jsonl'))];
    expect(rows.map(({ scheme, round }) => `${scheme} ${round}`)).toEqual(
      ['fedavg', 'fixed-8', 'fedaq'].flatMap((scheme) => [0, 1, 2, 3].map((round) => `${scheme} ${round}`)),
    );
    const clients = [...readRows(TABLES.clients, join(outDir, 'clients.jsonl'))];
    for (const row of rows) {
      const states = row.energy_transmit_j + row.energy_receive_j + row.energy_compute_j + row.energy_idle_j + row.energy_sleep_j;
      expect(Math.abs(states - row.energy_total_j)).toBeLessThan(1e-9 * row.energy_total_j);
      const ofClients = clients.filter(({ scheme, round }) => scheme === row.scheme && round === row.round);
      expect(ofClients).toHaveLength(4);
      const spent = ofClients.reduce((sum, client) => sum + client.energy_total_j, 0);
      expect(Math.abs(spent - row.round_energy_j)).toBeLessThan(1e-9 * row.energy_total_j);
    }
  });

  it('counts the bytes of the messages: float32 is 32 bits per parameter and a few bytes of frame, fixed 8 bits', () => {
    const [fedavg] = [...readRows(TABLES.rounds, join(outDir, 'rounds.jsonl'))];
    const parameters = 7850;
    expect(fedavg.downlink_values_bits).toBe(32 * parameters);
    expect(fedavg.downlink_bits - 32 * parameters).toBeLessThan(8 * 64);
    const fixed = [...readRows(TABLES.rounds, join(outDir, 'rounds.jsonl'))].find(({ scheme }) => scheme === 'fixed-8');
    expect(fixed!.downlink_values_bits).toBe(8 * parameters);
    expect(fixed!.uplink_bit_length_mean).toBe(8);
  });

  it('plans never more energy than the budget', () => {
    const planned = [...readRows(TABLES.rounds, join(outDir, 'rounds.jsonl'))].filter(({ planned_energy_j }) => planned_energy_j !== null);
    expect(planned).toHaveLength(4);
    for (const { planned_energy_j, budget_j } of planned) expect(planned_energy_j!).toBeLessThanOrEqual(budget_j! * (1 + 1e-12));
  });

  it('refuses to overwrite the run: exit code 2 and the folder named', () => {
    const before = readFileSync(join(outDir, 'rounds.jsonl'));
    const again = wflSim('--scenario', 'smoke', '--out', outDir);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain(outDir);
    expect(readFileSync(join(outDir, 'rounds.jsonl')).equals(before)).toBe(true);
  });
});
