import type { Layer } from '../../../src/learning/layers/schema.js';
import { pair } from '../../../src/learning/layers/schema.js';
import { sizeOf } from '../../../src/learning/layers/shapes.js';
import { resolveLayers } from '../../../src/learning/model.js';
import type { Model, ResolvedLayer } from '../../../src/learning/model.js';

/** A plain float64 forward pass, written from the definitions: what finite differences are taken of. */
export function referenceLoss(model: Model, weights: Float64Array, inputs: ArrayLike<number>, labels: ArrayLike<number>, count: number): number {
  const inputSize = sizeOf(model.input);
  let sum = 0;
  for (let n = 0; n < count; n++) {
    let x: Float64Array = Float64Array.from({ length: inputSize }, (_, j) => inputs[n * inputSize + j]);
    for (const layer of resolveLayers(model)) x = forward(layer, layer.layer, x, weights);
    sum += model.loss === 'softmaxCrossEntropy' ? crossEntropy(x, labels[n]) : squaredError(x, labels[n]);
  }
  return sum / count;
}

function crossEntropy(x: Float64Array, label: number): number {
  const largest = x.reduce((a, b) => Math.max(a, b));
  return Math.log(x.reduce((total, value) => total + Math.exp(value - largest), 0)) - (x[label] - largest);
}

function squaredError(x: Float64Array, label: number): number {
  return x.reduce((total, value, c) => total + (value - (c === label ? 1 : 0)) ** 2, 0) / x.length;
}

function forward(resolved: ResolvedLayer, layer: Layer, x: Float64Array, weights: Float64Array): Float64Array {
  const tensor = (name: string): Float64Array | null => {
    const found = resolved.tensors.find((each) => each.name === `${resolved.name}.${name}`);
    return found === undefined ? null : weights.subarray(found.offset, found.offset + found.size);
  };
  if (layer.layer === 'dense') {
    const w = tensor('weight')!;
    const b = tensor('bias');
    return Float64Array.from({ length: layer.units }, (_, j) => x.reduce((sum, value, i) => sum + value * w[i * layer.units + j], b?.[j] ?? 0));
  }
  if (layer.layer === 'conv2d') return convolution(resolved, layer, x, tensor('weight')!, tensor('bias'));
  if (layer.layer === 'maxPool' || layer.layer === 'avgPool') return pool(resolved, layer, x);
  if (layer.layer === 'relu') return x.map((value) => Math.max(value, 0));
  if (layer.layer === 'tanh') return x.map((value) => Math.tanh(value));
  return x;
}

function convolution({ input, output }: ResolvedLayer, layer: Layer & { layer: 'conv2d' }, x: Float64Array, w: Float64Array, b: Float64Array | null): Float64Array {
  const [height, width, channels] = input;
  const [outputHeight, outputWidth, filters] = output;
  const [kernelHeight, kernelWidth] = pair(layer.kernel);
  const [strideY, strideX] = pair(layer.stride);
  const y = new Float64Array(outputHeight * outputWidth * filters);
  for (let oy = 0; oy < outputHeight; oy++)
    for (let ox = 0; ox < outputWidth; ox++)
      for (let f = 0; f < filters; f++) {
        let sum = b?.[f] ?? 0;
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const iy = oy * strideY + ky - layer.padding;
            const ix = ox * strideX + kx - layer.padding;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            for (let c = 0; c < channels; c++) sum += x[(iy * width + ix) * channels + c] * w[((ky * kernelWidth + kx) * channels + c) * filters + f];
          }
        y[(oy * outputWidth + ox) * filters + f] = sum;
      }
  return y;
}

function pool({ input, output }: ResolvedLayer, layer: Layer & { layer: 'maxPool' | 'avgPool' }, x: Float64Array): Float64Array {
  const [, width, channels] = input;
  const [outputHeight, outputWidth] = output;
  const [sizeY, sizeX] = pair(layer.size);
  const [strideY, strideX] = pair(layer.stride ?? layer.size);
  const y = new Float64Array(outputHeight * outputWidth * channels);
  for (let oy = 0; oy < outputHeight; oy++)
    for (let ox = 0; ox < outputWidth; ox++)
      for (let c = 0; c < channels; c++) {
        const values: number[] = [];
        for (let i = 0; i < sizeY; i++) for (let j = 0; j < sizeX; j++) values.push(x[((oy * strideY + i) * width + ox * strideX + j) * channels + c]);
        y[(oy * outputWidth + ox) * channels + c] =
          layer.layer === 'maxPool' ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / values.length;
      }
  return y;
}
