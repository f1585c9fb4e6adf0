import { z } from 'zod';
import { loadModelData } from '../../channel/model-data.js';
import { inputError, runError } from '../../errors.js';
import { brent, pow } from '../../numerics/index.js';
import { decibels, ratioOfDecibels, seconds } from '../../scenario/quantity.js';
import type { RateModel } from './contract.js';
import { effectiveSnr } from './effective-ratio.js';
import { errorCurve, errorOn } from './error-curve.js';
import type { ErrorCurve } from './error-curve.js';
import { blockErrorProbability } from './normal-approximation.js';

export const nrSchema = z.strictObject({
  kind: z.literal('nr'),
  table: z.enum(['1', '2', '3']).default('2').meta({ description: 'Table of modulation and coding schemes: 1 to 64QAM, 2 to 256QAM, 3 low efficiency' }),
  subcarrierSpacing: z.enum(['15 kHz', '30 kHz', '60 kHz']).default('15 kHz').meta({ description: 'Numerology; a slot lasts 1, 0.5 or 0.25 ms' }),
  blockErrorRate: z.number().gt(0).lt(1).default(0.1).meta({ description: 'Highest probability of loss that link adaptation accepts for a first attempt' }),
  indicator: z.enum(['quantized', 'exact']).default('quantized').meta({ description: 'Whether the channel is reported as one of 15 quality indicators' }),
  outerLoop: z.boolean().default(true).meta({ description: 'Whether each link corrects its channel knowledge by the outcome of first attempts (not in broadcasts)' }),
  harq: z.enum(['chase', 'none']).default('chase').meta({ description: 'Whether the receiver combines the attempts of a packet' }),
  harqRoundTrip: seconds().prefault('8 ms').meta({ description: 'Time from a negative answer to the repetition, for fading to change (assumption: 8 slots of 1 ms)' }),
}).meta({ description: '5G NR: tabulated schemes with a block error curve each, resource blocks and slots, hybrid ARQ' });

const pair = z.tuple([z.number(), z.number()]);
const mcsDataSchema = z.strictObject({
  name: z.string(),
  describe: z.string(),
  source: z.string(),
  tables: z.record(z.string(), z.strictObject({ schemes: z.array(pair).min(1), indicators: z.array(pair).min(1) })),
  measured: z.strictObject({ codeBlock: z.number(), errorRate: z.number(), points: z.array(z.tuple([z.number(), z.number(), z.number()])) }),
  assumedGap: decibels(),
  effectiveRatioBeta: z.array(z.tuple([z.number(), z.number(), z.number()])).min(1),
  resourceBlocks: z.record(z.string(), z.record(z.string(), z.number().int())),
});

export interface Scheme {
  readonly bitsPerSymbol: number;
  readonly codeRate: number;
  /** Information bits per resource element. */
  readonly efficiency: number;
  /** How far its code is from the normal approximation, as a ratio. */
  readonly gap: number;
  /** Of its exponential effective ratio over resource blocks. */
  readonly beta: number;
}

/** Largest code block of LDPC base graph 1 (3GPP TS 38.212, 5.2.2). */
const LARGEST_CODE_BLOCK = 8448;
/** Resource elements of a resource block and slot that carry data at most (3GPP TS 38.214, 5.1.3.2). */
const ELEMENTS_PER_SLOT = 156;
/** Relative error of sums and effective ratios, with plenty of room. */
const ROUNDING = 1e-9;

