import { z } from 'zod';
import type { ClientId } from '../compression/contract.js';
import { sampleWithoutReplacement, stream } from '../random/index.js';
import { defineTable, type Entry } from '../table.js';

/** Chooses who takes part in a round: a function of seed and round, so that every scheme meets the same clients. */
export type Selection = (seed: number, round: number, clients: readonly ClientId[]) => readonly ClientId[];

const allSchema = z.strictObject({ kind: z.literal('all') });
const randomSchema = z.strictObject({
  kind: z.literal('random'),
  perRound: z.int().min(1).meta({ description: 'clients per round; all of them where there are fewer' }),
});

export const participationSchema = z.discriminatedUnion('kind', [allSchema, randomSchema]).prefault({ kind: 'all' });
export type ParticipationOptions = z.output<typeof participationSchema>;

interface Participation extends Entry<ParticipationOptions> {
  create(options: ParticipationOptions): Selection;
}

const all: Participation = {
  name: 'all',
  describe: 'every client in every round',
  schema: allSchema,
  create: () => (_seed, _round, clients) => clients,
};

const random: Participation = {
  name: 'random',
  describe: 'a fixed number of clients per round, drawn uniformly without replacement',
  schema: randomSchema,
  create: (options) => (seed, round, clients) => {
    const count = options.kind === 'random' ? options.perRound : clients.length;
    if (count >= clients.length) return clients;
    const drawn = sampleWithoutReplacement(stream(seed, 'participation', round), clients.length, count);
    return Array.from(drawn, (index) => clients[index]).sort((a, b) => a - b);
  },
};

export const participations = defineTable('participation', [all, random]);
