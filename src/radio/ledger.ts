import { BASE_STATION, NODE_STATES } from './contract.js';
import type { EnergyLedger, NodeId, NodeState } from './contract.js';
import { AWAKE, longestRestS, restJ, restState, SLEEP_DEPTHS } from './sleep.js';
import type { RestOptions } from './sleep.js';

/**
 * Energy and time by node and state. A client is in one state at a time; an interval is closed
 * before its state changes, so that times in states add up to the time elapsed, or to the client's
 * life where it has a battery. What a client sends or receives beside the data it is in the state of has its
 * energy counted as what it is, and no time of its own. The base station sends and receives at once on many links: its times
 * are weighted by the share of the band in use, and its static power is apart.
 *
 * How deep a client sleeps follows from how long: an interval of sleep is charged when it is closed
 * (and as if it ended now where it is looked at), as sleep of one depth or, where it was too short
 * for any to pay, as idling.
 *
 * A battery is empty at the instant at which what the client has drawn comes to its capacity. From
 * then on the client draws nothing and is in no state.
 */
export interface Ledger extends EnergyLedger {
  /** The client enters a state at that power, which for sleep follows from its depth. Nothing happens to a client whose battery is empty. */
  enter(client: NodeId, state: NodeState, powerW: number, beside?: Beside): void;
  stateOf(client: NodeId): NodeState;
  /** When the battery will be empty if the client goes on with what it does; infinite without a battery. */
  emptyAtS(client: NodeId): number;
  /** The base station has used a share of its band for that long; `powerW` is that of the share. */
  chargeBase(state: 'transmit' | 'receive', powerW: number, share: number, durationS: number): void;
  state(): Readonly<Record<string, readonly number[]>>;
}

/** What a client does at the same time as something else. */
export interface Beside {
  readonly state: 'transmit' | 'receive';
  readonly powerW: number;
}

const STATES = NODE_STATES.length;
const DEPTHS = SLEEP_DEPTHS.length;
const STATE_INDEX: Readonly<Record<NodeState, number>> = { transmit: 0, receive: 1, compute: 2, idle: 3, sleep: 4 };
/** The same for states of transmissions first: comparing is faster than looking up by a name that varies. */
const indexOf = (state: NodeState): number => (state === 'transmit' ? 0 : state === 'receive' ? 1 : STATE_INDEX[state]);

export interface LedgerOptions {
  readonly clients: number;
  readonly staticPowerW: number;
  /** Power of idling and the sleep states of a client. */
  readonly rest: RestOptions;
  /** Capacity of each client's battery; without it energy has no end. */
  readonly batteriesJ?: readonly number[] | undefined;
  /** The simulated time. */
  readonly now: () => number;
  readonly restored?: Readonly<Record<string, readonly number[]>> | undefined;
}

