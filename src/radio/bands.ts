import { inputError, runError } from '../errors.js';
import { pow } from '../numerics/index.js';
import { ratioOfDecibels } from '../scenario/quantity.js';
import type { GridLayout } from './access/layout.js';
import { createBaseStationPower } from './base-station-power.js';
import type { Allocation, Direction, NodeId } from './contract.js';
import { noisePowerW } from './link.js';
import type { Band } from './link.js';
import type { ClientPower } from './power-profile.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';

/** The bands of a round. */
export interface RoundBands {
  /** A client's uplink: its share of the band, at full power, that of the power control, or as planned. */
  uplink(client: NodeId): Band;
  /** A client's share of downlink band and power, for unicasts. */
  readonly downlinkShare: Band;
  /** Where clients acknowledge what they receive, and are told what of theirs has arrived. */
  uplinkAnswer(client: NodeId): Band;
  readonly downlinkAnswer: Band;
  /** The whole downlink band. */
  readonly broadcast: Band;
  /** A client's uplink as it would be with that power and width. */
  uplinkAt(allocation: Allocation): Band;
  /** A downlink with that power and width. */
  downlinkAt(allocation: Allocation): Band;
  /** Whether the power of a client depends on its link. */
  readonly hasOwnPowers: boolean;
  /** Resource blocks of OFDMA: a client's whole power goes into its blocks, that of the base station is spread over the band. */
  blocks(direction: Direction, client: NodeId, blockIndices: readonly number[]): Band;
}

export interface RoundFacts {
  readonly participants: readonly NodeId[];
  /** Planned shares and powers; of every participant, where there are any. */
  readonly allocation?: ReadonlyMap<NodeId, Allocation> | undefined;
  /** Training samples by client, for shares in proportion to them. */
  readonly dataSizes?: readonly number[] | undefined;
  /** Resource blocks, with OFDMA. */
  readonly grids?: Readonly<Record<Direction, GridLayout>> | null;
  /** Large-scale gain of a client now, which the power control makes up for. */
  readonly gainOf: (client: NodeId) => number;
}

/** Width of the resource block that the power control's target is stated for. */
const POWER_CONTROL_HZ = 180e3;
/** Plans come from sums of rounded numbers. */
const ROUNDING = 1e-9;

export function roundBands(options: RadioOptions, rate: RateModel, clientPower: ClientPower, { participants, allocation, dataSizes, grids = null, gainOf }: RoundFacts): RoundBands {
  const { uplink, downlink, client, baseStation } = options;
  const basePower = createBaseStationPower(baseStation, downlink);
  const antennas = ratioOfDecibels(client.antennaGain + baseStation.antennaGain);
  // Only with FDMA are there parts of a band that last for the round.
  const count = uplink.access.kind === 'fdma' ? Math.max(1, participants.length) : 1;
  const uplinkBand = (bandwidthHz: number, parts: number, powerW: number): Band => ({
    direction: 'uplink',
    bandwidthHz,
    share: 1 / parts,
    snrPerGain: (powerW * antennas) / noisePowerW(bandwidthHz, uplink.noiseFigure + uplink.interferenceMargin),
    transmitterW: clientPower.transmitW(powerW),
    receiverW: basePower.receiveW / parts,
  });
  const downlinkBand = (bandwidthHz: number, parts: number, powerW: number, transmitterW: number): Band => ({
    direction: 'downlink',
    bandwidthHz,
    share: 1 / parts,
    snrPerGain: (powerW * antennas) / noisePowerW(bandwidthHz, downlink.noiseFigure + downlink.interferenceMargin),
    transmitterW,
    receiverW: clientPower.receiveW,
  });
  const fullTransmitterW = basePower.transmitW(downlink.power, 1);
  const downlinkPart = (parts: number): Band => downlinkBand(rate.occupiedHz(downlink.bandwidth, parts), parts, downlink.power / parts, fullTransmitterW / parts);
  const { powerControl } = uplink;
  const powerIn = (node: NodeId, bandwidthHz: number): number => (powerControl.kind === 'none' ? uplink.power : openLoopPowerW(uplink, bandwidthHz, gainOf(node) * antennas));
  const uplinkAt = (wanted: Allocation): Band => {
    requireAllocation(wanted, uplink.bandwidth, uplink.power);
    const parts = uplink.bandwidth / wanted.bandwidthHz;
    return uplinkBand(rate.occupiedHz(uplink.bandwidth, parts), parts, wanted.powerW);
  };
  const uplinkPart = (node: NodeId, parts: number): Band => {
    const bandwidthHz = rate.occupiedHz(uplink.bandwidth, parts);
    return uplinkBand(bandwidthHz, parts, powerIn(node, bandwidthHz));
  };
  if (allocation !== undefined) requirePlan(options, participants, allocation);
  const partsOf = partition(options, participants, dataSizes);
  const equalBand = partsOf === null && powerControl.kind === 'none' ? uplinkPart(0, count) : null;
  const byClient = new Map<NodeId, Band>();
  const answers = new Map<NodeId, Band>();
  const bands: RoundBands = {
    uplink(node) {
      if (allocation === undefined && equalBand !== null) return equalBand;
      let band = byClient.get(node);
      if (band === undefined) {
        band = allocation === undefined ? uplinkPart(node, partsOf?.(node) ?? count) : uplinkAt(planned(allocation, node));
        byClient.set(node, band);
      }
      return band;
    },
    downlinkShare: downlinkPart(count),
    broadcast: downlinkPart(1),
    uplinkAnswer(node) {
      if (grids === null) return bands.uplink(node);
      let band = answers.get(node);
      if (band === undefined) {
        band = bands.blocks('uplink', node, grids.uplink.controlBlocks);
        answers.set(node, band);
      }
      return band;
    },
    get downlinkAnswer() {
      return grids === null ? bands.downlinkShare : bands.blocks('downlink', 0, grids.downlink.controlBlocks);
    },
    hasOwnPowers: powerControl.kind !== 'none',
    uplinkAt,
    downlinkAt(wanted) {
      requireAllocation(wanted, downlink.bandwidth, downlink.power);
      const parts = downlink.bandwidth / wanted.bandwidthHz;
      return downlinkBand(rate.occupiedHz(downlink.bandwidth, parts), parts, wanted.powerW, basePower.transmitW(wanted.powerW, parts));
    },
    blocks(direction, node, blockIndices) {
      const { blocks, blockHz } = grids![direction];
      const bandwidthHz = blockIndices.length * blockHz;
      const parts = blocks / blockIndices.length;
      const band = direction === 'uplink'
        ? uplinkBand(bandwidthHz, parts, powerIn(node, bandwidthHz))
        : downlinkBand(bandwidthHz, parts, downlink.power / parts, fullTransmitterW / parts);
      return { ...band, blockIndices };
    },
  };
  return bands;
}

