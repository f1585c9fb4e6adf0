import type { RoundBands } from '../bands.js';
import { acknowledgementS, snrDb } from '../cell.js';
import type { Cell, Transfer } from '../cell.js';
import type { Delivery, Direction, NodeId } from '../contract.js';
import type { Band } from '../link.js';
import { segment } from '../packets.js';
import { createGrid } from './grid.js';
import type { Flow, GridLinks, TransportBlock } from './grid.js';
import { createGridBands } from './grid-bands.js';
import type { GridBands } from './grid-bands.js';
import type { GridLayout } from './layout.js';
import { slotBorder } from './medium.js';
import type { Scheduler } from './schedulers/contract.js';

/** Messages over the scheduled resource blocks of one direction. */
export interface GridTransfers {
  send(bands: RoundBands, client: NodeId, bytes: number, onEnd: (delivery: Delivery) => void): Transfer;
}

export interface GridTransfersOptions {
  readonly direction: Direction;
  readonly layout: GridLayout;
  readonly scheduler: Scheduler;
  /** Whether clients send and receive at once. */
  readonly isFullDuplex: boolean;
}

/** A message under way, with what it has taken. */
interface Message {
  readonly flow: Flow;
  readonly bands: RoundBands;
  /** Payload of a whole packet with its header. */
  readonly packets: number;
  readonly payloadBits: number;
  readonly startS: number;
  readonly onEnd: (delivery: Delivery) => void;
  transmitJ: number;
  receiveJ: number;
}

/** A block on the air, or the answer to it. */
interface OnAir {
  readonly block: TransportBlock;
  readonly message: Message;
  readonly startS: number;
}

interface Answer extends OnAir {
  readonly band: Band;
  readonly snr: number;
  readonly lengthS: number;
  /** The client is in the middle of data, and answers or listens beside it. */
  readonly isBeside: boolean;
}

/**
 * Runs a grid slot by slot while anything is to be sent. A client may have several blocks under way;
 * each is answered in the slot after it, in the blocks kept free for that (many at once, told apart by
 * codes), with the power density of the data. A client that has data at the same time is in the state
 * of the data, and what the answer draws beside it is counted as what it is; a half-duplex client gets no slot in
 * which its answer is due.
 */
