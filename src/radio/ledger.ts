import { BASE_STATION, NODE_STATES } from './contract.js';
import type { EnergyLedger, NodeId, NodeState } from './contract.js';

/**
 * Energy and time by node and state. A client is in one state at a time; an interval is closed
 * before its state changes, so that times in states add up to the time elapsed. The base station
 * sends and receives at once on many links: its times are weighted by the share of the band in use,
 * and its static power is apart.
 */
export interface Ledger extends EnergyLedger {
  /** The client enters a state at that power. */
  enter(client: NodeId, state: NodeState, powerW: number): void;
  stateOf(client: NodeId): NodeState;
  /** The base station has used a share of its band for that long; `powerW` is that of the share. */
  chargeBase(state: 'transmit' | 'receive', powerW: number, share: number, durationS: number): void;
  state(): Readonly<Record<string, readonly number[]>>;
}

const STATES = NODE_STATES.length;
const STATE_INDEX: Readonly<Record<NodeState, number>> = { transmit: 0, receive: 1, compute: 2, idle: 3, sleep: 4 };

export interface LedgerOptions {
  readonly clients: number;
  readonly staticPowerW: number;
  readonly idlePowerW: number;
  /** Of falling asleep and waking up; a sleep that is too short for it to pay costs what idling would have cost. */
  readonly sleepTransitionJ: number;
  /** The simulated time. */
  readonly now: () => number;
  readonly restored?: Readonly<Record<string, readonly number[]>> | undefined;
}

export function createLedger({ clients, staticPowerW, idlePowerW, sleepTransitionJ, now, restored }: LedgerOptions): Ledger {
  const initial = (key: string, length: number, value: number): Float64Array => {
    const kept = restored?.[key];
    return kept === undefined ? new Float64Array(length).fill(value) : Float64Array.from(kept);
  };
  const energy = initial('clientEnergyJ', clients * STATES, 0);
  const time = initial('clientTimeS', clients * STATES, 0);
  const current = initial('clientState', clients, STATE_INDEX.idle);
  const power = initial('clientPowerW', clients, idlePowerW);
  const since = initial('clientSinceS', clients, now());
  const baseEnergy = initial('baseEnergyJ', STATES, 0);
  const baseTime = initial('baseTimeS', STATES, 0);
  const started = initial('startS', 1, now());

  /** What the present interval of a client has taken up to now. */
  const openJ = (client: NodeId): number => {
    const elapsed = now() - since[client];
    const plain = power[client] * elapsed;
    return current[client] === STATE_INDEX.sleep ? Math.min(idlePowerW * elapsed, sleepTransitionJ + plain) : plain;
  };

  const energyJ = (node: NodeId, state: NodeState): number => {
    const index = STATE_INDEX[state];
    if (node === BASE_STATION) return baseEnergy[index];
    return energy[node * STATES + index] + (current[node] === index ? openJ(node) : 0);
  };

  return {
    energyJ,
    timeS(node, state) {
      const index = STATE_INDEX[state];
      if (node === BASE_STATION) return baseTime[index];
      return time[node * STATES + index] + (current[node] === index ? now() - since[node] : 0);
    },
    clientsJ() {
      const sums = { transmit: 0, receive: 0, compute: 0, idle: 0, sleep: 0 };
      for (const state of NODE_STATES) for (let client = 0; client < clients; client++) sums[state] += energyJ(client, state);
      return sums;
    },
    baseStationJ: () => ({
      transmit: baseEnergy[STATE_INDEX.transmit],
      receive: baseEnergy[STATE_INDEX.receive],
      compute: 0,
      idle: 0,
      sleep: 0,
      static: staticPowerW * (now() - started[0]),
    }),
    enter(client, state, powerW) {
      const place = client * STATES + current[client];
      time[place] += now() - since[client];
      energy[place] += openJ(client);
      current[client] = STATE_INDEX[state];
      power[client] = powerW;
      since[client] = now();
    },
    stateOf: (client) => NODE_STATES[current[client]],
    chargeBase(state, powerW, share, durationS) {
      const index = STATE_INDEX[state];
      baseEnergy[index] += powerW * durationS;
      baseTime[index] += share * durationS;
    },
    state: () => ({
      clientEnergyJ: [...energy],
      clientTimeS: [...time],
      clientState: [...current],
      clientPowerW: [...power],
      clientSinceS: [...since],
      baseEnergyJ: [...baseEnergy],
      baseTimeS: [...baseTime],
      startS: [...started],
    }),
  };
}
