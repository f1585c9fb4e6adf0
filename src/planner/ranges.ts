import { z } from 'zod';
import type { PlannerState, SituationClient } from './contract.js';

/** Share of the newest range in the prediction; 1 takes the last one as it is. */
export interface RangeMemory {
  readonly newest: number;
}

const memorySchema = z.object({ ranges: z.record(z.string(), z.number()) });

/**
 * Predicts this round's update ranges from the reported ones: the last, or an exponential average.
 * A client that has not reported yet is predicted as the mean of those that have. Null where nobody has.
 */
export function predictRanges(
  clients: readonly SituationClient[], state: PlannerState | null, { newest }: RangeMemory,
): { readonly ranges: readonly number[] | null; readonly state: PlannerState } {
  const smoothed: Record<string, number> = newest === 1 || state === null ? {} : { ...memorySchema.parse(state).ranges };
  for (const { client, range } of clients) {
    if (range === null) continue;
    const before = smoothed[client];
    smoothed[client] = before === undefined ? range : newest * range + (1 - newest) * before;
  }
  const known = clients.flatMap(({ client }) => smoothed[client] ?? []);
  const mean = known.reduce((sum, range) => sum + range, 0) / known.length;
  return {
    ranges: known.length === 0 ? null : clients.map(({ client }) => smoothed[client] ?? mean),
    state: newest === 1 ? {} : { ranges: smoothed },
  };
}
