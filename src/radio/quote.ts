import type { Channel } from '../channel/index.js';
import type { RoundBands } from './bands.js';
import type { Allocation, Direction, NodeId, Quote } from './contract.js';
import type { Interference } from './interference.js';
import { acknowledgementS } from './cell.js';
import type { Cell } from './cell.js';
import { runError } from '../errors.js';
import { slotOf } from './access/layout.js';
import { TRACKS } from './fading-tracks.js';
import type { Band } from './link.js';
import { createPlayedLinks } from './played-link.js';
import { gridQuote, playGrid } from './quote-grid.js';
import type { GridSpent } from './quote-grid.js';
import { createPlayer, nothingSpent } from './quote-play.js';
import type { Played, Spent } from './quote-play.js';
import { segment } from './packets.js';
import { createGridBands } from './access/grid-bands.js';
import type { GridLayout } from './access/layout.js';
import type { Scheduler } from './access/schedulers/contract.js';
import type { RadioOptions } from './schema.js';

/**
 * Prices by playing messages, with the same rates, attempts and acknowledgements as the transfers,
 * over a fixed set of histories of the small-scale fading around the large-scale gain of the moment.
 * (With perfect channel knowledge too: the fading that later packets will meet is not known.) What
 * a message costs is not its packets times a mean: packets follow one another while the fading
 * changes, and a short message may meet one state of it only. Where participants take turns or are
 * scheduled, all of them are taken to send a message of that size at the same time.
 */
export interface QuoteDesk {
  pointToPoint(round: QuotedRound, direction: Direction, client: NodeId, messageBytes?: number, at?: Allocation): Quote;
  broadcast(round: QuotedRound, clients: readonly NodeId[], messageBytes?: number, at?: Allocation): Quote;
}

/** What the links of a cell go by. */
export interface QuotedWorld {
  readonly channel: Channel;
  readonly interference: Interference | null;
}

export interface QuotedRound {
  readonly bands: RoundBands;
  readonly participants: readonly NodeId[];
}

/** The grid of a direction, with a scheduler that starts anew. */
export interface QuotedGrid {
  readonly layout: GridLayout;
  newScheduler(this: void): Scheduler;
}

/** Packets of a message whose size is not given. */
const USUAL_PACKETS = 32;
/** A longer message is played up to this packet. */
const MOST_PACKETS = 256;
/** Packets played per quote: long messages are averages in themselves and take fewer histories. */
const PLAYED_PACKETS = 2048;
/** The same for all participants together where they share what is played, and the fewest histories of it. */
const SHARED_PACKETS = 32_768;
const LEAST_SHARED = 16;
/** Of a message that is cut short to be played quickly: still several blocks of every client. */
const LEAST_PACKETS = 16;

