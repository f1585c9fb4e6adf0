import type { Channel } from '../channel/index.js';
import { createKernel } from '../des/index.js';
import { log10 } from '../numerics/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import { gridLayout } from './access/layout.js';
import type { GridLayout } from './access/layout.js';
import type { Direction, Quote } from './contract.js';
import { roundBands } from './bands.js';
import { createRadio } from './index.js';
import { createInterference } from './interference.js';
import type { Interference } from './interference.js';
import { attemptMargins, noisePowerW } from './link.js';
import type { Band } from './link.js';
import { createClientPower } from './power-profile.js';
import { createRateModel } from './rate/index.js';
import type { RateModel } from './rate/index.js';
import { nrSchemes } from './rate/nr.js';
import type { RadioOptions } from './schema.js';

/** Looking at one link of a cell without running a study. */

/**
 * Packets played per link where clients share a band packet by packet: a table of many distances takes a second or two.
 * The price of one link is the average over the clients whose links are like it, which makes up for the few histories.
 */
const QUICK_PACKETS = 2048;

export interface LinkUse {
  readonly direction: 'uplink' | 'downlink';
  /** Clients that share the band. */
  readonly sharing: number;
}

export interface LinkBudget {
  readonly distanceM: number;
  readonly pathLossDb: number;
  /** Path loss, shadowing and antennas together. */
  readonly gainDb: number;
  readonly radiatedDbm: number;
  readonly bandwidthHz: number;
  /** At the large-scale gain: the mean over small-scale fading. Over noise alone, with its margin. */
  readonly snrDb: number;
  /** How far the interferers of other cells raise the noise on average; 0 without any. */
  readonly interferenceDb: number;
  /** Over noise and interference. */
  readonly sinrDb: number;
  /**
   * While the client sends or is sent to, at that ratio with the margin of the channel knowledge taken off: bits of a full packet
   * with its header over its time on the air, padding to whole slots not counted; with OFDMA those of the transport block that fills
   * a slot in all resource blocks for data. Waiting for answers, turns and other clients is in the time of a message.
   */
  readonly rateBitPerS: number;
  readonly spectralEfficiency: number;
  /** Where rates come in steps: the scheme, as `16QAM 490/1024`, its index, and the highest quality indicator that allows it. */
  readonly modulationCodingScheme: { readonly index: number; readonly name: string; readonly indicator: number } | null;
  /** Probability that a first attempt at that rate (a packet, or a block that fills a slot) fails without fading. */
  readonly blockErrorRate: number;
  /** On average over the fading, as the planner is told: attempts, acknowledgements and headers included. */
  readonly quote: Quote;
}

/** What the link of client 0 is worth at the start; the quote is for messages of that size. */
export function linkBudget(options: RadioOptions, channel: Channel, { direction, sharing }: LinkUse, messageBytes?: number): LinkBudget {
  const client = 0;
  const gain = channel.largeScaleGain(client, 0);
  const fullPacketBits = options.packet.mtu + options.packet.header + options.packet.crc;
  const rate = createRateModel(options.rate, fullPacketBits);
  const band = bandOf(options, channel, { direction, sharing });
  const snr = band.snrPerGain * gain;
  const rise = interferenceOf(options, channel)?.meanRise(direction, client, 0) ?? 1;
  const sinr = snr / rise;
  const expectedSnr = attemptMargins(options)[1] * sinr;
  const slotS = gridOf(options, rate, direction)?.slotS ?? null;
  const sentBits = slotS === null ? fullPacketBits : rate.carriedBits(expectedSnr, band.bandwidthHz, slotS);
  const format = rate.choose(expectedSnr, sentBits);
  const rateBitPerS = sentBits / (slotS ?? rate.airtimeS(format, sentBits, band));
  const radio = createRadio(options, { kernel: createKernel(), channel, clients: channel.clients, quickPackets: QUICK_PACKETS });
  radio.openRound(participantsOf(sharing));
  const { kFactor, nakagamiShape } = channel.fadingStatistics(client, 0);
  const isAlike = (other: number): boolean => {
    const fading = channel.fadingStatistics(other, 0);
    return channel.largeScaleGain(other, 0) === gain && fading.kFactor === kFactor && fading.nakagamiShape === nakagamiShape;
  };
  // With bands of their own clients do not meet, and the price of each is steady in itself.
  const alike = options.uplink.access.kind === 'fdma' ? [client] : participantsOf(sharing).filter(isAlike);
  const antennasDb = options.client.antennaGain + options.baseStation.antennaGain;
  return {
    distanceM: channel.distanceM(client, 0),
    pathLossDb: channel.pathLossDb(client, 0),
    gainDb: 10 * log10(gain) + antennasDb,
    radiatedDbm: 10 * log10(radiatedW(options, band) * 1e3),
    bandwidthHz: band.bandwidthHz,
    snrDb: 10 * log10(snr),
    interferenceDb: 10 * log10(rise),
    sinrDb: 10 * log10(sinr),
    rateBitPerS,
    spectralEfficiency: rateBitPerS / band.bandwidthHz,
    modulationCodingScheme: schemeOf(options, format),
    blockErrorRate: rate.errorProbability(format, sentBits, sinr),
    quote: meanQuote(alike.map((other) => radio.quote(direction, other, messageBytes))),
  };
}

