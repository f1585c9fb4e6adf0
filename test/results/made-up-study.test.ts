import { describe, expect, it } from 'vitest';
import { faultOfRow, TABLES } from '../../src/results/tables.js';
import { madeUpClient, madeUpRounds } from './made-up-study.js';

describe('the made-up study that other tests draw', () => {
  it('has rows that fit their tables', () => {
    expect(madeUpRounds({ rounds: 2 }).map((row) => faultOfRow(TABLES.rounds, row)).filter((fault) => fault !== null)).toEqual([]);
    expect(faultOfRow(TABLES.clients, madeUpClient())).toBeNull();
  });
});
