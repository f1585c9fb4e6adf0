import type { LayerOf } from '../layers/schema.js';
import { pair } from '../layers/schema.js';
import { sizeOf } from '../layers/shapes.js';
import type { ResolvedLayer } from '../model.js';
import { parameter, planBiasGradient, planPool } from './plan-layer.js';
import type { Flow, LayerPlan, Planning } from './planner.js';
import type { Operand } from './program.js';

/** Below this number of channels the patches of the input gradient are added one by one, because a row of outputs would leave lanes empty. */
const SCATTER_CHANNELS = 16;

/** A convolution as the kernels see it: on an input with its border of zeros. */
interface Geometry {
  readonly resolved: ResolvedLayer;
  readonly bordered: Operand;
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  /** Kernel height, length of a kernel row, image row, row step, column step, in elements. */
  readonly patch: readonly number[];
}

export function planConvolution(resolved: ResolvedLayer, layer: LayerOf<'conv2d'>, input: Flow, planning: Planning): LayerPlan {
  const geometry = planBordered(resolved, layer, input, planning);
  const output = planOutput(geometry, planning);
  const [outputHeight, outputWidth, filters] = resolved.output;
  return {
    output: { at: output, owned: true },
    backward(gradient, inputGradient) {
      planning.backward({
        name: 'convWeightGradient',
        operands: [geometry.bordered, gradient.at, parameter(resolved, 'weight', 'gradient')],
        dimensions: [...resolved.output, ...geometry.patch],
      });
      planBiasGradient(resolved, gradient.at, outputHeight * outputWidth, filters, planning);
      if (!inputGradient) return null;
      const scatters = resolved.input[2] < SCATTER_CHANNELS;
      return { at: scatters ? planScatter(geometry, layer, gradient.at, planning) : planFlipped(resolved, layer, gradient.at, planning), owned: true };
    },
  };
}

/**
 * A convolution and the max pooling behind it: one output in each window has a gradient, so that the
 * backward pass goes over the pooled outputs.
 */
export function planPooledConvolution(
  resolved: ResolvedLayer,
  layer: LayerOf<'conv2d'>,
  pool: ResolvedLayer,
  pooling: LayerOf<'maxPool'>,
  input: Flow,
  planning: Planning,
): LayerPlan {
  const filters = resolved.output[2];
  const [pooledHeight, pooledWidth] = pool.output;
  const { geometry, places, plan } = planPooledForward(resolved, layer, pool, pooling, input, planning);
  const [size, stride] = [pair(pooling.size), pair(pooling.stride ?? pooling.size)].map(([rows, columns]) => rows * 1024 + columns);
  return {
    output: plan.output,
    backward(gradient, inputGradient) {
      const [kernelHeight, length] = geometry.patch;
      planning.backward({
        name: 'convPooledGradient',
        operands: [geometry.bordered, gradient.at, places, parameter(resolved, 'weight', 'gradient'), planning.shared(filters * kernelHeight * packedLength(length))],
        dimensions: [pooledHeight, pooledWidth, filters, ...geometry.patch, size, stride],
      });
      planBiasGradient(resolved, gradient.at, pooledHeight * pooledWidth, filters, planning);
      if (!inputGradient) return null;
      const spread = plan.backward(gradient, true)!;
      return { at: planScatter(geometry, layer, spread.at, planning), owned: true };
    },
  };
}

interface PooledForward {
  readonly geometry: Geometry;
  readonly places: Operand | null;
  readonly plan: LayerPlan;
}

function planPooledForward(
  resolved: ResolvedLayer,
  layer: LayerOf<'conv2d'>,
  pool: ResolvedLayer,
  pooling: LayerOf<'maxPool'>,
  input: Flow,
  planning: Planning,
): PooledForward {
  const geometry = planBordered(resolved, layer, input, planning);
  if (!isPlanar(resolved, layer, pooling)) {
    const { places, ...plan } = planPool(pool, pooling, { at: planOutput(geometry, planning), owned: true }, planning);
    return { geometry, places, plan };
  }
  const [outputHeight, outputWidth, filters] = resolved.output;
  const [kernelHeight, kernelWidth, row, rowStep] = geometry.patch;
  const packedRow = packedLength(outputWidth);
  const planes = planning.perSample(filters * outputHeight * packedRow);
  planning.forward({
    name: 'convPlanar',
    operands: [geometry.bordered, parameter(resolved, 'weight', 'weights'), parameter(resolved, 'bias', 'weights'), planes],
    dimensions: [outputHeight, outputWidth, filters, kernelHeight, kernelWidth, row, rowStep, packedRow],
  });
  const { places, ...plan } = planPool(pool, pooling, { at: planes, owned: true }, planning, {
    name: 'maxPoolPlanar',
    dimensions: [...pool.output, outputHeight, packedRow],
  });
  return { geometry, places, plan };
}

