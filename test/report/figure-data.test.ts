import { describe, expect, it } from 'vitest';
import { figureData } from '../../src/report/figure-data.js';
import type { FigureMetadata } from '../../src/report/template.js';
import { interval95 } from '../../src/results/statistics.js';
import type { Row } from '../../src/results/tables.js';

const row = (scheme: string, seed: number, round: number, loss: number | null, packets = 1): Row => ({ scheme, seed, round, loss, packets });
const figure = (change: Partial<FigureMetadata>): FigureMetadata => ({
  title: 't', description: 'd', order: 1, table: 'rounds', rows: 'all', groupBy: ['scheme', 'round'], columns: { loss: 'last' }, ...change,
});

describe('the data of a figure', () => {
  it('with one seed are the rows themselves, with intervals that are null', () => {
    const data = figureData(figure({}), [row('a', 1, 0, 2), row('a', 1, 1, 1)]);
    expect(data).toEqual([
      { scheme: 'a', round: 0, loss: 2, loss_low: null, loss_high: null },
      { scheme: 'a', round: 1, loss: 1, loss_low: null, loss_high: null },
    ]);
  });

  it('with several seeds are means with the 95 % t interval', () => {
    const [point] = figureData(figure({}), [row('a', 1, 0, 1), row('a', 2, 0, 2), row('a', 3, 0, 4)]);
    const interval = interval95([1, 2, 4]);
    expect(point['loss']).toBeCloseTo(7 / 3, 5);
    expect(point['loss_low']).toBeCloseTo(interval!.low, 5);
    expect(point['loss_high']).toBeCloseTo(interval!.high, 5);
  });

  it('reduces the rows of a group within each seed before it averages over seeds', () => {
    const rows = [row('a', 1, 0, 5, 10), row('a', 1, 1, 3, 20), row('a', 2, 0, 4, 30), row('a', 2, 1, 1, 50)];
    const reduced = (loss: 'last' | 'max' | 'min' | 'mean'): unknown => figureData(figure({ groupBy: ['scheme'], columns: { loss } }), rows)[0]['loss'];
    expect(figureData(figure({ groupBy: ['scheme'], columns: { packets: 'sum' } }), rows)[0]).toMatchObject({ scheme: 'a', packets: 55 });
    expect([reduced('last'), reduced('max'), reduced('min'), reduced('mean')]).toEqual([2, 4.5, 2, 3.25]);
  });

  it('in long form have a row per column with a value', () => {
    const long = { key: 'what', labels: { loss: 'test loss', packets: 'packets' } };
    const data = figureData(figure({ columns: { loss: 'last', packets: 'sum' }, long }), [row('a', 1, 0, null), row('a', 1, 1, 2)]);
    expect(data).toEqual([
      { scheme: 'a', round: 0, what: 'packets', value: 1, value_low: null, value_high: null },
      { scheme: 'a', round: 1, what: 'test loss', value: 2, value_low: null, value_high: null },
      { scheme: 'a', round: 1, what: 'packets', value: 1, value_low: null, value_high: null },
    ]);
  });

  it('leave out the rows in which a required column is null', () => {
    expect(figureData(figure({ requires: 'loss', columns: { packets: 'last' } }), [row('a', 1, 0, null), row('b', 1, 0, 1)])).toMatchObject([{ scheme: 'b' }]);
  });
});
