import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { channelSchema, createChannel } from '../../src/channel/index.js';
import type { Channel } from '../../src/channel/index.js';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'trace-')); });
afterAll(() => rmSync(folder, { recursive: true }));

function channelOf(text: string, clients: number): Channel {
  const file = join(folder, 'trace.csv');
  writeFileSync(file, text);
  return createChannel(channelSchema.parse({ motion: { kind: 'trace', file } }), { seed: 1, clients });
}

describe('motion from a trace', () => {
  it('follows the rows in straight lines, with the speed between them', () => {
    const channel = channelOf('client,t,x,y\n0,0,50,0\n1,2,0,100\n0,10,80,40\n1,12,0,90\n0,20,80,40\n', 2);
    expect(channel.position(0, 5)).toEqual({ xM: 65, yM: 20 });
    expect(channel.speed(0, 5)).toBeCloseTo(5, 12);
    expect(channel.speed(0, 15)).toBe(0);
    expect(channel.position(0, 1000)).toEqual({ xM: 80, yM: 40 });
    expect(channel.position(1, 1)).toEqual({ xM: 0, yM: 100 });
    expect(channel.speed(1, 7)).toBeCloseTo(1, 12);
  });

  it.each([
    ['TRACE_HEADER', 'time,x,y\n0,1,1\n', 1],
    ['TRACE_ROW', 't,x,y\n0,1\n', 1],
    ['TRACE_ROW', 't,x,y\n0,1,\n', 1],
    ['TRACE_ROW', 't,x,y\n0,1,abc\n', 1],
    ['TRACE_DISORDER', 't,x,y\n0,1,1\n5,1,1\n5,2,2\n', 1],
    ['TRACE_GAP', 't,x,y\n0,1,1\n500,1,1\n', 1],
    ['TRACE_CLIENTS', 't,x,y\n0,1,1\n', 2],
    ['TRACE_CLIENTS', 'client,t,x,y\n3,0,1,1\n', 2],
    ['TRACE_CLIENTS', 'client,t,x,y\n0,0,1,1\n', 2],
  ])('refuses a bad file with %s', (code, text, clients) => {
    expect(() => channelOf(text, clients)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it('names the line, and says when there is no file', () => {
    expect(() => channelOf('t,x,y\n0,1,1\n5,1,1\n4,2,2\n', 1)).toThrow('trace.csv:4');
    const options = channelSchema.parse({ motion: { kind: 'trace', file: join(folder, 'none.csv') } });
    expect(() => createChannel(options, { seed: 1, clients: 1 })).toThrow(expect.objectContaining({ code: 'TRACE_UNREADABLE' }));
  });
});
