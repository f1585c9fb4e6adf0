import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { channelSchema } from '../../src/channel/index.js';
import { radioSchema } from '../../src/radio/index.js';

const blocks = [...readFileSync('scenarios/README.md', 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => parse(text) as Record<string, unknown>);
const keyed = (key: string): unknown[] => blocks.flatMap((block) => (block[key] === undefined ? [] : [block[key]]));

describe('examples in the description of the scenarios', () => {
  it('are cells and radios that exist', () => {
    expect(keyed('channel').length).toBeGreaterThan(0);
    expect(keyed('radio').length).toBeGreaterThan(3);
    for (const channel of keyed('channel')) expect(channelSchema.safeParse(channel).error?.issues ?? []).toEqual([]);
    for (const radio of keyed('radio')) expect(radioSchema.safeParse(radio).error?.issues ?? []).toEqual([]);
  });
});
