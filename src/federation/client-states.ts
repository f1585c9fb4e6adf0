import type { ClientId, SchemeState, StateValue } from '../compression/contract.js';

/**
 * What clients keep between rounds. Clients that never took part, and schemes without state, cost
 * nothing.
 */
export interface ClientStates {
  committed(client: ClientId): SchemeState | undefined;
  /** The state a job returned, with the arrays that are still those of the committed state shared with it: clients under way at once need not hold them twice. */
  sharing(client: ClientId, pending: SchemeState): SchemeState;
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
    sharing(client, pending) {
      const known = states.get(client);
      if (known === undefined) return pending;
      return Object.fromEntries(Object.entries(pending).map(([key, value]) => [key, sameBytes(value, known[key]) ? known[key] : value]));
    },
    settle(client, round, pending, outcome) {
      const state = settleClient(client, round, pending, outcome);
      if (Object.keys(state).length > 0) states.set(client, state);
      else states.delete(client);
    },
    entries: () => [...states.entries()].sort(([a], [b]) => a - b),
  };
}

function sameBytes(a: StateValue | undefined, b: StateValue | undefined): boolean {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor || a.byteLength !== b.byteLength) return false;
  return Buffer.compare(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), new Uint8Array(b.buffer, b.byteOffset, b.byteLength)) === 0;
}