export function createGridTransfers(cell: Cell, { direction, layout, scheduler, isFullDuplex }: GridTransfersOptions): GridTransfers {
  const { kernel, ledger, links, outerLoop, rate, packet, switchingS, lastAttempt } = cell;
  const { slotS } = layout;
  const isUplink = direction === 'uplink';
  const origin = `${direction} slot`;
  const messages = new Map<NodeId, Message>();
  let gridBands: GridBands | null = null;
  let onAir: OnAir[] = [];
  let answers: Answer[] = [];
  /** Clients whose answer is due, with the time from which they are free for data again. */
  const answering = new Map<NodeId, number>();
  let event = -1;
  const answerEvents = new Set<number>();
  let eventS = Infinity;
  let lastSlotS = -1;

  const grid = createGrid({
    layout,
    scheduler,
    rate,
    crcBits: packet.crc,
    lastAttempt,
    links: {
      band: (client, given) => bandsFor(client).band(client, given),
      reach: (client) => bandsFor(client).reach(client),
      expectedSnr: (band, client, timeS, attempt) => links.expectedSnr(band, client, timeS, Math.min(attempt, packet.maxAttempts), outerLoop.factor(client, direction)),
      reception: (band, client) => links.reception(band, client),
      groupSnrs: selectiveSnrs(),
      isLost: (client, probability) => cell.isLost(client, direction, probability),
    },
  });

  function selectiveSnrs(): GridLinks['groupSnrs'] {
    const { expectedBlocks } = links;
    if (expectedBlocks === null) return () => null;
    const blocks = new Float64Array(layout.blocks);
    return (client, timeS) => {
      expectedBlocks(bandsFor(client).reach(client).spread, client, timeS, outerLoop.factor(client, direction), blocks);
      // Block indices of groups run from 0 on without gaps.
      return Float64Array.from(layout.groups, (group) => group.reduce((sum, block) => sum + blocks[block], 0) / group.length);
    };
  }

  function bandsFor(client: NodeId): GridBands {
    const { bands } = messages.get(client)!;
    if (gridBands?.bands !== bands) gridBands = createGridBands(bands, direction, layout);
    return gridBands;
  }

  /** Wakes up at the first border from which anything may be sent. */
  function arm(): void {
    const wantedS = grid.wantedFrom();
    if (wantedS === Infinity && onAir.length === 0) return;
    // One slot is not given twice.
    const nextS = Math.max(kernel.now, slotBorder(lastSlotS + 0.5 * slotS, slotS));
    const atS = onAir.length > 0 ? nextS : Math.max(nextS, slotBorder(Math.max(kernel.now, wantedS), slotS));
    if (atS >= eventS) return;
    kernel.cancel(event);
    eventS = atS;
    event = kernel.scheduleAt(atS, slot, undefined, origin);
  }

  function slot(): void {
    eventS = Infinity;
    const nowS = kernel.now;
    const ended = onAir;
    onAir = [];
    lastSlotS = nowS;
    for (const sent of ended) leaveData(sent, true);
    const due = new Set(ended.map(({ block }) => block.flow.client));
    const sent = grid.step(nowS, (client) => isFullDuplex || (!due.has(client) && (answering.get(client) ?? 0) <= nowS + 1e-9));
    for (const block of sent) {
      const { client } = block.flow;
      onAir.push({ block, message: messages.get(client)!, startS: nowS });
      enterData(client, block.band);
    }
    if (ended.length > 0) {
      if (switchingS === 0) startAnswers(ended);
      else {
        for (const { block } of ended) {
          answering.set(block.flow.client, Infinity);
          cell.rest(block.flow.client);
        }
        later(switchingS, startAnswers, ended);
      }
    }
    arm();
  }

  /** `answer`: what goes on in the other direction at the same time. */
  function enterData(client: NodeId, band: Band, answer?: Band): void {
    if (isUplink) cell.enter(client, 'transmit', band.transmitterW, answer && { state: 'receive', powerW: answer.receiverW });
    else cell.enter(client, 'receive', band.receiverW, answer && { state: 'transmit', powerW: answer.transmitterW });
  }

  function later<A>(delayS: number, handler: (argument: A) => void, argument: A): void {
    const handle = kernel.schedule(
      delayS,
      () => {
        answerEvents.delete(handle);
        handler(argument);
      },
      undefined,
      origin,
    );
    answerEvents.add(handle);
  }

  /** The answers to the blocks of one slot, all of the same length. */
  function startAnswers(ended: readonly OnAir[]): void {
    const started: Answer[] = [];
    for (const { block, message } of ended) {
      const { client } = block.flow;
      if (messages.get(client) !== message) continue;
      const band = isUplink ? message.bands.downlinkAnswer : message.bands.uplinkAnswer(client);
      const busy = onAir.find((sent) => sent.message === message);
      const answer: Answer = {
        block, message, band, startS: kernel.now, snr: links.answerSnr(band, client, kernel.now), lengthS: acknowledgementS(cell, band), isBeside: busy !== undefined,
      };
      answering.set(client, kernel.now + answer.lengthS + switchingS);
      if (busy !== undefined) enterData(client, busy.block.band, band);
      else if (isUplink) cell.enter(client, 'receive', band.receiverW);
      else cell.enter(client, 'transmit', band.transmitterW);
      started.push(answer);
    }
    if (started.length === 0) return;
    answers.push(...started);
    later(started[0].lengthS, endAnswers, started);
  }

  function endAnswers(started: readonly Answer[]): void {
    for (const answer of started) {
      // Those of an abandoned message are gone.
      if (!answers.includes(answer)) continue;
      const { block, message } = answer;
      const { client } = block.flow;
      const heard = answer.snr >= rate.robustSnr;
      leaveAnswer(answer, heard);
      if (answer.isBeside) enterData(client, onAir.find((sent) => sent.message === message)!.block.band);
      else cell.rest(client);
      if (grid.settle(block, heard, kernel.now)) end(message, true);
    }
    arm();
  }

  /** Charges data on the air up to now. */
  function leaveData({ block, message, startS }: OnAir, complete: boolean): void {
    const { band, flow } = block;
    const durationS = kernel.now - startS;
    const senderJ = band.transmitterW * durationS;
    const listenerJ = band.receiverW * durationS;
    if (isUplink) ledger.chargeBase('receive', band.receiverW, band.share, durationS);
    else ledger.chargeBase('transmit', band.transmitterW, band.share, durationS);
    message.transmitJ += senderJ;
    message.receiveJ += listenerJ;
    if (complete) grid.land(block);
    if (complete && block.attempt === 1) outerLoop.settle(flow.client, direction, block.arrivesNow);
    cell.onPacket?.({
      kind: 'data', direction, client: flow.client, packet: block.index, attempt: block.attempt, startS, durationS, bits: block.sizeBits,
      snrDb: snrDb(block.reception.attemptSnr), rateBitPerS: block.sizeBits / slotS, transmitJ: senderJ, receiveJ: listenerJ, received: complete && block.arrivesNow,
    });
  }

  /** Charges an answer on the air up to now. */
  function leaveAnswer(answer: Answer, received: boolean): void {
    const { block, message, band, startS, lengthS } = answer;
    answers.splice(answers.indexOf(answer), 1);
    const durationS = kernel.now - startS;
    const senderJ = band.transmitterW * durationS;
    const listenerJ = band.receiverW * durationS;
    if (isUplink) ledger.chargeBase('transmit', band.transmitterW, band.share, durationS);
    else ledger.chargeBase('receive', band.receiverW, band.share, durationS);
    message.receiveJ += senderJ;
    message.transmitJ += listenerJ;
    cell.onPacket?.({
      kind: 'acknowledgement', direction: band.direction, client: block.flow.client, packet: block.index, attempt: block.attempt, startS, durationS,
      bits: packet.acknowledgement, snrDb: snrDb(answer.snr), rateBitPerS: packet.acknowledgement / lengthS, transmitJ: senderJ, receiveJ: listenerJ, received,
    });
  }

  function end(message: Message, isComplete: boolean): void {
    const { flow, startS, payloadBits, packets } = message;
    const { client } = flow;
    messages.delete(client);
    answering.delete(client);
    grid.close(flow);
    cell.rest(client);
    cell.release(client);
    const delivered = isComplete && flow.arrivedBits === flow.bits;
    message.onEnd({
      client, direction, delivered, acknowledged: delivered && flow.heardBits === flow.bits, startS, endS: kernel.now, payloadBits, sentBits: flow.sentBits, packets,
      packetsReceived: delivered ? packets : packetsReceived(flow, packets), attempts: flow.attempts, retransmissions: flow.retransmissions,
      transmitJ: message.transmitJ, receiveJ: message.receiveJ,
    });
  }

  /** Packets of which all parts have arrived. */
  function packetsReceived({ bits, arrived }: Flow, packets: number): number {
    const whole = packet.mtu + packet.header;
    const missing = new Set<number>();
    let from = 0;
    const mark = (to: number): void => {
      for (let index = Math.floor(from / whole); index * whole < to && index < packets; index++) missing.add(index);
    };
    for (const part of [...arrived].sort((a, b) => a.from - b.from)) {
      if (part.from > from) mark(part.from);
      from = Math.max(from, part.to);
    }
    if (from < bits) mark(bits);
    return packets - missing.size;
  }

  /** Nothing is under way any more: the clock is not to go on for it. */
  function disarm(): void {
    kernel.cancel(event);
    eventS = Infinity;
    for (const handle of answerEvents) kernel.cancel(handle);
    answerEvents.clear();
  }

  function abandon(message: Message): void {
    const own = onAir.find((sent) => sent.message === message);
    onAir = onAir.filter((sent) => sent !== own);
    if (own !== undefined) leaveData(own, false);
    for (const answer of answers.filter((one) => one.message === message)) leaveAnswer(answer, false);
    end(message, false);
    if (messages.size === 0) disarm();
  }

  return {
    send(bands, client, bytes, onEnd) {
      cell.occupy(client);
      const { payloadBits, packets } = segment(bytes, packet);
      const message: Message = {
        flow: grid.open(client, payloadBits + packets * packet.header), bands, packets, payloadBits, startS: kernel.now, onEnd, transmitJ: 0, receiveJ: 0,
      };
      messages.set(client, message);
      arm();
      return {
        abandon: () => abandon(message),
        leave(who) {
          if (who === client) abandon(message);
        },
      };
    },
  };
}
