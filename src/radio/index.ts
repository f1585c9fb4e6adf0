import type { Channel } from '../channel/index.js';
import type { Kernel } from '../des/index.js';
import { runError } from '../errors.js';
import { stream } from '../random/index.js';
import { roundBands } from './bands.js';
import type { RoundBands } from './bands.js';
import { createBaseStationPower } from './base-station-power.js';
import { createBatteryWatch } from './battery-watch.js';
import { broadcast } from './broadcast.js';
import type { Cell, Transfer } from './cell.js';
import type { Allocation, BroadcastSummary, Delivery, Direction, NodeId, Quote, Radio, RadioState } from './contract.js';
import { createLedger } from './ledger.js';
import { createGridTransfers } from './access/grid-transfers.js';
import type { GridTransfers } from './access/grid-transfers.js';
import { gridLayout, requireNumerology, slotOf } from './access/layout.js';
import type { GridLayout } from './access/layout.js';
import { openMedium, sharedMedium, slottedMedium } from './access/medium.js';
import type { Medium } from './access/medium.js';
import type { Scheduler } from './access/schedulers/contract.js';
import { schedulers } from './access/schedulers/table.js';
import type { Access } from './access/schema.js';
import { createInterference } from './interference.js';
import { createLinkState } from './link.js';
import { oneAfterTheOther, sumOf, together } from './message-sums.js';
import { addressees, leftOut } from './multicast.js';
import { createOuterLoop } from './outer-loop.js';
import { segment } from './packets.js';
import { pointToPoint } from './point-to-point.js';
import { createClientPower } from './power-profile.js';
import { createQuoteDesk } from './quote.js';
import type { QuotedGrid, QuotedRound } from './quote.js';
import { createRateModel } from './rate/index.js';
import type { RateModel } from './rate/index.js';
import type { RadioOptions } from './schema.js';

export { radioSchema } from './schema.js';
export type { RadioOptions } from './schema.js';

export interface RadioWorld {
  readonly kernel: Kernel;
  readonly channel: Channel;
  readonly clients: number;
  /** Training samples of each client, where shares of the band go by them. */
  readonly dataSizes?: readonly number[] | undefined;
  /** Capacity of each client's battery; without it energy has no end. */
  readonly batteriesJ?: readonly number[] | undefined;
  /** Packets played at most for the prices of clients that take turns or are scheduled, for a quick look; as many as make them steady where it is not given. */
  readonly quickPackets?: number | undefined;
  /** To go on from; the kernel's clock must stand at its time. */
  readonly state?: RadioState;
}

/** A direction whose resource blocks are scheduled. */
interface ScheduledDirection extends QuotedGrid {
  readonly scheduler: Scheduler;
  readonly transfers: GridTransfers;
}