/** `quickPackets`: played at most for the prices of all that share a band, at the cost of their steadiness; null: as many as make them steady. */
export function createQuoteDesk(cell: Cell, { channel, interference }: QuotedWorld, options: RadioOptions, grids: Readonly<Record<Direction, QuotedGrid>> | null, quickPackets: number | null): QuoteDesk {
  const { rate, packet } = cell;
  const { access } = options.uplink;
  const bits = packet.mtu + packet.header + packet.crc;
  const isSerial = access.kind === 'tdma';
  const player = createPlayer(cell, { bits, slotS: options.slots === 'none' ? null : slotOf(options.slots.numerology), isSerial });
  const playedLink = createPlayedLinks(options, channel, rate, interference);
  const keptTurns = new Map<string, { readonly bands: RoundBands; readonly nowS: number; readonly quotes: ReadonlyMap<NodeId, Quote> }>();

  const played = (client: NodeId, data: Band, answer: Band): Played => ({
    link: playedLink(client, data, answer, cell.kernel.now), data, answerS: acknowledgementS(cell, answer),
  });

  const packetsOf = (messageBytes: number | undefined): number =>
    messageBytes === undefined ? USUAL_PACKETS : Math.min(MOST_PACKETS, Math.max(1, Math.ceil((8 * messageBytes) / packet.mtu)));

  /** Histories of messages of that many packets, of so many clients at a time; a power of two. */
  function samplesFor(packets: number, clients: number): number {
    let samples = TRACKS;
    while (samples * packets > PLAYED_PACKETS && samples > 32) samples /= 2;
    while (samples * packets * clients > SHARED_PACKETS && samples > LEAST_SHARED) samples /= 2;
    return samples;
  }

  function alonePlay(messageBytes: number | undefined): { readonly packets: number; readonly samples: number } {
    const packets = packetsOf(messageBytes);
    return { packets, samples: samplesFor(packets, 1) };
  }

  /** How long the messages of clients that share a band are played, and how often. */
  function sharedPlay(messageBytes: number | undefined, clients: number): { readonly packets: number; readonly samples: number } {
    const wanted = packetsOf(messageBytes);
    if (quickPackets === null) return { packets: wanted, samples: samplesFor(wanted, clients) };
    const packets = Math.min(wanted, Math.max(LEAST_PACKETS, Math.floor(quickPackets / clients)));
    let samples = 1;
    while (2 * samples * packets * clients <= quickPackets && samples < TRACKS) samples *= 2;
    return { packets, samples };
  }

  /** Plays messages of so many packets over so many histories; returns how many packets that were. */
  function play(links: readonly Played[], { packets, samples }: { readonly packets: number; readonly samples: number }, playOne: (packets: number) => void): number {
    player.restart();
    for (let sample = 0; sample < samples; sample++) {
      for (const { link } of links) link.select(sample, samples);
      playOne(packets);
    }
    return samples * packets;
  }

  /** The average price of a message in which so many packets took so much. */
  function quoteOf(spent: Spent, packets: number, data: Band, answerS: number): Quote {
    const perPacket = 1 / packets;
    /** Splits what a packet costs on the air and for its answers into a price per payload bit and one per message. */
    const split = (air: number, answering: number): { perBit: number; perMessage: number } => ({
      perBit: (perPacket * (air + answering)) / packet.mtu,
      // The last packet is half full on average, with a whole header and answer.
      perMessage: 0.5 * perPacket * ((air / bits) * (packet.header + packet.crc) + answering),
    });
    const transmitter = split(data.transmitterW * spent.airS, answerS * spent.hearingW);
    const receivers = split(data.receiverW * spent.listenedS, answerS * spent.answeringW);
    // Waiting for repetitions and for turns goes with the time on the air.
    const seconds = split(spent.elapsedS - answerS * spent.answerTimes, answerS * spent.answerTimes);
    return {
      transmitterJPerBit: transmitter.perBit,
      receiversJPerBit: receivers.perBit,
      secondsPerBit: seconds.perBit,
      transmitterJPerMessage: transmitter.perMessage,
      receiversJPerMessage: receivers.perMessage,
      secondsPerMessage: seconds.perMessage,
      attemptFailure: spent.addressed === 0 ? 0 : spent.failed / spent.addressed,
    };
  }

  /** Between two nodes all attempts have one listener, and all answers are alike. */
  function quoteOfLink({ link, data, answerS }: Played, spent: Spent, packets: number): Quote {
    spent.listenedS = spent.airS;
    spent.answeringW = spent.attempts * link.answer.transmitterW;
    spent.hearingW = spent.attempts * link.answer.receiverW;
    spent.addressed = spent.attempts;
    return quoteOf(spent, packets, data, answerS);
  }

  /** Prices of all that take turns or are scheduled are found together, and kept for the moment. */
  function sharing({ bands, participants }: QuotedRound, direction: Direction, client: NodeId, messageBytes: number | undefined): Quote {
    const clients = participants.includes(client) ? participants : [client, ...participants.slice(1)];
    const key = `${direction} ${messageBytes} ${clients === participants ? '' : client}`;
    const kept = keptTurns.get(key);
    if (kept?.bands === bands && kept.nowS === cell.kernel.now) return kept.quotes.get(client)!;
    const quotes = grids === null ? inTurns(bands, direction, clients, messageBytes) : scheduled(grids[direction], bands, direction, clients, messageBytes);
    if (keptTurns.size >= 64) keptTurns.clear();
    keptTurns.set(key, { bands, nowS: cell.kernel.now, quotes });
    return quotes.get(client)!;
  }

  function inTurns(bands: RoundBands, direction: Direction, clients: readonly NodeId[], messageBytes: number | undefined): ReadonlyMap<NodeId, Quote> {
    const links = clients.map((client) => (direction === 'uplink' ? played(client, bands.uplink(client), bands.downlinkAnswer) : played(client, bands.downlinkShare, bands.uplinkAnswer(client))));
    const spent = links.map(nothingSpent);
    const packets = play(links, sharedPlay(messageBytes, clients.length), (count) => player.inTurns(links, count, spent));
    return new Map(links.map((link, i) => [link.link.client, quoteOfLink(link, spent[i], packets)]));
  }

  function scheduled({ layout, newScheduler }: QuotedGrid, bands: RoundBands, direction: Direction, clients: readonly NodeId[], messageBytes: number | undefined): ReadonlyMap<NodeId, Quote> {
    const { packets, samples } = sharedPlay(messageBytes, clients.length);
    const { payloadBits } = segment(Math.max(1, Math.min(messageBytes ?? Infinity, (packets * packet.mtu) / 8)), packet);
    const answerOf = (client: NodeId): Band => (direction === 'uplink' ? bands.downlinkAnswer : bands.uplinkAnswer(client));
    const answers = new Map(clients.map((client) => [client, { band: answerOf(client), lengthS: acknowledgementS(cell, answerOf(client)) }]));
    const links = new Map(clients.map((client) => [client, playedLink(client, bands.blocks(direction, client, layout.groups.flat()), answerOf(client), cell.kernel.now)]));
    const spent = new Map(clients.map((client): [NodeId, GridSpent] => [client, { elapsedS: 0, transmitJ: 0, receiveJ: 0, attempts: 0, failed: 0 }]));
    const scheduler = newScheduler();
    const gridBands = createGridBands(bands, direction, layout);
    player.restart();
    for (let sample = 0; sample < samples; sample++) {
      for (const link of links.values()) link.select(sample, samples);
      playGrid(cell, {
        direction, gridBands, layout, scheduler, clients, links, answer: (client) => answers.get(client)!, isFullDuplex: options.duplex.kind === 'full',
        messageBits: payloadBits + packets * packet.header, isLost: player.isLost,
      }, spent);
    }
    return new Map(clients.map((client) => [client, gridQuote(spent.get(client)!, samples, payloadBits, layout.slotS)]));
  }

  function requireShares(at: Allocation | undefined): void {
    if (at !== undefined && access.kind !== 'fdma') {
      throw runError('RADIO_UNPLANNED_ACCESS', `with access ${access.kind} there are no shares of the band to price`, { expected: 'radio.uplink.access.kind: fdma' });
    }
  }

  return {
    pointToPoint(round, direction, client, messageBytes, at) {
      requireShares(at);
      if (isSerial || grids !== null) return sharing(round, direction, client, messageBytes);
      const { bands } = round;
      const isUplink = direction === 'uplink';
      const data = at === undefined ? (isUplink ? bands.uplink(client) : bands.downlinkShare) : isUplink ? bands.uplinkAt(at) : bands.downlinkAt(at);
      const link = played(client, data, isUplink ? bands.downlinkAnswer : bands.uplinkAnswer(client));
      const spent = nothingSpent();
      const packets = play([link], alonePlay(messageBytes), (count) => player.alone(link, count, spent));
      return quoteOfLink(link, spent, packets);
    },
    broadcast({ bands }, clients, messageBytes, at) {
      const data = at === undefined ? bands.broadcast : bands.downlinkAt(at);
      const links = clients.map((client) => played(client, data, bands.uplinkAnswer(client)));
      const spent = nothingSpent();
      const packets = play(links, alonePlay(messageBytes), (count) => {
        if (links.length > 0) player.broadcast(links, count, spent);
      });
      return quoteOf(spent, packets, data, links.length === 0 ? 0 : links[0].answerS);
    },
  };
}
