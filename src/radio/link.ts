import type { Channel, ResourceGrid } from '../channel/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import type { Direction, NodeId } from './contract.js';
import { fadingPowerQuantile } from './fading-power.js';
import type { FadingShape } from './fading-power.js';
import type { Interference } from './interference.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';
import { selectiveLinks } from './selective-link.js';

/** Thermal noise at 290 K, -174 dBm/Hz as link budgets of 3GPP take it, in W/Hz. */
const NOISE_DENSITY = ratioOfDecibels(-174) * 1e-3;

/** Power of thermal noise with the receiver's noise figure. */
export function noisePowerW(bandwidthHz: number, noiseFigureDb: number): number {
  return NOISE_DENSITY * bandwidthHz * ratioOfDecibels(noiseFigureDb);
}

/** A share of the spectrum in one direction, with what is radiated into it. */
export interface Band {
  readonly direction: Direction;
  readonly bandwidthHz: number;
  /** Part of the direction's whole band. */
  readonly share: number;
  /** Radiated power over the noise power of the receiver: the signal-to-noise ratio at a gain of 1. */
  readonly snrPerGain: number;
  /** What the transmitter draws from its supply while it sends in this band. */
  readonly transmitterW: number;
  /** What one receiver draws while it listens to this band. */
  readonly receiverW: number;
  /**
   * The resource blocks of the direction's grid that it lies on, where a scheduler picks them; else
   * as many side by side as its width takes, from a place that goes by the client.
   */
  readonly blockIndices?: readonly number[];
}

/** What the sender of a packet knows, and what the packet meets. All ratios are linear. */
export interface LinkState {
  /**
   * Flat signal-to-noise ratio that the rate is chosen from for that attempt (from 1), margins taken
   * off and multiplied by `factor` (the correction of the outer loop; 1 unless given).
   */
  expectedSnr(band: Band, client: NodeId, timeS: number, attempt: number, factor?: number): number;
  /**
   * The same for a first attempt block by block over frequency-selective fading, into `out`; null where all
   * blocks are known alike.
   */
  readonly expectedBlocks: ((band: Band, client: NodeId, timeS: number, factor: number, out: Float64Array) => void) | null;
  /** What an acknowledgement at the robust rate meets. */
  answerSnr(band: Band, client: NodeId, timeS: number): number;
  /** Follows the attempts of packets to or from one client in a band. */
  reception(band: Band, client: NodeId): Reception;
}

/** What a receiver makes of the attempts of one packet after the other. */
export interface Reception {
  /** Forgets the attempts before: for a new packet, or a repetition that is not combined. */
  begin(): void;
  /** Another attempt in that format starts at that time; it is combined with those since `begin`. */
  add(timeS: number, format: number): void;
  /** Effective ratio of the last attempt alone. */
  readonly attemptSnr: number;
  /** Effective ratio of all attempts together. */
  readonly combinedSnr: number;
}

/** @param interference of other cells; null where there is noise alone */
export function createLinkState(options: RadioOptions, channel: Channel, rate: RateModel, interference: Interference | null): LinkState {
  const gridOf = (bandwidthHz: number, direction: Direction): ResourceGrid | null => {
    const { blockHz, blocks } = rate.resourceBlocks(bandwidthHz);
    return channel.resourceGrid(direction, blockHz, blocks);
  };
  const uplink = gridOf(options.uplink.bandwidth, 'uplink');
  const downlink = gridOf(options.downlink.bandwidth, 'downlink');
  return uplink === null || downlink === null ? flatLinks(options, channel, interference) : selectiveLinks(options, channel, rate, { uplink, downlink }, interference);
}

function flatLinks(options: RadioOptions, channel: Channel, interference: Interference | null): LinkState {
  const { csi } = options;
  const margin = attemptMargins(options);
  const overNoise = (band: Band, client: NodeId, timeS: number): number => band.snrPerGain * channel.gain(client, band.direction, timeS);
  const snrAt = interference === null ? overNoise : (band: Band, client: NodeId, timeS: number): number => overNoise(band, client, timeS) / interference.rise(band.direction, client, timeS);
  return {
    answerSnr: snrAt,
    expectedSnr: expectedSnrOf(),
    expectedBlocks: null,
    reception(band, client) {
      const reception = {
        attemptSnr: 0,
        combinedSnr: 0,
        begin() {
          reception.combinedSnr = 0;
        },
        add(timeS: number) {
          reception.attemptSnr = snrAt(band, client, timeS);
          reception.combinedSnr += reception.attemptSnr;
        },
      };
      return reception;
    },
  };

  function expectedSnrOf(): LinkState['expectedSnr'] {
    if (csi.kind === 'statistical') {
      const outagePower = outagePowers(csi.outage);
      return (band, client, timeS, attempt, factor = 1) =>
        factor * (margin[attempt] * band.snrPerGain * channel.largeScaleGain(client, timeS) * outagePower(channel.fadingStatistics(client, timeS))) / (interference?.meanRise(band.direction, client, timeS) ?? 1);
    }
    const ageS = csi.kind === 'delayed' ? csi.delay : 0;
    return (band, client, timeS, attempt, factor = 1) => factor * (margin[attempt] * snrAt(band, client, Math.max(0, timeS - ageS)));
  }
}

/** Repetitions after which the margin grows no further: more would only make attempts longer. */
const MARGIN_STEPS = 3;

/** Factor on the known signal-to-noise ratio, by attempt from 1. */
export function attemptMargins({ csi, packet }: Pick<RadioOptions, 'csi' | 'packet'>): readonly number[] {
  const backOff = csi.kind === 'delayed' ? csi.backOff : 0;
  return Array.from({ length: packet.maxAttempts + 1 }, (_, attempt) => ratioOfDecibels(-backOff - packet.repetitionBackOff * Math.min(MARGIN_STEPS, Math.max(0, attempt - 1))));
}

/** The fading power that links fall below with the outage probability, kept by the shape of the fading. */
export function outagePowers(outage: number): (shape: FadingShape) => number {
  const known = new Map<string, number>();
  return (shape) => {
    const key = `${shape.kFactor} ${shape.nakagamiShape}`;
    let power = known.get(key);
    if (power === undefined) {
      if (known.size >= 4096) known.clear();
      power = fadingPowerQuantile(shape, outage);
      known.set(key, power);
    }
    return power;
  };
}