/** The schemes of a table, each with the curve that passes the measured point. */
export function nrSchemes(table: '1' | '2' | '3'): { schemes: Scheme[]; indicatorEfficiencies: number[] } {
  const { tables, measured, assumedGap, effectiveRatioBeta } = loadModelData('nr-mcs', mcsDataSchema);
  const rows = tables[table];
  const highest = measured.points.reduce((best, point) => (point[0] * point[1] > best[0] * best[1] ? point : best));
  const gapOf = (efficiency: number, snrDb: number): number => ratioOfDecibels(snrDb) / snrAtError(measured.codeBlock, efficiency, measured.errorRate);
  const schemes = rows.schemes.map(([bitsPerSymbol, rate1024]): Scheme => {
    const codeRate = rate1024 / 1024;
    const efficiency = bitsPerSymbol * codeRate;
    const point = measured.points.find(([bits, rate]) => bits === bitsPerSymbol && rate === rate1024);
    const isAbove = bitsPerSymbol * rate1024 > highest[0] * highest[1];
    const gap = point !== undefined ? gapOf(efficiency, point[2]) : isAbove ? gapOf((highest[0] * highest[1]) / 1024, highest[2]) : ratioOfDecibels(assumedGap);
    return { bitsPerSymbol, codeRate, efficiency, gap, beta: betaOf(effectiveRatioBeta, bitsPerSymbol, rate1024) };
  });
  return { schemes, indicatorEfficiencies: rows.indicators.map(([bits, rate]) => (bits * rate) / 1024) };
}

/** Schemes below all that are listed take the lowest value; others must be listed. */
function betaOf(listed: readonly (readonly [number, number, number])[], bitsPerSymbol: number, rate1024: number): number {
  const own = listed.find(([bits, rate]) => bits === bitsPerSymbol && rate === rate1024);
  if (own !== undefined) return own[2];
  const lowest = listed.reduce((least, entry) => (entry[0] * entry[1] < least[0] * least[1] ? entry : least));
  if (bitsPerSymbol * rate1024 < lowest[0] * lowest[1]) return lowest[2];
  throw runError('CHANNEL_DATA_INVALID', `the channel data "nr-mcs" has no beta for ${bitsPerSymbol} bits per symbol at ${rate1024} / 1024`);
}

/** The ratio at which a code block of that many bits on the normal approximation has that error probability. */
function snrAtError(bits: number, efficiency: number, errorRate: number): number {
  const excess = (snr: number): number => blockErrorProbability(bits, bits / efficiency, snr) - errorRate;
  return brent(excess, 1e-4, 1e6, 1e-9);
}

/** Probability that a packet of that many bits is lost: one of its equal code blocks is enough. */
export function packetErrorProbability({ efficiency, gap }: Scheme, bits: number, snr: number): number {
  const blocks = Math.ceil(bits / LARGEST_CODE_BLOCK);
  const blockBits = bits / blocks;
  const blockError = blockErrorProbability(blockBits, blockBits / efficiency, snr / gap);
  return blocks === 1 ? blockError : 1 - pow(1 - blockError, blocks);
}

/**
 * 5G NR: a packet is one transport block in whole slots over the resource blocks of its share,
 * padded to their capacity. A format is the index of its scheme. Link adaptation takes the highest
 * scheme (of those that an indicator can name) with at most the accepted error at the size of a full
 * packet. Transmissions begin when the sender is ready, not at slot borders.
 *
 * Stated for the tables and carriers of `channel-models/nr-mcs.yaml` (another width is an input error) and
 * one antenna at each end. Block errors follow the normal approximation, shifted to pass measured points;
 * schemes below the measured ones take an assumed gap. Below the lowest scheme's ratio packets are sent in
 * it and mostly lost. Validated against the efficiencies of the standard, the measured points, and the
 * losses that cells come to.
 */
