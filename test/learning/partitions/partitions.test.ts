import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { partitions, partitionSchema, splitAmongClients } from '../../../src/learning/partitions/index.js';
import type { PartitionChoice, Sizes } from '../../../src/learning/partitions/index.js';

const CLASSES = 10;
/** 4,000 samples, classes in uneven numbers and mixed order. */
const LABELS = Uint8Array.from({ length: 4000 }, (_, i) => Math.floor(((i * 7919) % 4000) / 4000 * ((i % 3) + 8)) % CLASSES);

interface Settings {
  readonly clients?: number;
  readonly samplesPerClient?: number | null;
  readonly sizes?: Sizes;
  readonly seed?: number;
  readonly labels?: Uint8Array;
}

function split(partition: Record<string, unknown>, { clients = 20, samplesPerClient = 100, sizes = 'equal', seed = 1, labels = LABELS }: Settings = {}): Int32Array[] {
  return splitAmongClients({
    labels, classes: CLASSES, clients, samplesPerClient, sizes, seed,
    partition: partitionSchema.parse(partition),
  });
}

const sizesOf = (parts: readonly Int32Array[]): number[] => parts.map(({ length }) => length);
const counts = (part: Int32Array, labels = LABELS): number[] => {
  const result = Array.from({ length: CLASSES }, () => 0);
  for (const sample of part) result[labels[sample]]++;
  return result;
};
const distinctClasses = (part: Int32Array): number => counts(part).filter((n) => n > 0).length;
/** Mean over clients of the largest class's share: about 0.1 for IID, 1 for one class each. */
const skew = (parts: readonly Int32Array[]): number =>
  parts.reduce((sum, part) => sum + Math.max(...counts(part)) / part.length, 0) / parts.length;

const EVERY: readonly PartitionChoice[] = [
  { name: 'iid' },
  { name: 'contiguous' },
  { name: 'shards', shardsPerClient: 2 },
  { name: 'dirichlet', alpha: 0.3 },
  { name: 'dirichlet', alpha: 0.01 },
  { name: 'dirichlet', alpha: 0.3, draw: 'per-class' },
  { name: 'dirichlet', alpha: 0.001, draw: 'per-class' },
  { name: 'classes', classesPerClient: 3 },
  { name: 'classes', classesPerClient: 2, assignment: 'rotating' },
  { name: 'classes', classesPerClient: 5, assignment: 'random' },
] as readonly PartitionChoice[];

