import type { Layer, LayerOf } from '../../../src/learning/layers/schema.js';
import { pair } from '../../../src/learning/layers/schema.js';
import { sizeOf } from '../../../src/learning/layers/shapes.js';
import { resolveLayers } from '../../../src/learning/model.js';
import type { Model, ResolvedLayer } from '../../../src/learning/model.js';

type Samples = readonly Float64Array[];

/** A plain float64 forward pass in training mode, written from the definitions: what finite differences are taken of. */
export function referenceLoss(model: Model, weights: Float64Array, inputs: ArrayLike<number>, labels: ArrayLike<number>, count: number): number {
  const size = sizeOf(model.input);
  const samples = Array.from({ length: count }, (_, n) => Float64Array.from({ length: size }, (__, j) => inputs[n * size + j]));
  const outputs = sequence(resolveLayers(model), samples, weights);
  return outputs.reduce((sum, x, n) => sum + (model.loss === 'softmaxCrossEntropy' ? crossEntropy(x, labels[n]) : squaredError(x, labels[n])), 0) / count;
}

const sequence = (layers: readonly ResolvedLayer[], samples: Samples, weights: Float64Array): Samples =>
  layers.reduce<Samples>((x, layer) => forward(layer, layer.layer, x, weights), samples);

function crossEntropy(x: Float64Array, label: number): number {
  const largest = x.reduce((a, b) => Math.max(a, b));
  return Math.log(x.reduce((total, value) => total + Math.exp(value - largest), 0)) - (x[label] - largest);
}

function squaredError(x: Float64Array, label: number): number {
  return x.reduce((total, value, c) => total + (value - (c === label ? 1 : 0)) ** 2, 0) / x.length;
}

function forward(resolved: ResolvedLayer, layer: Layer, samples: Samples, weights: Float64Array): Samples {
  const optional = (name: string): Float64Array | null => {
    const found = resolved.tensors.find((each) => each.name === `${resolved.name}.${name}`);
    return found === undefined ? null : weights.subarray(found.offset, found.offset + found.size);
  };
  const tensor = (name: string): Float64Array => optional(name)!;
  const each = (of: (x: Float64Array) => Float64Array): Samples => samples.map(of);
  const layers: { readonly [Kind in Layer['layer']]: (layer: LayerOf<Kind>) => Samples } = {
    dense: () => each((x) => affine(x, tensor('weight'), optional('bias'))),
    conv2d: (convolutional) => each((x) => convolution(resolved, convolutional, x, tensor('weight'), optional('bias'))),
    maxPool: (pooling) => each((x) => pool(resolved, pooling, x)),
    avgPool: (pooling) => each((x) => pool(resolved, pooling, x)),
    relu: () => each((x) => x.map((value) => Math.max(value, 0))),
    tanh: () => each((x) => x.map((value) => Math.tanh(value))),
    flatten: () => samples,
    batchNorm: ({ epsilon }) => normalise(samples, resolved.input.at(-1)!, (_, c) => c, epsilon, tensor('scale'), tensor('shift')),
    groupNorm({ groups, epsilon }) {
      const channels = resolved.input.at(-1)!;
      return normalise(samples, channels, (n, c) => n * groups + Math.floor((c * groups) / channels), epsilon, tensor('scale'), tensor('shift'));
    },
    dropout: () => samples,
    embedding: ({ dimension }) => each((x) => Float64Array.from({ length: x.length * dimension }, (_, j) => tensor('weight')[x[Math.floor(j / dimension)] * dimension + (j % dimension)])),
    gru: (recurrent) => each((x) => gru(resolved, recurrent, x, tensor)),
    residual() {
      const { body, shortcut } = resolved.inner!;
      const [main, around] = [sequence(body, samples, weights), sequence(shortcut, samples, weights)];
      return main.map((x, n) => x.map((value, j) => value + around[n][j]));
    },
  };
  return layers[layer.layer](layer as never);
}

function affine(x: Float64Array, w: Float64Array, b: Float64Array | null): Float64Array {
  const units = w.length / x.length;
  return Float64Array.from({ length: units }, (_, j) => x.reduce((sum, value, i) => sum + value * w[i * units + j], b?.[j] ?? 0));
}

/** Each value less the mean of its set, over the set's deviation: the sets are channels, or groups of channels of a sample. */
function normalise(samples: Samples, channels: number, setOf: (n: number, c: number) => number, epsilon: number, scale: Float64Array, shift: Float64Array): Samples {
  const sets = new Map<number, number[]>();
  for (const [n, x] of samples.entries()) for (const [j, value] of x.entries()) {
    const set = setOf(n, j % channels);
    sets.set(set, [...(sets.get(set) ?? []), value]);
  }
  const moments = new Map([...sets].map(([set, values]) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [set, { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length + epsilon) }];
  }));
  return samples.map((x, n) => x.map((value, j) => {
    const { mean, deviation } = moments.get(setOf(n, j % channels))!;
    return ((value - mean) / deviation) * scale[j % channels] + shift[j % channels];
  }));
}

function gru({ input: [length, features] }: ResolvedLayer, { units, output }: LayerOf<'gru'>, x: Float64Array, tensor: (name: string) => Float64Array): Float64Array {
  const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
  const states: Float64Array[] = [new Float64Array(units)];
  for (let t = 0; t < length; t++) {
    const h = states[t];
    const a = affine(x.subarray(t * features, (t + 1) * features), tensor('inputWeight'), tensor('inputBias'));
    const q = affine(h, tensor('recurrentWeight'), tensor('recurrentBias'));
    states.push(h.map((old, j) => {
      const update = sigmoid(a[units + j] + q[units + j]);
      const candidate = Math.tanh(a[2 * units + j] + sigmoid(a[j] + q[j]) * q[2 * units + j]);
      return (1 - update) * candidate + update * old;
    }));
  }
  return output === 'last' ? states[length] : Float64Array.from(states.slice(1).flatMap((state) => [...state]));
}

function convolution({ input, output }: ResolvedLayer, layer: LayerOf<'conv2d'>, x: Float64Array, w: Float64Array, b: Float64Array | null): Float64Array {
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

function pool({ input, output }: ResolvedLayer, layer: LayerOf<'maxPool'> | LayerOf<'avgPool'>, x: Float64Array): Float64Array {
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
