import type { Channel, ResourceGrid } from '../channel/index.js';
import type { NodeId } from './contract.js';
import type { Interference } from './interference.js';
import { attemptMargins } from './link.js';
import type { Band, LinkState } from './link.js';
import type { RateModel } from './rate/contract.js';
import type { RadioOptions } from './schema.js';
import { selectiveOutages } from './selective-tracks.js';

/** The resource blocks that a band of a client lies on: side by side from a place that goes by the client, as its width takes. */
export function blockRange(band: Band, { blocks, blockHz }: Pick<ResourceGrid, 'blocks' | 'blockHz'>, client: NodeId): { readonly first: number; readonly count: number } {
  const count = Math.min(blocks, Math.max(1, Math.round(band.bandwidthHz / blockHz)));
  return { first: count * (client % Math.floor(blocks / count)), count };
}

/**
 * Links over frequency-selective fading: every ratio is one per resource block of the band, at the
 * same power density, and the rate model says which flat ratio that comes to. Chase combining adds
 * up the ratios block by block before that.
 */
export function selectiveLinks(
  options: RadioOptions, channel: Channel, rate: RateModel, grids: { readonly uplink: ResourceGrid; readonly downlink: ResourceGrid }, interference: Interference | null,
): LinkState {
  const { csi } = options;
  const margin = attemptMargins(options);
  const ageS = csi.kind === 'delayed' ? csi.delay : 0;
  const snr = new Float64Array(Math.max(grids.uplink.blocks, grids.downlink.blocks));
  const whole = new Float64Array(snr.length);
  const outageSnr = csi.kind === 'statistical' ? selectiveOutages(rate, csi.outage) : null;

  const blocksOf = (band: Band, client: NodeId): number => band.blockIndices?.length ?? blockRange(band, grids[band.direction], client).count;

  /** Leaves the ratios of a band's blocks in `snr`; returns how many there are. */
  function load(band: Band, client: NodeId, timeS: number, factor: number): number {
    const grid = grids[band.direction];
    const overNoise = factor * band.snrPerGain * channel.largeScaleGain(client, timeS);
    const scale = interference === null ? overNoise : overNoise / interference.rise(band.direction, client, timeS);
    if (band.blockIndices !== undefined) {
      const { blockIndices } = band;
      grid.resourceBlockGains(client, timeS, whole);
      for (let i = 0; i < blockIndices.length; i++) snr[i] = scale * whole[blockIndices[i]];
      return blockIndices.length;
    }
    const { first, count } = blockRange(band, grid, client);
    grid.resourceBlockGains(client, timeS, snr, first, count);
    for (let i = 0; i < count; i++) snr[i] *= scale;
    return count;
  }

  return {
    expectedSnr(band, client, timeS, attempt, factor = 1) {
      const correction = factor * margin[attempt];
      if (outageSnr !== null) {
        const { blockHz } = grids[band.direction];
        const meanSnr = (correction * band.snrPerGain * channel.largeScaleGain(client, timeS)) / (interference?.meanRise(band.direction, client, timeS) ?? 1);
        return outageSnr(channel.fadingStatistics(client, timeS), blocksOf(band, client), blockHz, meanSnr);
      }
      return rate.equivalentSnr(snr, load(band, client, Math.max(0, timeS - ageS), correction));
    },
    expectedBlocks: outageSnr !== null ? null : (band, client, timeS, factor, out) => {
      const count = load(band, client, Math.max(0, timeS - ageS), factor * margin[1]);
      for (let i = 0; i < count; i++) out[i] = snr[i];
    },
    // Acknowledgements go in the lowest format.
    answerSnr: (band, client, timeS) => rate.effectiveSnr(0, snr, load(band, client, timeS, 1)),
    reception(band, client) {
      const combined = new Float64Array(snr.length);
      let attempts = 0;
      const reception = {
        attemptSnr: 0,
        combinedSnr: 0,
        begin() {
          attempts = 0;
        },
        add(timeS: number, format: number) {
          const count = load(band, client, timeS, 1);
          reception.attemptSnr = rate.effectiveSnr(format, snr, count);
          if (attempts++ === 0) {
            for (let i = 0; i < count; i++) combined[i] = snr[i];
            reception.combinedSnr = reception.attemptSnr;
            return;
          }
          for (let i = 0; i < count; i++) combined[i] += snr[i];
          reception.combinedSnr = rate.effectiveSnr(format, combined, count);
        },
      };
      return reception;
    },
  };
}