describe.each(EVERY.map((partition) => ({ partition, title: JSON.stringify(partition) })))('$title', ({ partition }) => {
  const choice = partition as unknown as Record<string, unknown>;

  it('gives no sample twice and only samples that exist', () => {
    for (const samplesPerClient of [100, null]) {
      const all = split(choice, { samplesPerClient }).flatMap((part) => [...part]);
      expect(new Set(all).size).toBe(all.length);
      expect(all.every((sample) => Number.isInteger(sample) && sample >= 0 && sample < LABELS.length)).toBe(true);
    }
  });

  it('leaves no client without samples', () => {
    for (const samplesPerClient of [100, 20, null]) {
      expect(Math.min(...sizesOf(split(choice, { samplesPerClient })))).toBeGreaterThan(0);
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(split(choice)).toEqual(split(choice));
    if (partition.name !== 'contiguous') expect(split(choice, { seed: 2 })).not.toEqual(split(choice));
  });

  it('gives the stated number of samples in all', () => {
    expect(sizesOf(split(choice)).reduce((a, b) => a + b, 0)).toBe(2000);
  });

  it('shares out all samples where no number is stated', () => {
    if (partition.name === 'classes' && choice['assignment'] === 'random') return;
    expect(sizesOf(split(choice, { samplesPerClient: null })).reduce((a, b) => a + b, 0)).toBe(LABELS.length);
  });

  it('keeps the stated size of each client, equal and log-normal, unless sizes are drawn by class', () => {
    if (choice['draw'] === 'per-class') return;
    expect(sizesOf(split(choice))).toEqual(Array.from({ length: 20 }, () => 100));
    const sizes = { name: 'log-normal', sigma: 0.8, minimumSamples: 10 } as const;
    const drawn = sizesOf(split(choice, { sizes, samplesPerClient: 60 }));
    expect(drawn.reduce((a, b) => a + b, 0)).toBe(1200);
    expect(new Set(drawn).size).toBeGreaterThan(10);
    expect(drawn).toEqual(sizesOf(split({ name: 'iid' }, { sizes, samplesPerClient: 60 })));
  });
});

describe('golden splits', () => {
  it('have the same samples on every machine (SHA-256 of all indices in client order, first 16 digits)', () => {
    const sizes = { name: 'log-normal', sigma: 0.8, minimumSamples: 10 } as const;
    const hashes = EVERY.map((choice) => {
      const hash = createHash('sha256');
      for (const part of split(choice as unknown as Record<string, unknown>, { sizes, samplesPerClient: 60 })) hash.update(`${part.join(' ')};`);
      return hash.digest('hex').slice(0, 16);
    });
    expect(hashes).toEqual([
      '199f8e3ab060aee7', 'ce12677e0f982e42', '89eec4d856b9c717', '6e6d22d3740b31bc', '26563720e4a340ce',
      'a45cd5d55b0016aa', '9b7c2213a9524267', 'b7aa1b37c0267dc4', '3ccac9fa5d0aef2d', 'e4abe669ee020c64',
    ]);
  });
});

describe('label skew', () => {
  it('grows as alpha of the Dirichlet partition falls, for both draws (20 clients, seed 1)', () => {
    for (const draw of ['per-client', 'per-class']) {
      const skews = [1000, 1, 0.1, 0.01].map((alpha) => skew(split({ name: 'dirichlet', alpha, draw })));
      expect([...skews].sort((a, b) => a - b)).toEqual(skews);
      expect(skews[0]).toBeLessThan(0.27);
    }
    expect(skew(split({ name: 'dirichlet', alpha: 0.01 }))).toBeGreaterThan(0.8);
  });

  it('is that of the whole for iid', () => {
    const whole = counts(Int32Array.from(LABELS, (_, i) => i)).map((n) => n / LABELS.length);
    const pooled = counts(Int32Array.from(split({ name: 'iid' }).flatMap((part) => [...part]))).map((n) => n / 2000);
    pooled.forEach((share, label) => expect(Math.abs(share - whole[label])).toBeLessThan(0.03));
  });

  it('is at most classesPerClient classes with classes, in balanced use for least-used', () => {
    const parts = split({ name: 'classes', classesPerClient: 3 });
    expect(Math.max(...parts.map(distinctClasses))).toBeLessThanOrEqual(3);
    const owners = Array.from({ length: CLASSES }, (_, label) => parts.filter((part) => counts(part)[label] > 0).length);
    expect(Math.max(...owners) - Math.min(...owners)).toBeLessThanOrEqual(1);
  });

  it('is classes i, i + 1, .. of client i with rotating', () => {
    split({ name: 'classes', classesPerClient: 2, assignment: 'rotating' }, { samplesPerClient: null }).forEach((part, client) => {
      const own = counts(part).flatMap((n, label) => (n > 0 ? [label] : []));
      expect(own).toEqual([client % 10, (client + 1) % 10].sort((a, b) => a - b));
    });
  });

  it('cuts each class evenly among its owners where no sizes are stated', () => {
    const parts = split({ name: 'classes', classesPerClient: 2, assignment: 'rotating' }, { samplesPerClient: null });
    for (let label = 0; label < CLASSES; label++) {
      const shares = parts.map((part) => counts(part)[label]).filter((n) => n > 0);
      expect(shares.length).toBe(4);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('is few classes per client with shards', () => {
    const parts = split({ name: 'shards', shardsPerClient: 2 });
    expect(parts.reduce((sum, part) => sum + distinctClasses(part), 0) / parts.length).toBeLessThan(3.5);
  });
});

describe('edges', () => {
  it('keeps the minimum of the per-class draw at every alpha, without NaN', () => {
    for (const alpha of [1e-4, 1e-3, 0.01, 0.1, 1, 1e6]) {
      for (const seed of [1, 2, 3]) {
        const sizes = sizesOf(split({ name: 'dirichlet', alpha, draw: 'per-class', minimumSamples: 10 }, { seed, samplesPerClient: null, clients: 100 }));
        expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
        expect(sizes.reduce((a, b) => a + b, 0)).toBe(LABELS.length);
      }
    }
  });

  it('keeps sizes at the smallest alpha although classes run out', () => {
    for (const seed of [1, 2, 3]) {
      expect(sizesOf(split({ name: 'dirichlet', alpha: 1e-4 }, { seed, samplesPerClient: 200 }))).toEqual(Array.from({ length: 20 }, () => 200));
    }
  });

  it('works with as many clients as samples, and with one client', () => {
    const labels = LABELS.slice(0, 500);
    for (const choice of EVERY) {
      if (choice.name === 'classes') continue;
      const parts = split(choice as unknown as Record<string, unknown>, { clients: 500, samplesPerClient: null, labels });
      expect(sizesOf(parts)).toEqual(Array.from({ length: 500 }, () => 1));
      expect(sizesOf(split(choice as unknown as Record<string, unknown>, { clients: 1, samplesPerClient: 50 }))).toEqual([50]);
    }
  });

  it('works with a class that has no samples', () => {
    const labels = LABELS.map((label) => (label === 3 ? 4 : label));
    for (const choice of [{ name: 'dirichlet', alpha: 0.05 }, { name: 'dirichlet', alpha: 0.05, draw: 'per-class' }, { name: 'shards' }]) {
      expect(sizesOf(split(choice, { labels })).reduce((a, b) => a + b, 0)).toBe(2000);
    }
  });

  it('refuses more clients than samples, and more samples than there are', () => {
    expect(() => split({ name: 'iid' }, { clients: 4001, samplesPerClient: null })).toThrow(expect.objectContaining({ code: 'TOO_FEW_SAMPLES', exitCode: 2 }));
    expect(() => split({ name: 'iid' }, { clients: 41 })).toThrow(/need 4100 training samples and there are 4000; expected at most 97 samples per client/);
  });

  it('refuses more classes per client than the data set has, and classes without enough samples', () => {
    expect(() => split({ name: 'classes', classesPerClient: 11 })).toThrow(expect.objectContaining({ code: 'PARTITION_CLASSES' }));
    expect(() => split({ name: 'classes', classesPerClient: 1, assignment: 'rotating' }, { clients: 2, samplesPerClient: 1900 })).toThrow(
      expect.objectContaining({ code: 'PARTITION_EXHAUSTED' }),
    );
  });

  it('describes every entry and knows its options', () => {
    expect(partitions.names).toEqual(['iid', 'dirichlet', 'shards', 'classes', 'contiguous']);
    expect(partitionSchema.safeParse({ name: 'iid', alpha: 1 }).success).toBe(false);
    expect(partitionSchema.parse({ name: 'dirichlet' })).toEqual({ name: 'dirichlet', alpha: 0.5, draw: 'per-client', minimumSamples: 10 });
  });
});
