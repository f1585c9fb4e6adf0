import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WflError } from '../src/errors.js';
import { defineTable, type Entry } from '../src/table.js';

const entry = (name: string): Entry<{ exponent: number }> => ({
  name,
  describe: `path loss by ${name}`,
  schema: z.object({ exponent: z.number().default(3) }),
});

describe('a table of entries', () => {
  const table = defineTable('path loss model', [entry('free-space'), entry('log-distance')]);

  it('finds entries by name and lists them in the order they were given', () => {
    expect(table.names).toEqual(['free-space', 'log-distance']);
    expect(table.entries.map(({ name }) => name)).toEqual(table.names);
    expect(table.find('log-distance').describe).toBe('path loss by log-distance');
    expect(table.find('free-space').schema.parse({})).toEqual({ exponent: 3 });
    expect(table.kind).toBe('path loss model');
  });

  it('answers an unknown name with the kind, the nearest name and all names', () => {
    const find = (): unknown => table.find('log-distanc');
    expect(find).toThrow(WflError);
    expect(find).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_NAME',
        exitCode: 2,
        message: 'there is no path loss model named "log-distanc" (did you mean "log-distance"?); expected one of free-space, log-distance',
      }),
    );
  });

  it('does not take names from the prototype of objects', () => {
    for (const name of ['constructor', '__proto__', 'toString']) expect(() => table.find(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAME' }));
  });

  it('refuses two entries of one name at start-up', () => {
    expect(() => defineTable('scheme', [entry('fedavg'), entry('fedavg')])).toThrow('two entries of the scheme table share a name');
  });
});
