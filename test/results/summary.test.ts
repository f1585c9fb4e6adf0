import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { interval95 } from '../../src/results/statistics.js';
import { summarise, type SummaryContext, writeSummary, type Summary } from '../../src/results/summary.js';
import { summaryMarkdown, summaryTable } from '../../src/results/summary-table.js';
import type { RoundRow } from '../../src/results/tables.js';
import { MADE_UP_SCHEMES, madeUpRounds } from './made-up-study.js';

const context: SummaryContext = { scenario: 'urban-10clients', accuracyTarget: null, evaluatedOn: 'test', tuning: null, divergences: [] };
const [template] = madeUpRounds({ rounds: 1 });

/** Rows of one scheme with these accuracies; energy, radio energy and time are 10, 4 and 2 per round. */
function rowsWith(accuracies: readonly number[], change: Partial<RoundRow> = {}): RoundRow[] {
  return accuracies.map((accuracy, round) => ({
    ...template, round, accuracy, energy_total_j: 10 * (round + 1), communication_energy_j: 4 * (round + 1), sim_time_s: 2 * (round + 1), ...change,
  }));
}

const target = (rows: readonly RoundRow[], accuracyTarget: number | null = null): Summary => summarise(rows, { ...context, accuracyTarget });

describe('the summary of a run', () => {
  it('has exactly the keys of the machine interface for one seed', () => {
    const summary = summarise(madeUpRounds(), context);
    expect(Object.keys(summary)).toEqual(['scenario', 'seed', 'target', 'schemes']);
    for (const scheme of summary.schemes) {
      expect(Object.keys(scheme)).toEqual([
        'name', 'rounds', 'finalAccuracy', 'bestAccuracy', 'finalLoss', 'uplinkBits', 'downlinkBits', 'packets', 'retransmissions', 'energyJ',
        'baseStationEnergyJ', 'timeS', 'energyToTargetJ', 'communicationEnergyToTargetJ', 'timeToTargetS',
      ]);
      expect(Object.keys(scheme.energyJ)).toEqual(['transmit', 'receive', 'compute', 'idle', 'sleep', 'total']);
    }
    expect(summary.schemes.map(({ name }) => name)).toEqual(MADE_UP_SCHEMES.map(({ label }) => label));
  });

  it('adds up what is per round and takes the last of what is from the start of the run', () => {
    const rows = madeUpRounds().filter(({ scheme_name }) => scheme_name === 'laq');
    const [scheme] = summarise(rows, context).schemes;
    const last = rows.at(-1)!;
    expect(scheme).toMatchObject({
      rounds: 40,
      finalAccuracy: last.accuracy,
      bestAccuracy: Math.max(...rows.map(({ accuracy }) => accuracy)),
      uplinkBits: rows.reduce((sum, row) => sum + row.uplink_bits, 0),
      packets: rows.reduce((sum, row) => sum + row.packets, 0),
      timeS: last.sim_time_s,
      baseStationEnergyJ: last.base_station_energy_j,
    });
    expect(scheme.energyJ.total).toBe(last.energy_total_j);
    expect(scheme.energyJ.sleep).toBe(last.energy_sleep_j);
  });

  it('over several seeds holds means, intervals and each seed in the shape of one seed', () => {
    const rows = madeUpRounds({ seeds: [1, 2, 3] });
    const summary = summarise(rows, context);
    const finals = [1, 2, 3].map((seed) => rows.findLast((row) => row.scheme_name === 'fedmrn' && row.seed === seed)!.accuracy);
    const mean = summary.schemes.find(({ name }) => name === 'FedMRN')!;
    expect(mean.finalAccuracy).toBeCloseTo((finals[0]! + finals[1]! + finals[2]!) / 3, 12);
    const interval = summary.intervals!.find(({ name }) => name === 'FedMRN')!;
    expect(interval.finalAccuracy).toEqual(interval95(finals));
    expect(interval.energyJ.total!.low).toBeLessThan(mean.energyJ.total);
    expect(summary).toMatchObject({ seed: 1, seeds: [1, 2, 3] });
    expect(summary.perSeed!.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(Object.keys(summary.perSeed![0].schemes[0])).toEqual(Object.keys(mean));
  });

  it('does not exist before the first round is complete', () => {
    expect(() => summarise([], context)).toThrow(expect.objectContaining({ code: 'NO_COMPLETE_ROUND', exitCode: 2 }));
  });
});

describe('the target accuracy', () => {
  it("is 95 % of FedAvg's best where the scenario gives none, whatever FedAvg is called", () => {
    const rows = [...rowsWith([0.2, 0.8, 0.6], { scheme: 'plain' }), ...rowsWith([0.9, 0.95], { scheme: 'other', scheme_name: 'laq' })];
    expect(target(rows).target).toEqual({ accuracy: 0.95 * 0.8, basis: 'fedavg' });
  });

  it('is 95 % of the best scheme where FedAvg is not in the study, and says so', () => {
    const rows = [...rowsWith([0.5], { scheme: 'a', scheme_name: 'laq' }), ...rowsWith([0.7], { scheme: 'b', scheme_name: 'fixed' })];
    const summary = target(rows);
    expect(summary.target).toEqual({ accuracy: 0.95 * 0.7, basis: 'best-scheme' });
    expect(summaryTable(summary)).toContain('FedAvg is not in this study');
  });

  it('is the same for all seeds: the best accuracies of the reference are averaged', () => {
    const rows = [...rowsWith([0.8, 0.8], { seed: 1 }), ...rowsWith([0.6, 0.6], { seed: 2 })];
    expect(target(rows).target.accuracy).toBeCloseTo(0.95 * 0.7, 12);
  });

  it('is reached in the first of two consecutive rounds at or above it', () => {
    const [scheme] = target(rowsWith([0.1, 0.71, 0.69, 0.7, 0.72, 0.5]), 0.7).schemes;
    expect(scheme).toMatchObject({ energyToTargetJ: 40, communicationEnergyToTargetJ: 16, timeToTargetS: 8 });
  });

  it.each([[[0.1, 0.8, 0.6, 0.8]], [[0.1, 0.2, 0.3]]])('is not reached by single rounds at or above it: %j', (accuracies) => {
    const [scheme] = target(rowsWith(accuracies), 0.7).schemes;
    expect(scheme).toMatchObject({ energyToTargetJ: null, communicationEnergyToTargetJ: null, timeToTargetS: null });
  });

  it('has no mean price unless every seed reached it, and says how many did', () => {
    const rows = [...rowsWith([0.8, 0.8], { seed: 1 }), ...rowsWith([0.6, 0.6], { seed: 2 })];
    const summary = target(rows, 0.7);
    expect(summary.schemes[0].energyToTargetJ).toBeNull();
    expect(summary.intervals![0]).toMatchObject({ seedsAtTarget: 1, energyToTargetJ: null });
    expect(summaryTable(summary)).toContain('1 of 2 seeds');
  });

  it('misses the target with a seed that has no rows, where training diverged in the first round', () => {
    const rows = madeUpRounds({ seeds: [1, 2], schemes: MADE_UP_SCHEMES.slice(0, 2) });
    const kept = rows.filter(({ scheme, seed }) => scheme !== MADE_UP_SCHEMES[1].label || seed === 1);
    const { schemes, intervals } = summarise(kept, { ...context, accuracyTarget: 0.5 });
    expect(schemes.map(({ energyToTargetJ }) => energyToTargetJ === null)).toEqual([false, true]);
    expect(intervals![1]).toMatchObject({ seedsAtTarget: 1, energyToTargetJ: null });
  });
});

describe('the summary for people', () => {
  it('is a table of aligned columns with units', () => {
    const lines = summaryTable(summarise(madeUpRounds(), context)).split('\n');
    expect(lines[0]).toMatch(/^scheme +final accuracy +best accuracy +uplink +downlink/);
    expect(lines[1]).toMatch(/^ +% +% +Mbit +Mbit/);
    expect(new Set(lines.slice(2, 9).map((line) => line.length)).size).toBe(1);
    expect(lines.at(-1)).toContain("95 % of FedAvg's best accuracy");
  });

  it('shows half the width of the interval where several seeds ran', () => {
    const text = summaryTable(summarise(madeUpRounds({ seeds: [1, 2, 3] }), context));
    expect(text).toMatch(/FedMRN +\d+\.\d ± \d+\.\d/);
    expect(text).toContain('Means over 3 seeds with 95 % t intervals');
  });

  it('is a Markdown table in which a bar in a label does no harm', () => {
    const markdown = summaryMarkdown(summarise(rowsWith([0.5], { scheme: 'a|b' }), context));
    expect(markdown).toContain(String.raw`| a\|b | 50.0 |`);
    const columns = markdown.split('\n').filter((line) => line.startsWith('|')).map((line) => line.replaceAll(String.raw`\|`, '').split('|').length);
    expect(new Set(columns).size).toBe(1);
  });

  it('is written beside the JSON, which ends with a line end and holds no clock, engine or folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wfl-results-'));
    const summary = summarise(madeUpRounds({ rounds: 3 }), context);
    writeSummary(folder, summary);
    const json = readFileSync(join(folder, 'summary.json'), 'utf8');
    expect(JSON.parse(json)).toEqual(summary);
    expect(json.endsWith('}\n')).toBe(true);
    expect(json).not.toMatch(/engine|outDir/);
    expect(readFileSync(join(folder, 'summary.md'), 'utf8')).toBe(summaryMarkdown(summary));
    rmSync(folder, { recursive: true });
  });
});