/** The radio of one cell on an event kernel. */
export function createRadio(options: RadioOptions, { kernel, channel, clients, dataSizes, batteriesJ, quickPackets, state }: RadioWorld): Radio {
  if (state !== undefined && state.timeS !== kernel.now) {
    throw runError('RADIO_STATE_TIME', `the state of the radio is of ${state.timeS} s and the clock stands at ${kernel.now} s`);
  }
  const { baseStation } = options;
  const clientPower = createClientPower(options.client, options.uplink);
  const ledger = createLedger({
    clients,
    staticPowerW: createBaseStationPower(baseStation, options.downlink).staticW,
    rest: clientPower,
    batteriesJ,
    now: () => kernel.now,
    restored: state?.ledger,
  });
  const watch = createBatteryWatch(kernel, ledger, batteriesJ !== undefined, dropOut);
  let onEmpty: Radio['onEmpty'] = null;
  const occupied = new Set<NodeId>();
  const asleep = new Set<NodeId>();
  for (let client = 0; client < clients; client++) if (ledger.stateOf(client) === 'sleep') asleep.add(client);
  let transfers: Transfer[] = [];
  /** While a round is stopped nothing new begins. */
  let isAbandoning = false;
  let computing: { readonly client: NodeId; readonly event: number }[] = [];
  let participants: readonly NodeId[] = [];
  const rate = createRateModel(options.rate, options.packet.mtu + options.packet.header + options.packet.crc);
  const outerLoop = createOuterLoop(options.rate, clients, state?.ledger['outerLoopFactor']);
  const interference = createInterference(options, channel, rate);
  const grids = gridsOf(options, rate);
  const bandsOf = (chosen: readonly NodeId[], allocation?: ReadonlyMap<NodeId, Allocation>): RoundBands =>
    roundBands(options, rate, clientPower, { participants: chosen, allocation, dataSizes, grids, gainOf: (client) => channel.largeScaleGain(client, kernel.now) });
  let openBands: RoundBands | undefined;
  /** Those of the open round; before the first one all clients share. */
  const bands = (): RoundBands => (openBands ??= bandsOf(Array.from({ length: clients }, (_, client) => client)));

  const cell: Cell = {
    kernel,
    ledger,
    links: createLinkState(options, channel, rate, interference),
    rate,
    outerLoop,
    isLost(client, direction, errorProbability) {
      if (errorProbability <= 0 || errorProbability >= 1) return errorProbability >= 1;
      return stream(channel.seed, 'block-error', client, direction === 'uplink' ? 1 : 0, kernel.now).uniform() < errorProbability;
    },
    packet: options.packet,
    media: { uplink: mediumOf(options, kernel), downlink: mediumOf(options, kernel) },
    switchingS: options.duplex.kind === 'half' ? options.duplex.switchingTime : 0,
    lastAttempt: options.packet.reliability === 'until-deadline' ? Infinity : options.packet.maxAttempts,
    occupy(client) {
      if (!(client >= 0 && client < clients)) throw runError('RADIO_UNKNOWN_CLIENT', `there is no client ${client} among ${clients}`);
      if (occupied.has(client)) throw runError('RADIO_BUSY', `client ${client} was given something to do while it was busy`);
      occupied.add(client);
      watch.watch(client);
    },
    release(client) {
      occupied.delete(client);
      watch.unwatch(client);
    },
    enter(client, nodeState, powerW, beside) {
      ledger.enter(client, nodeState, powerW, beside);
      watch.changed(client);
    },
    rest(client) {
      ledger.enter(client, restingState(client), clientPower.idleW);
      watch.changed(client);
    },
    onPacket: null,
  };
  const { access } = options.uplink;
  const gridTransfers = grids === null || access.kind !== 'ofdma' ? null : { uplink: scheduled(access, 'uplink', grids.uplink), downlink: scheduled(access, 'downlink', grids.downlink) };
  const quoted = (): QuotedRound => ({ bands: bands(), participants });
  const desk = createQuoteDesk(cell, { channel, interference }, options, gridTransfers, quickPackets ?? null);

  /** What a client does when it has nothing to do. */
  function restingState(client: NodeId): 'sleep' | 'idle' {
    return asleep.has(client) || options.client.waiting === 'sleep' ? 'sleep' : 'idle';
  }

  /** Its battery is empty: whatever the client is doing ends here. */
  function dropOut(client: NodeId): void {
    const working = computing.find((other) => other.client === client);
    if (working !== undefined) {
      kernel.cancel(working.event);
      computing = computing.filter((other) => other !== working);
      cell.release(client);
    }
    for (const transfer of transfers) transfer.leave(client);
    onEmpty?.(client);
  }

  /** Starts a transfer and keeps it for as long as it is under way; it may end before `start` returns. */
  function track(start: (whenOver: () => void) => Transfer): void {
    let isOver = false;
    const transfer = start(() => {
      isOver = true;
      transfers = transfers.filter((other) => other !== transfer);
    });
    if (!isOver) transfers.push(transfer);
  }

  function send(direction: 'uplink' | 'downlink', client: NodeId, bytes: number, onEnd: (delivery: Delivery) => void): void {
    track((whenOver) => {
      const over = (delivery: Delivery): void => {
        whenOver();
        onEnd(delivery);
      };
      return gridTransfers === null ? pointToPoint(cell, bands(), direction, client, bytes, over) : gridTransfers[direction].transfers.send(bands(), client, bytes, over);
    });
  }

  function scheduled({ scheduler: { kind, ...schedulerOptions } }: Extract<Access, { kind: 'ofdma' }>, direction: Direction, layout: GridLayout): ScheduledDirection {
    const create = (restored?: readonly number[]): Scheduler => schedulers.find(kind).create(schedulerOptions, { clients, slotS: layout.slotS, restored });
    const scheduler = create(state?.ledger[`${direction}Scheduler`]);
    return { layout, scheduler, newScheduler: () => create(), transfers: createGridTransfers(cell, { direction, layout, scheduler, isFullDuplex: options.duplex.kind === 'full' }) };
  }

  function unicastToEach(to: readonly NodeId[], bytes: number, onEach: (delivery: Delivery) => void, onEnd: (summary: BroadcastSummary) => void): void {
    const startS = kernel.now;
    const deliveries: Delivery[] = [];
    if (to.length === 0) return onEnd(sumOf(deliveries, startS, startS, 8 * bytes));
    for (const client of to) {
      send('downlink', client, bytes, (delivery) => {
        deliveries.push(delivery);
        onEach(delivery);
        if (deliveries.length === to.length) onEnd(sumOf(deliveries, startS, kernel.now, 8 * bytes));
      });
    }
  }

  function broadcastTo(to: readonly NodeId[], bytes: number, onEach: (delivery: Delivery) => void, onEnd: (summary: BroadcastSummary) => void): void {
    track((whenOver) =>
      broadcast(cell, bands(), to, bytes, onEach, (summary) => {
        whenOver();
        onEnd(summary);
      }),
    );
  }

  /** Mean ratio over the whole downlink band, interference at its mean. */
  function meanSnr(client: NodeId): number {
    return (bands().broadcast.snrPerGain * channel.largeScaleGain(client, kernel.now)) / (interference?.meanRise('downlink', client, kernel.now) ?? 1);
  }

  /** To those with a good link at once, then to each of the others. */
  function multicastTo(to: readonly NodeId[], bytes: number, onEach: (delivery: Delivery) => void, onEnd: (summary: BroadcastSummary) => void): void {
    const startS = kernel.now;
    const { members, others } = addressees(options.downlink.multicast, to, meanSnr);
    const { payloadBits, packets } = segment(bytes, options.packet);
    broadcastTo(members, bytes, onEach, (first) => {
      const finish = (rest: readonly BroadcastSummary[]): void => onEnd(sumOf([first, ...rest], startS, kernel.now, payloadBits));
      if (options.downlink.multicast.others === 'unicast' && !isAbandoning) return unicastToEach(others, bytes, onEach, (second) => finish([second]));
      for (const client of others) onEach(leftOut(client, kernel.now, payloadBits, packets));
      finish([]);
    });
  }

  return {
    openRound(chosen, allocation) {
      participants = [...chosen];
      openBands = bandsOf(participants, allocation);
    },
    quote(direction, client, messageBytes, at) {
      if (client !== null) return desk.pointToPoint(quoted(), direction, client, messageBytes, at);
      const { mode, multicast } = options.downlink;
      const unicasts = (to: readonly NodeId[]): Quote => together(to.map((addressee) => desk.pointToPoint({ bands: bands(), participants: to }, 'downlink', addressee, messageBytes, at)));
      if (mode === 'broadcast') return desk.broadcast(quoted(), participants, messageBytes, at);
      if (mode === 'unicast') return unicasts(participants);
      const { members, others } = addressees(multicast, participants, meanSnr);
      const price = desk.broadcast(quoted(), members, messageBytes, at);
      return multicast.others === 'none' || others.length === 0 ? price : oneAfterTheOther([price, unicasts(others)]);
    },
    broadcast(to, bytes, onEach, onEnd) {
      if (options.downlink.mode === 'unicast') unicastToEach(to, bytes, onEach, onEnd);
      else if (options.downlink.mode === 'multicast') multicastTo(to, bytes, onEach, onEnd);
      else broadcastTo(to, bytes, onEach, onEnd);
    },
    unicast: (client, bytes, onEnd) => send('downlink', client, bytes, onEnd),
    uplink: (client, bytes, onEnd) => send('uplink', client, bytes, onEnd),
    compute(client, durationS, powerW, onEnd) {
      if (!(powerW > 0)) throw runError('RADIO_COMPUTE_POWER', `client ${client} was to compute at ${powerW} W`, { expected: 'a power above zero' });
      cell.occupy(client);
      cell.enter(client, 'compute', powerW);
      const event = kernel.schedule(
        durationS,
        () => {
          computing = computing.filter((other) => other.event !== event);
          cell.rest(client);
          cell.release(client);
          onEnd();
        },
        undefined,
        `computing of client ${client}`,
      );
      computing.push({ client, event });
    },
    abandonRound() {
      for (const { client, event } of computing) {
        kernel.cancel(event);
        cell.rest(client);
        cell.release(client);
      }
      computing = [];
      isAbandoning = true;
      // Each end makes a new list, so that this one stays whole.
      for (const transfer of transfers) transfer.abandon();
      isAbandoning = false;
    },
    rest(awake) {
      for (let client = 0; client < clients; client++) {
        if (awake.has(client)) asleep.delete(client);
        else asleep.add(client);
        // Who sleeps on is not woken: falling asleep again would cost again.
        if (!occupied.has(client) && ledger.stateOf(client) !== restingState(client)) cell.rest(client);
      }
    },
    ledger,
    get onEmpty() {
      return onEmpty;
    },
    set onEmpty(callback) {
      onEmpty = callback;
    },
    get onPacket() {
      return cell.onPacket;
    },
    set onPacket(callback) {
      cell.onPacket = callback;
    },
    state: () => ({
      timeS: kernel.now,
      ledger: {
        ...ledger.state(),
        outerLoopFactor: outerLoop.state(),
        ...(gridTransfers === null ? {} : { uplinkScheduler: gridTransfers.uplink.scheduler.state(), downlinkScheduler: gridTransfers.downlink.scheduler.state() }),
      },
    }),
  };
}

function gridsOf(options: RadioOptions, rate: RateModel): Readonly<Record<Direction, GridLayout>> | null {
  const { uplink: { access }, downlink } = options;
  if (access.kind !== 'ofdma') return null;
  return { uplink: gridLayout(options, access, rate, options.uplink.bandwidth), downlink: gridLayout(options, access, rate, downlink.bandwidth) };
}

function mediumOf(options: RadioOptions, kernel: Kernel): Medium {
  const { slots, uplink: { access } } = options;
  if (slots !== 'none') requireNumerology(options, slots.numerology);
  const slotS = slots === 'none' ? null : slotOf(slots.numerology);
  if (access.kind === 'tdma') return sharedMedium(kernel, slotS);
  return access.kind === 'ofdma' || slotS === null ? openMedium : slottedMedium(kernel, slotS);
}
