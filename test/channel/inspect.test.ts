import { describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import { linkStatistics, pathLossTable, traceLink } from '../../src/channel/inspect.js';

const GEOMETRY = { carrierHz: 3.5e9, baseHeightM: 25, clientHeightM: 1.5 };

describe('path loss table', () => {
  it('has the reference losses', () => {
    const rows = pathLossTable('3gpp-uma', {}, true, GEOMETRY, [50, 200]);
    expect(rows.map(({ distanceM }) => distanceM)).toEqual([50, 200]);
    expect(rows[0].pathLossDb).toBeCloseTo(77.2122, 4);
    expect(rows[1].pathLossDb).toBeCloseTo(89.5695, 4);
  });

  it('refuses distances outside the range, unknown models and unknown options', () => {
    expect(() => pathLossTable('3gpp-uma', {}, true, GEOMETRY, [9])).toThrow(expect.objectContaining({ code: 'PATH_LOSS_OUT_OF_RANGE', exitCode: 2 }));
    expect(() => pathLossTable('3gpp-uma', {}, true, GEOMETRY, [-100])).toThrow(expect.objectContaining({ code: 'PATH_LOSS_OUT_OF_RANGE' }));
    expect(() => pathLossTable('3gpp-uma', {}, true, GEOMETRY, [Number.NaN])).toThrow(expect.objectContaining({ code: 'PATH_LOSS_OUT_OF_RANGE' }));
    expect(() => pathLossTable('3gpp-um', {}, true, GEOMETRY, [100])).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAME' }));
    expect(() => pathLossTable('log-distance', { exponent: 0 }, true, GEOMETRY, [100])).toThrow(expect.objectContaining({ code: 'PATH_LOSS_OPTIONS' }));
  });
});

describe('a traced link', () => {
  it('adds up to its gain and has the statistics of its model', () => {
    const channel = createChannel(channelSchema.parse({ fading: { kind: 'rayleigh', surroundingsSpeed: '3 km/h' }, motion: { kind: 'static' } }), { seed: 3, clients: 1 });
    const samples = traceLink(channel, 0, 'downlink', 60, 0.01);
    expect(samples).toHaveLength(6001);
    for (const { pathLossDb, shadowingDb, fadingDb, gainDb } of samples) expect(gainDb).toBeCloseTo(fadingDb - pathLossDb - shadowingDb, 9);
    const statistics = linkStatistics(samples);
    expect(statistics.samples).toBe(6001);
    expect(statistics.gainDb.p5).toBeLessThan(statistics.gainDb.p50);
    // Some 1,400 coherence times: standard error 0.8 %.
    expect(Math.abs(statistics.fadesBelow10Db - 0.095)).toBeLessThan(0.03);
    expect([0, 1]).toContain(statistics.lineOfSightShare);
  });
});
