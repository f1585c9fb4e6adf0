import type { Channel } from '../channel/index.js';
import type { NodeId, Quote } from './contract.js';
import { acknowledgementS } from './cell.js';
import type { Cell } from './cell.js';
import { persistence, ROWS, sampledFading } from './fading-samples.js';
import type { SampledFading } from './fading-samples.js';
import { airtimeS, arrives, attemptMargins, outagePowers } from './link.js';
import type { Band, RoundBands } from './link.js';
import { fadingPowerCdf } from './rate.js';
import type { RadioOptions } from './schema.js';

/**
 * Prices by playing one full packet, with the same rates, attempts and acknowledgements as the
 * transfers, over a fixed point set of the small-scale fading around the large-scale gain of the
 * moment (with perfect channel knowledge too: the fading of the packets to come is not known).
 *
 * Packets follow one another, so that the states of the fading are not met equally often: at a high
 * rate more packets fit into one state. A state is held for as long as the fading persists, and the
 * rows are weighted by how often a message of that many packets meets them.
 */
export interface QuoteDesk {
  pointToPoint(bands: RoundBands, direction: 'uplink' | 'downlink', client: NodeId, messageBytes?: number): Quote;
  broadcast(bands: RoundBands, clients: readonly NodeId[], messageBytes?: number): Quote;
}

/** What one packet takes, averaged over what may happen to it in one row. */
interface RowCost {
  /** Time on the air of all attempts. */
  airS: number;
  /** The same, times the number of those that listen. */
  listenedS: number;
  attempts: number;
  /** Acknowledgements in all, over all attempts and clients. */
  answers: number;
  firstFailure: number;
  /** Probability that the next packet meets the same state. */
  held: number;
}

/** Messages of more packets than this are priced as if they never ended. */
const LONG_MESSAGE = 200;

