import type { ClientId, SchemeState } from '../compression/contract.js';

/**
 * What clients keep between rounds. Clients that never took part, and schemes without state, cost
 * nothing.
 */
export interface ClientStates {
  committed(client: ClientId): SchemeState | undefined;
  /** Commits the state a job left, once its upload is known to be accepted or given up for lost. */
  settle(client: ClientId, round: number, pending: SchemeState, outcome: 'accepted' | 'lost'): void;
  /** By client, ascending. */
  entries(): readonly (readonly [ClientId, SchemeState])[];
}

/** Settles one half of a scheme: recreates it from `pending`, tells it the outcome, returns its state. */
export type SettleClient = (client: ClientId, round: number, pending: SchemeState, outcome: 'accepted' | 'lost') => SchemeState;

export function createClientStates(settleClient: SettleClient, initial: readonly (readonly [ClientId, SchemeState])[]): ClientStates {
  const states = new Map(initial);
  return {
    committed: (client) => states.get(client),
    settle(client, round, pending, outcome) {
      const state = settleClient(client, round, pending, outcome);
      if (Object.keys(state).length > 0) states.set(client, state);
      else states.delete(client);
    },
    entries: () => [...states.entries()].sort(([a], [b]) => a - b),
  };
}