/** The grid of that direction, with OFDMA. */
function gridOf(options: RadioOptions, rate: RateModel, direction: Direction): GridLayout | null {
  const { uplink: { access } } = options;
  return access.kind === 'ofdma' ? gridLayout(options, access, rate, options[direction].bandwidth) : null;
}

/** What is radiated into a band. */
function radiatedW(options: RadioOptions, { direction, bandwidthHz, snrPerGain }: Band): number {
  const { noiseFigure, interferenceMargin } = options[direction];
  return (snrPerGain * noisePowerW(bandwidthHz, noiseFigure + interferenceMargin)) / ratioOfDecibels(options.client.antennaGain + options.baseStation.antennaGain);
}

/** The band of one of so many clients in that direction (with OFDMA all resource blocks for data); gain times its `snrPerGain` is the signal-to-noise ratio. */
export function bandOf(options: RadioOptions, channel: Channel, { direction, sharing }: LinkUse): Band {
  const rate = createRateModel(options.rate, options.packet.mtu + options.packet.header + options.packet.crc);
  const power = createClientPower(options.client, options.uplink);
  const [uplinkGrid, downlinkGrid] = [gridOf(options, rate, 'uplink'), gridOf(options, rate, 'downlink')];
  const grids = uplinkGrid === null || downlinkGrid === null ? null : { uplink: uplinkGrid, downlink: downlinkGrid };
  const bands = roundBands(options, rate, power, { participants: participantsOf(sharing), grids, gainOf: (client) => channel.largeScaleGain(client, 0) });
  if (grids !== null) return bands.blocks(direction, 0, grids[direction].groups.flat());
  return direction === 'uplink' ? bands.uplink(0) : bands.downlinkShare;
}

/** The interferers around a cell; null where there are none. */
export function interferenceOf(options: RadioOptions, channel: Channel): Interference | null {
  return createInterference(options, channel, createRateModel(options.rate, options.packet.mtu + options.packet.header + options.packet.crc));
}

function meanQuote(quotes: readonly Quote[]): Quote {
  const mean = (of: (quote: Quote) => number): number => quotes.reduce((sum, quote) => sum + of(quote), 0) / quotes.length;
  return {
    transmitterJPerBit: mean((quote) => quote.transmitterJPerBit),
    receiversJPerBit: mean((quote) => quote.receiversJPerBit),
    secondsPerBit: mean((quote) => quote.secondsPerBit),
    transmitterJPerMessage: mean((quote) => quote.transmitterJPerMessage),
    receiversJPerMessage: mean((quote) => quote.receiversJPerMessage),
    secondsPerMessage: mean((quote) => quote.secondsPerMessage),
    attemptFailure: mean((quote) => quote.attemptFailure),
  };
}

const participantsOf = (sharing: number): number[] => Array.from({ length: sharing }, (_, client) => client);

const MODULATIONS: Readonly<Record<number, string>> = { 2: 'QPSK', 4: '16QAM', 6: '64QAM', 8: '256QAM' };

function schemeOf({ rate }: RadioOptions, format: number): LinkBudget['modulationCodingScheme'] {
  if (rate.kind !== 'nr') return null;
  const { schemes, indicatorEfficiencies } = nrSchemes(rate.table);
  const { bitsPerSymbol, codeRate, efficiency } = schemes[format];
  const allowing = indicatorEfficiencies.findIndex((limit) => limit >= efficiency - 1e-9);
  const indicator = allowing < 0 ? indicatorEfficiencies.length : allowing + 1;
  return { index: format, name: `${MODULATIONS[bitsPerSymbol]} ${codeRate * 1024}/1024`, indicator };
}
