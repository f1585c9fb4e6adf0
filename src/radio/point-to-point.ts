import type { Delivery, NodeId, PacketRecord } from './contract.js';
import type { RoundBands } from './bands.js';
import { acknowledgementS, approach, snrDb } from './cell.js';
import type { Cell, Transfer } from './cell.js';
import type { Band } from './link.js';
import { segment } from './packets.js';

/** No event's handle; large as those of long runs are, so that it is kept as they are. */
const NO_EVENT = -1e15;

/**
 * One message from a client to the base station or back, packet by packet: each attempt is
 * answered by a positive or negative acknowledgement on the other band, sent at the robust rate and
 * lost where the channel does not carry even that; a lost answer counts as a negative one. After the
 * last attempt without a positive answer the sender gives up the message. Each transmission waits for
 * its turn of the band, where there are turns.
 */
export function pointToPoint(
  cell: Cell,
  bands: RoundBands,
  direction: 'uplink' | 'downlink',
  client: NodeId,
  bytes: number,
  onEnd: (delivery: Delivery) => void,
): Transfer {
  const { kernel, ledger, rate, links, outerLoop, lastAttempt, packet: { maxAttempts } } = cell;
  const isUplink = direction === 'uplink';
  const data = isUplink ? bands.uplink(client) : bands.downlinkShare;
  const answer = isUplink ? bands.downlinkAnswer : bands.uplinkAnswer(client);
  const reception = links.reception(data, client);
  const answerS = acknowledgementS(cell, answer);
  const origin = `${direction} of client ${client}`;
  const air = approach(cell, origin);
  const { payloadBits, packets, packetBits } = segment(bytes, cell.packet);
  const startS = kernel.now;
  let packetIndex = 0;
  let attempt = 0;
  let attempts = 0;
  let retransmissions = 0;
  let arrived = false;
  let sentBits = 0;
  // The transmission on the air.
  let format = 0;
  let isOnAir = false;
  let isAnswer = false;
  // Records, since a number in a variable that closures share is allocated anew each time.
  const onAir = { startS, snr: NaN, rateBitPerS: NaN, bits: 0 };
  const next = { event: NO_EVENT };
  const spent = { transmitJ: 0, receiveJ: 0 };
  let airArrives = false;

  cell.occupy(client);
  air.start(direction, client, sendData, false, false);

  /** The client has been at the other end of the link: it switches over first. */
  function startAttempt(): void {
    air.start(direction, client, sendData, false, true);
  }

  function sendData(): void {
    attempt++;
    attempts++;
    if (attempt > 1) retransmissions++;
    const bits = packetBits(packetIndex);
    const nowS = kernel.now;
    if (attempt === 1 || !rate.combines) {
      format = rate.choose(links.expectedSnr(data, client, nowS, Math.min(attempt, maxAttempts), outerLoop.factor(client, direction)), bits);
      reception.begin();
    }
    reception.add(nowS, format);
    onAir.snr = reception.attemptSnr;
    airArrives = !cell.isLost(client, direction, rate.errorProbability(format, bits, reception.combinedSnr));
    onAir.bits = rate.sentBits(format, bits, data);
    sentBits += onAir.bits;
    const durationS = rate.airtimeS(format, bits, data);
    onAir.rateBitPerS = onAir.bits / durationS;
    goOnAir(false, data, isUplink, nowS, durationS, endAttempt);
  }

  function goOnAir(answering: boolean, band: Band, fromClient: boolean, nowS: number, durationS: number, atEnd: () => void): void {
    isOnAir = true;
    isAnswer = answering;
    onAir.startS = nowS;
    if (fromClient) cell.enter(client, 'transmit', band.transmitterW);
    else cell.enter(client, 'receive', band.receiverW);
    next.event = kernel.schedule(durationS, atEnd, undefined, origin);
  }

  /** Charges the transmission on the air up to now, whole or cut off. */
  function leaveAir(received: boolean): void {
    isOnAir = false;
    air.end();
    const band = isAnswer ? answer : data;
    const fromClient = isAnswer !== isUplink;
    const durationS = kernel.now - onAir.startS;
    const senderJ = band.transmitterW * durationS;
    const listenerJ = band.receiverW * durationS;
    if (fromClient) ledger.chargeBase('receive', band.receiverW, band.share, durationS);
    else ledger.chargeBase('transmit', band.transmitterW, band.share, durationS);
    spent.transmitJ += isAnswer ? listenerJ : senderJ;
    spent.receiveJ += isAnswer ? senderJ : listenerJ;
    if (cell.onPacket !== null) {
      const record: PacketRecord = {
        kind: isAnswer ? 'acknowledgement' : 'data',
        direction: band.direction,
        client,
        packet: packetIndex,
        attempt,
        startS: onAir.startS,
        durationS,
        bits: onAir.bits,
        snrDb: snrDb(onAir.snr),
        rateBitPerS: onAir.rateBitPerS,
        transmitJ: senderJ,
        receiveJ: listenerJ,
        received,
      };
      cell.onPacket(record);
    }
  }

  function endAttempt(): void {
    leaveAir(airArrives);
    if (attempt === 1) outerLoop.settle(client, direction, airArrives);
    if (airArrives) arrived = true;
    air.start(answer.direction, client, sendAnswer, true, true);
  }

  function sendAnswer(): void {
    const nowS = kernel.now;
    onAir.snr = links.answerSnr(answer, client, nowS);
    airArrives = onAir.snr >= rate.robustSnr;
    onAir.bits = cell.packet.acknowledgement;
    onAir.rateBitPerS = rate.robustEfficiency * answer.bandwidthHz;
    goOnAir(true, answer, !isUplink, nowS, answerS, endAnswer);
  }

  function endAnswer(): void {
    leaveAir(airArrives);
    if (arrived && airArrives) {
      packetIndex++;
      attempt = 0;
      arrived = false;
      return packetIndex === packets ? end(true, true) : startAttempt();
    }
    if (attempt < lastAttempt) {
      if (rate.repetitionDelayS === 0) return startAttempt();
      cell.rest(client);
      next.event = kernel.schedule(rate.repetitionDelayS, startAttempt, undefined, origin);
      return;
    }
    // Only the last packet can have arrived without the sender knowing and the message still be whole.
    end(arrived && packetIndex === packets - 1, false);
  }

  function end(delivered: boolean, acknowledged: boolean): void {
    cell.rest(client);
    cell.release(client);
    onEnd({
      client,
      direction,
      delivered,
      acknowledged,
      startS,
      endS: kernel.now,
      payloadBits,
      sentBits,
      packets,
      packetsReceived: packetIndex + (arrived ? 1 : 0),
      attempts,
      retransmissions,
      ...spent,
    });
  }

  function abandon(): void {
    kernel.cancel(next.event);
    air.end();
    if (isOnAir) leaveAir(false);
    end(false, false);
  }

  return {
    abandon,
    leave(who) {
      if (who === client) abandon();
    },
  };
}