/** What a client radiates into a band over a link of that gain (antennas included): its full power, or what the power control says. */
export function openLoopPowerW({ power, powerControl }: RadioOptions['uplink'], bandwidthHz: number, gain: number): number {
  if (powerControl.kind === 'none') return power;
  return Math.min(power, powerControl.target * pow(1 / gain, powerControl.compensation) * (bandwidthHz / POWER_CONTROL_HZ));
}

/** Into how many parts of its size the band would go; null where shares are equal. */
function partition({ uplink: { access } }: RadioOptions, participants: readonly NodeId[], dataSizes: readonly number[] | undefined): ((client: NodeId) => number) | null {
  if (access.kind !== 'fdma' || access.shares === 'equal' || access.shares === 'planned') return null;
  const weights = access.shares === 'data-size' ? dataSizes : access.shares;
  if (weights === undefined) throw runError('RADIO_DATA_SIZES', 'the band is shared in proportion to the data of each client, whose sizes the radio was not given');
  const weightOf = (client: NodeId): number => {
    const weight = weights[client];
    if (weight !== undefined && weight > 0) return weight;
    throw inputError('RADIO_SHARE_WEIGHT', `client ${client} has no weight by which the uplink band is shared`, { expected: 'a weight above zero for each client of the study' });
  };
  const total = participants.reduce((sum, client) => sum + weightOf(client), 0);
  const members = new Set(participants);
  return (client) => {
    if (!members.has(client)) throw runError('RADIO_NO_SHARE', `client ${client} takes no part in the round and has no share of the uplink band`, { expected: 'access with equal shares, where who takes part is not known when the band is split' });
    return total / weightOf(client);
  };
}

function planned(allocation: ReadonlyMap<NodeId, Allocation>, client: NodeId): Allocation {
  const wanted = allocation.get(client);
  if (wanted === undefined) throw runError('RADIO_NO_SHARE', `client ${client} has no share of the uplink band in the plan of the round`);
  return wanted;
}

function requirePlan({ uplink }: RadioOptions, participants: readonly NodeId[], allocation: ReadonlyMap<NodeId, Allocation>): void {
  if (uplink.access.kind !== 'fdma' || uplink.access.shares !== 'planned') {
    throw runError('RADIO_UNPLANNED_ACCESS', 'shares of the uplink band were planned, and the access of the cell leaves none open', { expected: 'radio.uplink.access: { kind: fdma, shares: planned }' });
  }
  let totalHz = 0;
  for (const client of participants) {
    const wanted = planned(allocation, client);
    requireAllocation(wanted, uplink.bandwidth, uplink.power);
    totalHz += wanted.bandwidthHz;
  }
  if (totalHz > uplink.bandwidth * (1 + ROUNDING)) {
    throw runError('RADIO_ALLOCATION', `the planned shares add up to ${totalHz} Hz of a band of ${uplink.bandwidth} Hz`);
  }
}

function requireAllocation({ bandwidthHz, powerW }: Allocation, mostHz: number, mostW: number): void {
  if (!(bandwidthHz > 0 && bandwidthHz <= mostHz * (1 + ROUNDING) && powerW > 0 && powerW <= mostW * (1 + ROUNDING))) {
    throw runError('RADIO_ALLOCATION', `a share of ${bandwidthHz} Hz at ${powerW} W is not possible`, { expected: `above zero, up to ${mostHz} Hz and ${mostW} W` });
  }
}