export function nrRate({ table, subcarrierSpacing, blockErrorRate, indicator, harq, harqRoundTrip }: z.output<typeof nrSchema>, fullPacketBits: number): RateModel {
  const { resourceBlocks } = loadModelData('nr-mcs', mcsDataSchema);
  const { schemes, indicatorEfficiencies } = nrSchemes(table);
  const spacingKhz = subcarrierSpacing.split(' ')[0];
  const resourceBlockHz = 12_000 * Number(spacingKhz);
  const slotS = 0.015 / Number(spacingKhz);
  const efficiencies = Float64Array.from(schemes, ({ efficiency }) => efficiency);
  const usable = indicator === 'exact' ? schemes.map((_, index) => index) : reportedSchemes(schemes, indicatorEfficiencies);
  const thresholds = Float64Array.from(usable, (index) => {
    const scheme = schemes[index];
    return brent((snr) => packetErrorProbability(scheme, fullPacketBits, snr) - blockErrorRate, 1e-4, 1e6, 1e-9);
  });
  const slots = (format: number, bits: number, bandwidthHz: number): { count: number; capacity: number } => {
    const elements = Math.round(bandwidthHz / resourceBlockHz) * ELEMENTS_PER_SLOT;
    const capacity = Math.floor(elements * efficiencies[format]);
    return { count: Math.ceil(bits / capacity), capacity };
  };
  const fullCurves: (ErrorCurve | undefined)[] = [];
  const blocksOf = (bandwidthHz: number): number => {
    const bySize = resourceBlocks[spacingKhz];
    const count = bySize[String(bandwidthHz / 1e6)];
    if (count === undefined) {
      throw inputError('RADIO_NR_BANDWIDTH', `5G NR has no carrier of ${bandwidthHz / 1e6} MHz at a sub-carrier spacing of ${subcarrierSpacing}`, {
        expected: `${Object.keys(bySize).join(', ')} MHz`,
      });
    }
    return count;
  };
  const choose = (expectedSnr: number): number => {
    let best = 0;
    for (let i = 1; i < thresholds.length && thresholds[i] <= expectedSnr; i++) best = i;
    return usable[best];
  };
  return {
    combines: harq === 'chase',
    repetitionDelayS: harqRoundTrip,
    choose,
    carriedBits: (expectedSnr, bandwidthHz, durationS) => Math.round(durationS / slotS) * slots(choose(expectedSnr), 0, bandwidthHz).capacity,
    airtimeS: (format, bits, band) => slots(format, bits, band.bandwidthHz).count * slotS,
    resourceBlocks: (bandwidthHz) => ({ blocks: blocksOf(bandwidthHz), blockHz: resourceBlockHz }),
    equivalentSnr(snr, count) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += snr[i];
      // An effective ratio is at most the mean: no need of it where that is not enough.
      const most = (sum / count) * (1 + ROUNDING);
      // The highest scheme that its own effective ratio carries; between its threshold and the next all ratios choose alike.
      let low = 0;
      let high = usable.length - 1;
      let carried = NaN;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        const effective = most < thresholds[middle] ? most : effectiveSnr(schemes[usable[middle]], snr, count);
        if (effective >= thresholds[middle]) {
          low = middle;
          carried = effective;
        } else {
          high = middle - 1;
        }
      }
      if (low === 0) carried = effectiveSnr(schemes[usable[0]], snr, count);
      return low + 1 < usable.length && carried >= thresholds[low + 1] ? thresholds[low] : carried;
    },
    effectiveSnr: (format, snr, count) => effectiveSnr(schemes[format], snr, count),
    sentBits: (format, bits, band) => {
      const { count, capacity } = slots(format, bits, band.bandwidthHz);
      return count * capacity;
    },
    errorProbability(format, bits, snr) {
      const scheme = schemes[format];
      // Most packets are full ones.
      if (bits !== fullPacketBits) return packetErrorProbability(scheme, bits, snr);
      return errorOn((fullCurves[format] ??= errorCurve((ratio) => packetErrorProbability(scheme, bits, ratio))), snr);
    },
    occupiedHz(bandwidthHz, parts) {
      const count = blocksOf(bandwidthHz);
      // Shares are quotients: rounding must not cost a block.
      const each = Math.floor(count / parts + 1e-9);
      if (each === 0) {
        throw inputError('RADIO_RESOURCE_BLOCKS', `${count} resource blocks are not enough for ${parts} participants`, { expected: 'a wider band or fewer participants' });
      }
      return each * resourceBlockHz;
    },
    robustEfficiency: schemes[0].efficiency,
    robustSnr: thresholds[0],
  };
}

/** For each quality indicator the highest scheme that is no faster; an indicator below all schemes names the lowest. */
function reportedSchemes(schemes: readonly Scheme[], indicatorEfficiencies: readonly number[]): number[] {
  const reported = indicatorEfficiencies.map((limit) => schemes.reduce((best, { efficiency }, index) => (efficiency <= limit + 1e-9 ? index : best), 0));
  return [...new Set(reported)];
}
