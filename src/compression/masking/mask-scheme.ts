import { z } from 'zod';
import { averagingScheme } from '../averaging.js';
import type { Scheme } from '../contract.js';
import { footprint } from '../footprint.js';
import { downlinkCodec, downlinkOption, SENT_MODEL, type DownlinkOption } from '../model-downlink.js';
import { maskCodec } from './mask-codec.js';
import { maskedTraining } from './masked-training.js';

export interface MaskScheme {
  readonly name: string;
  readonly wireId: number;
  readonly describe: string;
  readonly source: string;
}

type NoiseKind = 'uniform' | 'gaussian' | 'bernoulli';

const noiseOptions = (magnitude: number) => ({
  noise: z.enum(['uniform', 'gaussian', 'bernoulli']).default('uniform').describe('distribution of the noise'),
  magnitude: z.number().positive().max(1000).default(magnitude).describe('alpha: half width, standard deviation or size of the noise; about the size of one round\'s update'),
});

/** FedMRN and its signed variant: masks inside local training. */
export function trainedMaskScheme(
  { name, wireId, describe, source }: MaskScheme,
  noise: { readonly signed: boolean; readonly magnitude: number },
): Scheme<{ noise: NoiseKind; magnitude: number; progressive: boolean } & DownlinkOption> {
  return averagingScheme({
    name,
    wireId,
    describe,
    sends: { uplink: 'seed, mask of one bit per weight, other parameters as float32', downlink: SENT_MODEL },
    source,
    footprint: footprint(1.12, 32),
    inputs: ['update'],
    schema: z.strictObject({
      ...noiseOptions(noise.magnitude),
      progressive: z.boolean().default(true).describe('mask more and more elements from step to step, not all from the first'),
      ...downlinkOption,
    }),
    downlink: downlinkCodec,
    uplink: (options, layout) => maskCodec(layout, { ...options, signed: noise.signed }),
    training: (options, layout, { uplink, training }, start) =>
      // The first word of the upload's stream is the seed of its noise.
      maskedTraining(layout, { ...options, signed: noise.signed }, options.progressive, uplink.uint32(), training, start),
  });
}

/** PostMRN: ordinary training, and the mask is drawn on its result. */
export function postMaskScheme({ name, wireId, describe, source }: MaskScheme): Scheme<{ noise: NoiseKind; magnitude: number; signed: boolean } & DownlinkOption> {
  return averagingScheme({
    name,
    wireId,
    describe,
    sends: { uplink: 'seed, mask of one bit per weight, other parameters as float32', downlink: SENT_MODEL },
    source,
    footprint: footprint(1.12, 32),
    inputs: ['update'],
    schema: z.strictObject({ ...noiseOptions(0.01), signed: z.boolean().default(false).describe('mask values -1 and +1 instead of 0 and 1'), ...downlinkOption }),
    downlink: downlinkCodec,
    uplink: (options, layout) => maskCodec(layout, options),
  });
}