/** Few filters on one channel and pooling by 2 (kernels/planar.c). */
function isPlanar({ input, output }: ResolvedLayer, layer: LayerOf<'conv2d'>, pooling: LayerOf<'maxPool'>): boolean {
  const halves = [pooling.size, pooling.stride ?? pooling.size].flatMap((extent) => pair(extent)).every((extent) => extent === 2);
  return input[2] === 1 && output[2] < SCATTER_CHANNELS && pair(layer.stride)[1] === 1 && halves;
}

function planBordered(resolved: ResolvedLayer, layer: LayerOf<'conv2d'>, input: Flow, planning: Planning): Geometry {
  const [height, width, channels] = resolved.input;
  const [kernelHeight, kernelWidth] = pair(layer.kernel);
  const [strideY, strideX] = pair(layer.stride);
  const { padding } = layer;
  const paddedHeight = height + 2 * padding;
  const paddedWidth = width + 2 * padding;
  const row = paddedWidth * channels;
  const patch = [kernelHeight, kernelWidth * channels, row, strideY * row, strideX * channels];
  /* Inputs of the run are copied too: the kernels read whole vectors, which may go beyond the last element. */
  if (padding === 0 && input.at.base !== 'inputs') return { resolved, bordered: input.at, paddedHeight, paddedWidth, patch };
  const bordered = planning.perSample(paddedHeight * paddedWidth * channels);
  planning.forward({ name: 'border', operands: [input.at, bordered], dimensions: [height, width, channels, padding, padding, 1, 1, paddedWidth] });
  return { resolved, bordered, paddedHeight, paddedWidth, patch };
}

function planOutput({ resolved, bordered, patch }: Geometry, planning: Planning): Operand {
  const output = planning.perSample(sizeOf(resolved.output));
  planning.forward({
    name: 'convForward',
    operands: [bordered, parameter(resolved, 'weight', 'weights'), parameter(resolved, 'bias', 'weights'), output],
    dimensions: [...resolved.output, ...patch],
  });
  return output;
}

/** Elements of a row of packed filters: kernels/sparse.c packed_length. */
const packedLength = (length: number): number => Math.ceil(length / 16) * 16;

/** The input gradient by adding patches: each output gradient that is not zero adds its filter. */
function planScatter({ resolved, paddedHeight, paddedWidth, patch }: Geometry, { padding }: LayerOf<'conv2d'>, gradient: Operand, planning: Planning): Operand {
  const [height, width, channels] = resolved.input;
  const filters = resolved.output[2];
  const [kernelHeight, length] = patch;
  const packed = planning.shared(filters * kernelHeight * packedLength(length));
  planning.prologue({ name: 'packFilters', operands: [parameter(resolved, 'weight', 'weights'), packed], dimensions: [kernelHeight, length, filters] });
  const image = planning.perSample(paddedHeight * paddedWidth * channels);
  planning.backward({ name: 'convScatter', operands: [gradient, image, packed], dimensions: [...resolved.output, ...patch, paddedHeight * paddedWidth * channels] });
  if (padding === 0) return image;
  const to = planning.perSample(height * width * channels);
  planning.backward({ name: 'crop', operands: [image, to], dimensions: [height, width, channels, padding, padding, paddedWidth] });
  return to;
}

/** The input gradient as a convolution: the output gradient, spread by the stride and bordered, with the flipped filters. */
function planFlipped(resolved: ResolvedLayer, layer: LayerOf<'conv2d'>, gradient: Operand, planning: Planning): Operand {
  const [height, width, channels] = resolved.input;
  const [outputHeight, outputWidth, filters] = resolved.output;
  const [kernelHeight, kernelWidth] = pair(layer.kernel);
  const top = kernelHeight - 1 - layer.padding;
  const left = kernelWidth - 1 - layer.padding;
  /* Padding beyond the kernel: outputs that saw zeros only are passed over. */
  const crop = Math.max(0, -Math.min(top, left));
  const spreadHeight = height + kernelHeight - 1 + 2 * crop;
  const spreadWidth = width + kernelWidth - 1 + 2 * crop;
  const spread = planning.perSample(spreadHeight * spreadWidth * filters);
  planning.backward({
    name: 'border',
    operands: [gradient, spread],
    dimensions: [outputHeight, outputWidth, filters, top + crop, left + crop, ...pair(layer.stride), spreadWidth],
  });
  const flipped = planning.shared(kernelHeight * kernelWidth * channels * filters);
  planning.prologue({
    name: 'flipFilter',
    operands: [parameter(resolved, 'weight', 'weights'), flipped],
    dimensions: [kernelHeight, kernelWidth, channels, filters],
  });
  const to = planning.perSample(height * width * channels);
  const row = spreadWidth * filters;
  planning.backward({
    name: 'convForward',
    operands: [{ ...spread, offset: spread.offset + crop * (row + filters) }, flipped, null, to],
    dimensions: [height, width, channels, kernelHeight, kernelWidth * filters, row, row, filters],
  });
  return to;
}
