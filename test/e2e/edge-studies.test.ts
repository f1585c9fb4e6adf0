import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { runStudy } from '../../src/experiment/run.js';
import { readRows } from '../../src/results/reader.js';
import { TABLES, type RoundRow } from '../../src/results/tables.js';
import { temporaryFolder } from './command.js';

const folder = temporaryFolder();
let runs = 0;

async function roundsOf(...overrides: string[]): Promise<readonly RoundRow[]> {
  const outDir = join(folder, String(runs++));
  const { summary } = await runStudy(
    { scenario: 'smoke', overrides: ['task.rounds=2', ...overrides], seeds: null, workers: 2, engine: 'auto', dataDir: null, outDir },
    { onProgress: () => {}, signal: new AbortController().signal },
  );
  // Every figure for machines is a finite number or null.
  JSON.stringify(summary, (_, value: unknown) => {
    if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
    return value;
  });
  return [...readRows(TABLES.rounds, join(outDir, 'rounds.jsonl'))];
}

describe('a study at the edge of what makes sense', () => {
  it('runs with a budget too small for anybody: planned rounds drop all clients, and the others are as ever', async () => {
    const rows = await roundsOf('budget.energyPerRound=1 uJ');
    const planned = rows.filter(({ scheme }) => scheme === 'fedaq');
    expect(planned).toHaveLength(2);
    for (const row of planned) expect(row).toMatchObject({ participants: 0, dropped: 4, uplink_bits: 0, downlink_bits: 0, packets: 0, round_energy_j: 0, planned_energy_j: 0, accuracy: planned[0].accuracy, loss: planned[0].loss });
    for (const row of rows.filter(({ scheme }) => scheme !== 'fedaq')) expect(row).toMatchObject({ participants: 4, dropped: 0 });
  });

  it('plans without a budget where the rule needs none', async () => {
    const rows = await roundsOf('budget=null', 'schemes=[{name: fedaq, planner: {name: fixed}}]');
    for (const row of rows) expect(row).toMatchObject({ uploads: 4, budget_j: null, planned_energy_j: expect.any(Number) });
  });

  it('drops only whom the budget cannot carry where it changes from round to round', async () => {
    const rows = (await roundsOf('budget.energyPerRound="60 mJ * 1e-6^(round - 1)"', 'schemes=[{name: fedaq}]'));
    expect(rows.map(({ dropped }) => dropped)).toEqual([0, 4]);
    expect(rows[1].sim_time_s).toBe(rows[0].sim_time_s);
  });

  it('runs with a deadline too short for anybody: nothing is learnt, and what was spent is charged', async () => {
    for (const row of await roundsOf('protocol.deadline=1 ms')) expect(row).toMatchObject({ uploads: 0, participants: 4, round_time_s: expect.closeTo(0.001, 9) });
  });

  it('runs with one client, and with batches larger than its data', async () => {
    const rows = await roundsOf('clients.count=1', 'training.batchSize=4096');
    expect(rows).toHaveLength(6);
    for (const row of rows) expect(row.participants).toBe(1);
  });

  it('runs with more workers than clients, and with a client that has a single sample', async () => {
    expect(await roundsOf('clients.samplesPerClient=1', 'clients.partition={name: iid}')).toHaveLength(6);
  });

  it('survives links so poor that nothing arrives', async () => {
    for (const row of await roundsOf('radio.uplink.power=-150 dBm', 'schemes=[{name: fedavg}, {name: laq}]', 'protocol.deadline=10 s')) {
      expect(row).toMatchObject({ uploads: 0 });
      expect(row.lost + row.late + row.skipped).toBe(4);
    }
  });
});
