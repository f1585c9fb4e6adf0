import { describe, expect, it } from 'vitest';
import { faultOfRow, TABLE_NAMES, TABLES, type Column, type Row } from '../../src/results/tables.js';

const VALUES = { text: 'a', count: 3, number: 0.5, flag: true } as const;

const rowOf = (columns: readonly Column[]): Record<string, string | number | boolean | null> =>
  Object.fromEntries(columns.map((column) => [column.name, VALUES[column.type]]));

describe('the tables of a run folder', () => {
  it.each(TABLE_NAMES)('%s has distinct column names in lower case that start with scheme, seed, round', (name) => {
    const names = TABLES[name].columns.map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.slice(0, 3)).toEqual(['scheme', 'seed', 'round']);
    for (const column of names) expect(column).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  it('rounds has the columns that the machine interface promises', () => {
    const names = TABLES.rounds.columns.map((column) => column.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'scheme', 'seed', 'round', 'sim_time_s', 'accuracy', 'loss', 'uplink_bits', 'downlink_bits', 'uplink_bit_length_mean',
        'downlink_bit_length', 'energy_total_j', 'energy_transmit_j', 'energy_receive_j', 'energy_compute_j', 'energy_idle_j', 'energy_sleep_j',
      ]),
    );
  });

  it.each(TABLE_NAMES)('a row of %s is right only with exactly its columns', (name) => {
    const table = TABLES[name];
    const row = rowOf(table.columns);
    expect(faultOfRow(table, row)).toBeNull();
    expect(faultOfRow(table, { ...row, extra: 1 })).toContain('has no column extra');
    const { seed: _, ...missing } = row;
    expect(faultOfRow(table, missing)).toContain('the column seed of');
  });

  it('refuses a value of the wrong type, a fraction in a count, a number that is not finite, and null where it has no meaning', () => {
    const right: Row = rowOf(TABLES.rounds.columns);
    const fault = (change: Row): string | null => faultOfRow(TABLES.rounds, { ...right, ...change });
    expect(fault({ accuracy: '0.5' })).toContain('accuracy of rounds holds "0.5", not a finite number');
    expect(fault({ round: 1.5 })).toContain('round of rounds holds 1.5, not an integer');
    expect(fault({ loss: Number.NaN })).toContain('loss');
    expect(fault({ accuracy: null })).toContain('accuracy of rounds holds null');
    expect(fault({ train_loss: null })).toBeNull();
  });
});
