import { describe, expect, it } from 'vitest';
import { formatDuration, formatEnergy } from '../../src/cli/format.js';
import { createProgress } from '../../src/cli/progress.js';
import type { RoundProgress } from '../../src/experiment/contract.js';

const round = (scheme: string, number: number, fractionDone: number, rest: Partial<RoundProgress> = {}): RoundProgress => ({
  kind: 'round', scheme, seed: 1, round: number, rounds: 8, accuracy: 0.5, energyJ: 0.25, simTimeS: 1, fractionDone, ...rest,
});

/** Ten seconds pass between any two events. */
function recorded(isTTY: boolean, quiet = false, columns = 120) {
  const written: string[] = [];
  let clockS = 0;
  const progress = createProgress({ stream: { isTTY, columns, write: (text) => written.push(text) }, quiet, now: () => (clockS += 10) });
  return { progress, written };
}

describe('progress where lines cannot be rewritten', () => {
  it('gives a scheme a line at each quarter of its rounds, with the time left', () => {
    const { progress, written } = recorded(false);
    for (let number = 1; number <= 8; number++) progress.show(round('fedaq', number, number / 16));
    expect(written).toEqual([
      'fedaq             seed 1  round 2/8  accuracy  50.0 %    250 mJ  1 min 0 s left\n',
      'fedaq             seed 1  round 4/8  accuracy  50.0 %    250 mJ  40 s left\n',
      'fedaq             seed 1  round 6/8  accuracy  50.0 %    250 mJ  20 s left\n',
      'fedaq             seed 1  round 8/8  accuracy  50.0 %    250 mJ  done\n',
    ]);
  });

  it('passes notices on, and is silent when asked to be', () => {
    const loud = recorded(false);
    loud.progress.show({ kind: 'notice', text: 'the native engine is not built' });
    expect(loud.written).toEqual(['the native engine is not built\n']);
    const silent = recorded(true, true);
    silent.progress.show({ kind: 'notice', text: 'the native engine is not built' });
    silent.progress.show(round('fedaq', 8, 1));
    expect(silent.written).toEqual([]);
  });
});

describe('progress on a terminal', () => {
  it('keeps one line per scheme and one for the study, rewritten in place', () => {
    const { progress, written } = recorded(true);
    progress.show(round('fedavg', 1, 1 / 16));
    progress.show(round('fedavg', 2, 2 / 16));
    progress.show(round('fedaq', 1, 9 / 16));
    expect(written[0]).not.toContain('\u001B[2A');
    expect(written[1].startsWith('\u001B[2A\u001B[2Kfedavg')).toBe(true);
    expect(written[1]).toContain('study: 12.5 % done, 2 min 20 s left');
    expect(written[2].startsWith('\u001B[2A')).toBe(true);
    expect(written[2].split('\n').map((line) => line.split('\u001B[2K')[1]?.split(' ')[0])).toEqual(['fedavg', 'fedaq', 'study:', undefined]);
  });

  it('never writes a line wider than the terminal, which would break the rewriting', () => {
    const { progress, written } = recorded(true, false, 40);
    progress.show(round('a-scheme-with-a-very-long-label-indeed', 1, 1 / 16));
    for (const line of written[0].split('\n')) expect(line.replace('\u001B[2K', '').length).toBeLessThan(40);
  });

  it('writes a notice above the lines', () => {
    const { progress, written } = recorded(true);
    progress.show(round('fedavg', 1, 1 / 16));
    progress.show({ kind: 'notice', text: 'a client died' });
    expect(written[1]).toBe('\u001B[2A\u001B[Ja client died\n');
    expect(written[2].startsWith('\u001B[2Kfedavg')).toBe(true);
  });
});

describe('figures for people', () => {
  it('have three digits and a unit', () => {
    expect([0, 1.2e-6, 0.0123, 0.25, 3.4567, 34.567, 345.67, 12_345].map(formatEnergy)).toEqual(['0.00 uJ', '1.20 uJ', '12.3 mJ', '250 mJ', '3.46 J', '34.6 J', '346 J', '12.3 kJ']);
    expect([0, 59.4, 60, 3599, 3600, 12_000].map(formatDuration)).toEqual(['0 s', '59 s', '1 min 0 s', '59 min 59 s', '1 h 0 min', '3 h 20 min']);
  });
});