export function createLedger({ clients, staticPowerW, rest, batteriesJ, now, restored }: LedgerOptions): Ledger {
  const initial = (key: string, length: number, value: number): Float64Array => {
    const kept = restored?.[key];
    return kept === undefined ? new Float64Array(length).fill(value) : Float64Array.from(kept);
  };
  const energy = initial('clientEnergyJ', clients * STATES, 0);
  const time = initial('clientTimeS', clients * STATES, 0);
  const depthEnergy = initial('sleepEnergyJ', clients * DEPTHS, 0);
  const depthTime = initial('sleepTimeS', clients * DEPTHS, 0);
  const current = initial('clientState', clients, STATE_INDEX.idle);
  const power = initial('clientPowerW', clients, rest.idleW);
  const since = initial('clientSinceS', clients, now());
  // Part of the power that goes with another state; nothing is on the air where a state is saved.
  const besidePart = new Float64Array(clients);
  const besideState = new Uint8Array(clients);
  const baseEnergy = initial('baseEnergyJ', STATES, 0);
  const baseTime = initial('baseTimeS', STATES, 0);
  const started = initial('startS', 1, now());
  const emptyAt = initial('clientEmptyAtS', clients, Infinity);
  if (batteriesJ !== undefined && restored === undefined) {
    for (let client = 0; client < clients; client++) emptyAt[client] = now() + batteriesJ[client] / rest.idleW;
  }

  /** Length of the present interval of a client up to now, or to the end of its battery. */
  const openS = (client: NodeId, nowS: number): number => Math.min(nowS, emptyAt[client]) - since[client];
  /** How deep the present interval is slept, were it to end now; AWAKE where it is no sleep. */
  const openDepth = (client: NodeId, nowS: number): number => (current[client] === STATE_INDEX.sleep ? restState(rest, openS(client, nowS)) : AWAKE);
  const openState = (client: NodeId, depth: number): number => (depth === AWAKE && current[client] === STATE_INDEX.sleep ? STATE_INDEX.idle : current[client]);

  /** What the present interval of a client has taken up to now. */
  function openJ(client: NodeId, depth: number, nowS: number): number {
    const plain = current[client] === STATE_INDEX.sleep ? restJ(rest, depth, openS(client, nowS)) : power[client] * openS(client, nowS);
    // A gap that ends before the sleep that was to pay may cost more than is left.
    return batteriesJ === undefined || plain * (1 - 1e-12) <= leftJ(client) ? plain : leftJ(client);
  }

  /** What was left in the battery when the present interval began. */
  function leftJ(client: NodeId): number {
    let left = batteriesJ![client];
    for (let state = 0; state < STATES; state++) left -= energy[client * STATES + state];
    return Math.max(0, left);
  }

  const energyJ = (node: NodeId, state: NodeState): number => {
    const index = STATE_INDEX[state];
    if (node === BASE_STATION) return baseEnergy[index];
    const depth = openDepth(node, now());
    const closed = energy[node * STATES + index] + (openState(node, depth) === index ? openJ(node, depth, now()) * (1 - besidePart[node]) : 0);
    return besidePart[node] > 0 && besideState[node] === index ? closed + openJ(node, depth, now()) * besidePart[node] : closed;
  };

  return {
    energyJ,
    timeS(node, state) {
      const index = STATE_INDEX[state];
      if (node === BASE_STATION) return baseTime[index];
      return time[node * STATES + index] + (openState(node, openDepth(node, now())) === index ? openS(node, now()) : 0);
    },
    sleepJ(client, depth) {
      const open = openDepth(client, now());
      const place = client * DEPTHS + SLEEP_DEPTHS.indexOf(depth);
      return depthEnergy[place] + (open !== AWAKE && rest.sleeps[open].depth === depth ? openJ(client, open, now()) : 0);
    },
    sleepS(client, depth) {
      const open = openDepth(client, now());
      const place = client * DEPTHS + SLEEP_DEPTHS.indexOf(depth);
      return depthTime[place] + (open !== AWAKE && rest.sleeps[open].depth === depth ? openS(client, now()) : 0);
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
    batteryJ: (client) => (batteriesJ === undefined ? null : emptyAt[client] <= now() ? 0 : Math.max(0, leftJ(client) - openJ(client, openDepth(client, now()), now()))),
    deathS: (client) => (emptyAt[client] <= now() ? emptyAt[client] : null),
    emptyAtS: (client) => emptyAt[client],
    enter(client, state, powerW, beside) {
      // Asked for once: this runs at each transmission.
      const nowS = now();
      if (emptyAt[client] <= nowS) return;
      const depth = openDepth(client, nowS);
      const elapsed = openS(client, nowS);
      const used = openJ(client, depth, nowS);
      const place = client * STATES + openState(client, depth);
      time[place] += elapsed;
      if (besidePart[client] === 0) {
        energy[place] += used;
      } else {
        energy[place] += used * (1 - besidePart[client]);
        energy[client * STATES + besideState[client]] += used * besidePart[client];
        besidePart[client] = 0;
      }
      if (depth !== AWAKE) {
        const deep = client * DEPTHS + SLEEP_DEPTHS.indexOf(rest.sleeps[depth].depth);
        depthTime[deep] += elapsed;
        depthEnergy[deep] += used;
      }
      current[client] = indexOf(state);
      power[client] = powerW;
      if (beside !== undefined) {
        power[client] = powerW + beside.powerW;
        besidePart[client] = beside.powerW / power[client];
        besideState[client] = STATE_INDEX[beside.state];
      }
      since[client] = nowS;
      if (batteriesJ === undefined) return;
      const left = leftJ(client);
      emptyAt[client] = nowS + (left === 0 ? 0 : state === 'sleep' ? longestRestS(rest, left) : left / power[client]);
    },
    stateOf: (client) => NODE_STATES[current[client]],
    chargeBase(state, powerW, share, durationS) {
      const index = indexOf(state);
      baseEnergy[index] += powerW * durationS;
      baseTime[index] += share * durationS;
    },
    state: () => ({
      clientEnergyJ: [...energy],
      clientTimeS: [...time],
      sleepEnergyJ: [...depthEnergy],
      sleepTimeS: [...depthTime],
      clientState: [...current],
      clientPowerW: [...power],
      clientSinceS: [...since],
      ...(batteriesJ === undefined ? {} : { clientEmptyAtS: [...emptyAt] }),
      baseEnergyJ: [...baseEnergy],
      baseTimeS: [...baseTime],
      startS: [...started],
    }),
  };
}
