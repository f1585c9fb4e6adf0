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

export const layerSchema = z.discriminatedUnion('layer', [dense, conv2d, maxPool, avgPool, relu, tanh, flatten]);

/** A layer with its defaults filled in. */
export type Layer = z.infer<typeof layerSchema>;
/** A layer as a scenario may write it. */
export type LayerInput = z.input<typeof layerSchema>;
export type LayerOf<Kind extends Layer['layer']> = { [Each in Kind]: Extract<Layer, { layer: Each }> }[Kind];

/** Vertical and horizontal extent. */
export const pair = (extent: number | readonly [number, number]): readonly [number, number] =>
  typeof extent === 'number' ? [extent, extent] : extent;