export function createQuoteDesk(cell: Cell, channel: Channel, options: RadioOptions): QuoteDesk {
  const { rate, packet } = cell;
  const { csi } = options;
  const delayS = csi.kind === 'delayed' ? csi.delay : 0;
  const margin = attemptMargins(options);
  const outagePower = csi.kind === 'statistical' ? outagePowers(csi.outage) : null;
  const bits = packet.mtu + packet.header + packet.crc;

  /** One link of a packet: its fading along a row, and its mean signal-to-noise ratio. */
  interface SampledLink {
    readonly fading: SampledFading;
    readonly meanSnr: number;
    /** Power the rate is chosen from where the state is not known; null where it is. */
    readonly knownPower: number | null;
    readonly answerLoss: number;
    readonly held: (elapsedS: number) => number;
  }

  function sampledLink(client: NodeId, data: Band, answer: Band): SampledLink {
    const now = cell.kernel.now;
    const statistics = channel.fadingStatistics(client, now);
    const gain = channel.largeScaleGain(client, now);
    return {
      fading: sampledFading(statistics, client),
      meanSnr: data.snrPerGain * gain,
      knownPower: outagePower === null ? null : outagePower(statistics.kFactor),
      answerLoss: fadingPowerCdf(statistics.kFactor, rate.robustSnr / (answer.snrPerGain * gain)),
      held: (elapsedS) => persistence(statistics, elapsedS),
    };
  }

  /** Lets time pass up to what is known of the next attempt; returns the efficiency chosen for it. */
  function chosenEfficiency({ fading, meanSnr, knownPower }: SampledLink, attempt: number, elapsedS: number): number {
    const power = fading.advance(Math.max(0, elapsedS - delayS));
    return rate.choose(margin[attempt] * meanSnr * (knownPower ?? power));
  }

  function pointToPointRow(link: SampledLink, row: number, data: Band, answerS: number): RowCost {
    const cost: RowCost = { airS: 0, listenedS: 0, attempts: 0, answers: 0, firstFailure: 0, held: 0 };
    link.fading.start(row);
    let weight = 1;
    let elapsedS = delayS;
    for (let attempt = 1; attempt <= packet.maxAttempts && weight > 1e-6; attempt++) {
      const efficiency = chosenEfficiency(link, attempt, elapsedS);
      const arrived = arrives(rate, link.meanSnr * link.fading.advance(delayS), efficiency);
      const durationS = airtimeS(bits, efficiency, data);
      if (attempt === 1) {
        cost.firstFailure = arrived ? 0 : 1;
      }
      cost.airS += weight * durationS;
      cost.attempts += weight;
      if (arrived) weight *= link.answerLoss;
      elapsedS = durationS + answerS;
    }
    cost.listenedS = cost.airS;
    cost.answers = cost.attempts;
    cost.held = link.held(cost.airS + cost.attempts * answerS);
    return cost;
  }

  function broadcastRow(links: readonly SampledLink[], row: number, data: Band, answerS: number): RowCost {
    const cost: RowCost = { airS: 0, listenedS: 0, attempts: 0, answers: 0, firstFailure: 0, held: 0 };
    for (const link of links) link.fading.start(row);
    let targets = links.map((link) => ({ link, holds: false }));
    let elapsedS = delayS;
    for (let attempt = 1; attempt <= packet.maxAttempts && targets.length > 0; attempt++) {
      let efficiency = Infinity;
      for (const { link } of targets) efficiency = Math.min(efficiency, chosenEfficiency(link, attempt, elapsedS));
      const durationS = airtimeS(bits, efficiency, data);
      cost.airS += durationS;
      cost.attempts++;
      cost.answers += targets.length;
      let failures = 0;
      for (const target of targets) {
        const { link } = target;
        const power = link.fading.advance(delayS);
        if (!target.holds) {
          cost.listenedS += durationS;
          target.holds = arrives(rate, link.meanSnr * power, efficiency);
          if (!target.holds) failures++;
        }
      }
      if (attempt === 1) cost.firstFailure = failures / links.length;
      targets = targets.filter(({ link, holds }) => !holds || link.fading.uniform() < link.answerLoss);
      elapsedS = durationS + answerS;
    }
    const durationS = cost.airS + cost.attempts * answerS;
    cost.held = links.reduce((sum, link) => sum + link.held(durationS), 0) / links.length;
    return cost;
  }

  /** Averages the rows and turns times into energies at both ends. */
  function price(rows: readonly RowCost[], data: Band, answer: Band, answerS: number, messageBytes: number | undefined): Quote {
    const packets = messageBytes === undefined ? Infinity : Math.max(1, Math.ceil((8 * messageBytes) / packet.mtu));
    const weights = visits(rows.map((row) => row.held), packets);
    let airS = 0;
    let listenedS = 0;
    let attempts = 0;
    let answers = 0;
    let failure = 0;
    rows.forEach((row, i) => {
      airS += weights[i] * row.airS;
      listenedS += weights[i] * row.listenedS;
      attempts += weights[i] * row.attempts;
      answers += weights[i] * row.answers;
      failure += weights[i] * row.firstFailure;
    });
    /** By what a packet costs per bit on the air and for its answers. */
    const split = (airJ: number, answerJ: number): { perBit: number; perMessage: number } => ({
      perBit: (airJ + answerJ) / packet.mtu,
      // The last packet is half full on average, and has a whole header and answer.
      perMessage: 0.5 * ((airJ / bits) * (packet.header + packet.crc) + answerJ),
    });
    const transmitter = split(data.transmitterW * airS, answer.receiverW * answerS * answers);
    const receivers = split(data.receiverW * listenedS, answer.transmitterW * answerS * answers);
    const seconds = split(airS, answerS * attempts);
    return {
      transmitterJPerBit: transmitter.perBit,
      receiversJPerBit: receivers.perBit,
      secondsPerBit: seconds.perBit,
      transmitterJPerMessage: transmitter.perMessage,
      receiversJPerMessage: receivers.perMessage,
      secondsPerMessage: seconds.perMessage,
      attemptFailure: failure,
    };
  }

  return {
    pointToPoint(bands, direction, client, messageBytes) {
      const [data, answer] = direction === 'uplink' ? [bands.uplink, bands.downlinkShare] : [bands.downlinkShare, bands.uplink];
      const answerS = acknowledgementS(cell, answer);
      const link = sampledLink(client, data, answer);
      const rows = Array.from({ length: ROWS }, (_, row) => pointToPointRow(link, row, data, answerS));
      return price(rows, data, answer, answerS, messageBytes);
    },
    broadcast(bands, clients, messageBytes) {
      const { broadcast: data, uplink: answer } = bands;
      const answerS = acknowledgementS(cell, answer);
      const links = clients.map((client) => sampledLink(client, data, answer));
      const rows = Array.from({ length: ROWS }, (_, row) => broadcastRow(links, row, data, answerS));
      return price(rows, data, answer, answerS, messageBytes);
    },
  };
}

/**
 * How the packets of a message spread over the states of the fading, as weights that add up to 1.
 * A state is drawn with equal probability and met again by the next packet with probability
 * `held[i]`, else a new one is drawn. With renewals R_j at j packets left,
 * R_n = 1 and R_j = sum_k R_{j+k} P(held for k packets), state i is met
 * sum_j R_j (1 - held_i^j) / (1 - held_i) times; for n without limit, in proportion to 1 / (1 - held_i).
 */
export function visits(held: readonly number[], packets: number): Float64Array {
  const weights = new Float64Array(held.length);
  if (packets > LONG_MESSAGE) {
    for (let i = 0; i < held.length; i++) weights[i] = 1 / Math.max(1 - held[i], 1e-9);
  } else {
    const runLengths = new Float64Array(packets + 1);
    const renewals = new Float64Array(packets + 1);
    for (const probability of held) {
      let survival = 1 / held.length;
      for (let k = 1; k <= packets; k++) {
        runLengths[k] += survival * (1 - probability);
        survival *= probability;
      }
    }
    renewals[packets] = 1;
    for (let left = packets - 1; left >= 1; left--) {
      let sum = 0;
      for (let k = 1; left + k <= packets; k++) sum += renewals[left + k] * runLengths[k];
      renewals[left] = sum;
    }
    for (let i = 0; i < held.length; i++) {
      let run = 0;
      let survival = 1;
      for (let left = 1; left <= packets; left++) {
        run += survival;
        survival *= held[i];
        weights[i] += renewals[left] * run;
      }
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
