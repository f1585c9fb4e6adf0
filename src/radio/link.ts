import type { Channel } from '../channel/index.js';
import { pow } from '../numerics/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import type { Direction, NodeId } from './contract.js';
import { fadingPowerQuantile } from './fading-power.js';
import type { FadingShape } from './fading-power.js';
import type { ClientPower } from './power-profile.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';

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
}

/** The bands of a round. */
export interface RoundBands {
  /** A client's uplink: an equal share of the band, at full power or that of the power control. */
  uplink(client: NodeId): Band;
  /** A client's share of downlink band and power: unicasts, and acknowledgements of uplink packets. */
  readonly downlinkShare: Band;
  /** The whole downlink band. */
  readonly broadcast: Band;
}

/** Width of the resource block that the power control's target is stated for. */
const POWER_CONTROL_HZ = 180e3;

/**
 * The bands of a round with that many participants. `gainOf` is the large-scale gain of a client now,
 * which the power control makes up for.
 */
export function roundBands(
  options: RadioOptions, rate: RateModel, clientPower: ClientPower, participants: number, gainOf: (client: NodeId) => number,
): RoundBands {
  const { uplink, downlink, client, baseStation } = options;
  const parts = Math.max(1, participants);
  const antennas = ratioOfDecibels(client.antennaGain + baseStation.antennaGain);
  const uplinkHz = rate.occupiedHz(uplink.bandwidth, parts);
  const uplinkNoiseW = noisePowerW(uplinkHz, uplink.noiseFigure + uplink.interferenceMargin);
  const uplinkAt = (powerW: number): Band => ({
    direction: 'uplink',
    bandwidthHz: uplinkHz,
    share: 1 / parts,
    snrPerGain: (powerW * antennas) / uplinkNoiseW,
    transmitterW: clientPower.transmitW(powerW),
    receiverW: baseStation.receivePower / parts,
  });
  const downlinkBand = (shares: number): Band => {
    const bandwidthHz = rate.occupiedHz(downlink.bandwidth, shares);
    return {
      direction: 'downlink',
      bandwidthHz,
      share: 1 / shares,
      snrPerGain: ((downlink.power / shares) * antennas) / noisePowerW(bandwidthHz, downlink.noiseFigure + downlink.interferenceMargin),
      transmitterW: downlink.power / downlink.amplifierEfficiency / shares,
      receiverW: clientPower.receiveW,
    };
  };
  const { powerControl } = uplink;
  const byClient = new Map<NodeId, Band>();
  const full = uplinkAt(uplink.power);
  return {
    uplink(node) {
      if (powerControl.kind === 'none') return full;
      let band = byClient.get(node);
      if (band === undefined) {
        const loss = 1 / (gainOf(node) * antennas);
        const wanted = powerControl.target * pow(loss, powerControl.compensation) * (uplinkHz / POWER_CONTROL_HZ);
        band = uplinkAt(Math.min(uplink.power, wanted));
        byClient.set(node, band);
      }
      return band;
    },
    downlinkShare: downlinkBand(parts),
    broadcast: downlinkBand(1),
  };
}

/** What the sender of a packet knows, and what the packet meets. */
export interface LinkState {
  /** Signal-to-noise ratio that the rate is chosen from for that attempt (from 1), margins taken off. */
  expectedSnr(band: Band, client: NodeId, timeS: number, attempt: number): number;
  actualSnr(band: Band, client: NodeId, timeS: number): number;
}

export function createLinkState(options: RadioOptions, channel: Channel): LinkState {
  const { csi } = options;
  const margin = attemptMargins(options);
  const actualSnr = (band: Band, client: NodeId, timeS: number): number => band.snrPerGain * channel.gain(client, band.direction, timeS);
  if (csi.kind === 'perfect') return { actualSnr, expectedSnr: (band, client, timeS, attempt) => margin[attempt] * actualSnr(band, client, timeS) };
  if (csi.kind === 'delayed') {
    return { actualSnr, expectedSnr: (band, client, timeS, attempt) => margin[attempt] * actualSnr(band, client, Math.max(0, timeS - csi.delay)) };
  }
  const outagePower = outagePowers(csi.outage);
  return {
    actualSnr,
    expectedSnr: (band, client, timeS, attempt) =>
      margin[attempt] * band.snrPerGain * channel.largeScaleGain(client, timeS) * outagePower(channel.fadingStatistics(client, timeS)),
  };
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
