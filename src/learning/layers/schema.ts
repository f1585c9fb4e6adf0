import { z } from 'zod';

/**
 * The layers a model is made of, as data: what a scenario writes and what the engines read. Images
 * are [height, width, channels] per sample (channels last), flat features are [n].
 */
const count = z.int().positive();
/** One number for both directions, or [vertical, horizontal]. */
const extent = z.union([count, z.tuple([count, count])]);
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/).optional().describe('name of the layer in tensor names and messages');

const dense = z.strictObject({
  layer: z.literal('dense'),
  name,
  units: count,
  bias: z.boolean().default(true),
});

const conv2d = z.strictObject({
  layer: z.literal('conv2d'),
  name,
  filters: count,
  kernel: extent,
  stride: extent.default(1),
  padding: z.int().nonnegative().default(0).describe('zeros around the image, on each side'),
  bias: z.boolean().default(true),
});

const pool = {
  name,
  size: extent.default(2),
  stride: extent.optional().describe('default: the size'),
};
const maxPool = z.strictObject({ layer: z.literal('maxPool'), ...pool });
const avgPool = z.strictObject({ layer: z.literal('avgPool'), ...pool });

const relu = z.strictObject({ layer: z.literal('relu'), name });
const tanh = z.strictObject({ layer: z.literal('tanh'), name });
const flatten = z.strictObject({ layer: z.literal('flatten'), name });

const epsilon = z.number().positive().default(1e-5).describe('added to the variance');
const batchNorm = z.strictObject({
  layer: z.literal('batchNorm'),
  name,
  epsilon,
  momentum: z.number().min(0).max(1).default(0.1).describe('share of a batch in the running statistics'),
});
const groupNorm = z.strictObject({ layer: z.literal('groupNorm'), name, groups: count, epsilon });

const dropout = z.strictObject({
  layer: z.literal('dropout'),
  name,
  rate: z.number().min(0).lt(1).describe('share of the values set to zero in training; the others are scaled by 1 / (1 - rate)'),
});

const embedding = z.strictObject({
  layer: z.literal('embedding'),
  name,
  vocabulary: count.describe('number of different codes'),
  dimension: count,
});
const gru = z.strictObject({
  layer: z.literal('gru'),
  name,
  units: count,
  output: z.enum(['last', 'sequence']).default('last').describe('the state after the last step, or after every step'),
});

const residual = z.strictObject({
  layer: z.literal('residual'),
  name,
  get layers() {
    return z.array(layerSchema).nonempty();
  },
  get shortcut() {
    return z.array(layerSchema).default([]).describe('layers on the way around; none: the input itself');
  },
});

/** A layer as a scenario writes it, with its defaults filled in when parsed. */
export const layerSchema = z.discriminatedUnion('layer', [
  dense, conv2d, maxPool, avgPool, relu, tanh, flatten, batchNorm, groupNorm, dropout, embedding, gru, residual,
]);

/** A layer with its defaults filled in. */
export type Layer = z.infer<typeof layerSchema>;
/** A layer as a scenario may write it. */
export type LayerInput = z.input<typeof layerSchema>;
export type LayerOf<Kind extends Layer['layer']> = { [Each in Kind]: Extract<Layer, { layer: Each }> }[Kind];

/** Vertical and horizontal extent. */
export const pair = (extent: number | readonly [number, number]): readonly [number, number] =>
  typeof extent === 'number' ? [extent, extent] : extent;
