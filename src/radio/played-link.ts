import type { Channel } from '../channel/index.js';
import type { NodeId } from './contract.js';
import { fadingTrack } from './fading-tracks.js';
import type { Interference, PlayedRise } from './interference.js';
import { attemptMargins, outagePowers } from './link.js';
import type { Band } from './link.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';
import { blockRange } from './selective-link.js';
import { selectiveOutages, selectiveTrack } from './selective-tracks.js';

/**
 * A link as prices see it: the large-scale gain of a moment, and the fixed histories of the fading
 * around it. What is known of it, received and combined goes as in `LinkState`; times are from the
 * start of the message.
 */
export interface PlayedLink {
  readonly client: NodeId;
  readonly answer: Band;
  /** Takes the histories of that sample. */
  select(sample: number, samples: number): void;
  /** Flat ratio that the rate of that attempt (from 1) is chosen from. */
  expectedSnr(timeS: number, attempt: number, factor: number): number;
  answerSnr(timeS: number): number;
  /** Forgets the attempts before. */
  begin(): void;
  /** Another attempt in that format. */
  add(timeS: number, format: number): void;
  /** Effective ratio of the attempts since `begin`. */
  readonly combinedSnr: number;
}

/** Links at the moment `nowS`, by client and bands of packets and answers. */
export type PlayedLinks = (client: NodeId, data: Band, answer: Band, nowS: number) => PlayedLink;

const NO_INTERFERENCE: PlayedRise = { select: () => undefined, at: () => 1 };

export function createPlayedLinks(options: RadioOptions, channel: Channel, rate: RateModel, interference: Interference | null): PlayedLinks {
  const { csi } = options;
  const ageS = csi.kind === 'delayed' ? csi.delay : 0;
  const margin = attemptMargins(options);
  const outagePower = csi.kind === 'statistical' ? outagePowers(csi.outage) : null;
  const outageSnr = csi.kind === 'statistical' ? selectiveOutages(rate, csi.outage) : null;
  const blockHz = { uplink: rate.resourceBlocks(options.uplink.bandwidth).blockHz, downlink: rate.resourceBlocks(options.downlink.bandwidth).blockHz };
  const blocks = { uplink: rate.resourceBlocks(options.uplink.bandwidth).blocks, downlink: rate.resourceBlocks(options.downlink.bandwidth).blocks };

  /** How far interference raises the noise in a band, in the message that is played. */
  const riseIn = (band: Band, client: NodeId, nowS: number): PlayedRise => interference?.played(band.direction, client, nowS) ?? NO_INTERFERENCE;
  const knownRise = (band: Band, client: NodeId, nowS: number): number => interference?.meanRise(band.direction, client, nowS) ?? 1;

  function flat(client: NodeId, data: Band, answer: Band, nowS: number): PlayedLink {
    const statistics = channel.fadingStatistics(client, nowS);
    const gain = channel.largeScaleGain(client, nowS);
    const fading = fadingTrack(statistics, client, 0);
    const answerFading = fadingTrack(statistics, client, 1);
    const rise = riseIn(data, client, nowS);
    const answerRise = riseIn(answer, client, nowS);
    const meanSnr = data.snrPerGain * gain;
    const meanAnswerSnr = answer.snrPerGain * gain;
    const knownMean = meanSnr / knownRise(data, client, nowS);
    const knownPower = outagePower === null ? null : outagePower(statistics);
    const link = {
      client,
      answer,
      combinedSnr: 0,
      select(sample: number, samples: number) {
        fading.select(sample, samples);
        answerFading.select(sample, samples);
        rise.select(sample, samples);
        answerRise.select(sample, samples);
      },
      expectedSnr(timeS: number, attempt: number, factor: number) {
        if (knownPower !== null) return factor * (margin[attempt] * knownMean * knownPower);
        return factor * (margin[attempt] * (meanSnr / rise.at(timeS - ageS)) * fading.powerAt(timeS - ageS));
      },
      answerSnr: (timeS: number) => (meanAnswerSnr * answerFading.powerAt(timeS)) / answerRise.at(timeS),
      begin() {
        link.combinedSnr = 0;
      },
      add(timeS: number) {
        link.combinedSnr += (meanSnr * fading.powerAt(timeS)) / rise.at(timeS);
      },
    };
    return link;
  }

  function selective(client: NodeId, data: Band, answer: Band, nowS: number): PlayedLink {
    const statistics = channel.fadingStatistics(client, nowS);
    const { delayProfile } = statistics;
    if (delayProfile === null) return flat(client, data, answer, nowS);
    const trackOf = (band: Band, salt: 0 | 1) => selectiveTrack(statistics, delayProfile, client, salt, widthOf(band), blockHz[band.direction]);
    const widthOf = (band: Band): number => band.blockIndices?.length ?? blockRange(band, { blocks: blocks[band.direction], blockHz: blockHz[band.direction] }, client).count;
    const gain = channel.largeScaleGain(client, nowS);
    const fading = trackOf(data, 0);
    const answerFading = trackOf(answer, 1);
    const { places } = fading;
    const snr = new Float64Array(Math.max(places, answerFading.places));
    const combined = new Float64Array(places);
    const rise = riseIn(data, client, nowS);
    const answerRise = riseIn(answer, client, nowS);
    const meanSnr = data.snrPerGain * gain;
    const scale = (factor: number, count: number): void => {
      for (let i = 0; i < count; i++) snr[i] *= factor;
    };
    let attempts = 0;
    const link = {
      client,
      answer,
      combinedSnr: 0,
      select(sample: number, samples: number) {
        fading.select(sample, samples);
        answerFading.select(sample, samples);
        rise.select(sample, samples);
        answerRise.select(sample, samples);
      },
      expectedSnr(timeS: number, attempt: number, factor: number) {
        const correction = factor * margin[attempt] * meanSnr;
        if (outageSnr !== null) return outageSnr(statistics, widthOf(data), blockHz[data.direction], correction / knownRise(data, client, nowS));
        fading.load(timeS - ageS, snr);
        scale(correction / rise.at(timeS - ageS), places);
        return rate.equivalentSnr(snr, places);
      },
      answerSnr(timeS: number) {
        answerFading.load(timeS, snr);
        scale((answer.snrPerGain * gain) / answerRise.at(timeS), answerFading.places);
        return rate.effectiveSnr(0, snr, answerFading.places);
      },
      begin() {
        attempts = 0;
      },
      add(timeS: number, format: number) {
        fading.load(timeS, snr);
        scale(meanSnr / rise.at(timeS), places);
        for (let i = 0; i < places; i++) combined[i] = attempts === 0 ? snr[i] : combined[i] + snr[i];
        attempts++;
        link.combinedSnr = rate.effectiveSnr(format, combined, places);
      },
    };
    return link;
  }

  return selective;
}
