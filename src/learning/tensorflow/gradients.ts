import type { GradConfig, NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tf } from './backends.js';

/**
 * Gradients of the operations that models are made of. TensorFlow.js brings its own only with its
 * union package (and so with tfjs-node); the packages of single backends come without.
 */
export function registerGradients(tf: Tf): void {
  for (const config of gradientsOf(tf)) tf.registerGradient(config);
}

function gradientsOf(tf: Tf): readonly GradConfig[] {
  return [
    {
      kernelName: tf.Add,
      inputsToSave: ['a', 'b'],
      gradFunc: (dy, [a, b]) => ({ a: () => reduceTo(tf, one(dy), a.shape), b: () => reduceTo(tf, one(dy), b.shape) }),
    },
    {
      kernelName: tf.Sub,
      inputsToSave: ['a', 'b'],
      gradFunc: (dy, [a, b]) => ({ a: () => reduceTo(tf, one(dy), a.shape), b: () => tf.neg(reduceTo(tf, one(dy), b.shape)) }),
    },
    {
      kernelName: tf.Multiply,
      inputsToSave: ['a', 'b'],
      gradFunc: (dy, [a, b]) => ({ a: () => reduceTo(tf, tf.mul(one(dy), b), a.shape), b: () => reduceTo(tf, tf.mul(one(dy), a), b.shape) }),
    },
    {
      kernelName: tf.Sum,
      inputsToSave: ['x'],
      // Repeated by a product with ones; a reduced axis that was dropped comes back as one of extent 1.
      gradFunc: (dy, [x], { axis }) => ({ x: () => tf.mul(tf.reshape(one(dy), reducedShape(x.shape, axis)), tf.onesLike(x)) }),
    },
    {
      kernelName: tf.Rsqrt,
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({ x: () => tf.mul(tf.mul(one(dy), -0.5), tf.mul(y, tf.mul(y, y))) }),
    },
    {
      kernelName: tf.Transpose,
      gradFunc: (dy, _saved, { perm }) => ({ x: () => tf.transpose(one(dy), inverse(numbers(perm))) }),
    },
    {
      kernelName: tf.Slice,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], { begin, size }) => ({
        x: () => {
          const [first, extent] = [numbers(begin), numbers(size)];
          return tf.pad(one(dy), x.shape.map((whole, axis): [number, number] => [first[axis], whole - first[axis] - extent[axis]]));
        },
      }),
    },
    {
      kernelName: tf.Concat,
      saveAllInputs: true,
      gradFunc: (dy, parts, { axis }) => {
        const along = Number(axis);
        const ofPart = (i: number) => (): Tensor => {
          const begin = parts[i].shape.map(() => 0);
          begin[along] = parts.slice(0, i).reduce((sum, part) => sum + part.shape[along], 0);
          return tf.slice(one(dy), begin, parts[i].shape);
        };
        return Object.fromEntries(parts.map((_, i) => [String(i), ofPart(i)]));
      },
    },
    {
      kernelName: tf.Sigmoid,
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({ x: () => tf.mul(one(dy), tf.mul(y, tf.sub(1, y))) }),
    },
    {
      kernelName: tf.BatchMatMul,
      inputsToSave: ['a', 'b'],
      // Transposes are spelled out because the WebAssembly matMul is slow with transposed arguments.
      gradFunc: (dy, [a, b]) => ({ a: () => tf.matMul(one(dy), tf.transpose(b)), b: () => tf.matMul(tf.transpose(a), one(dy)) }),
    },
    // Average pooling casts its result to the type it has already.
    { kernelName: tf.Cast, gradFunc: (dy) => ({ x: () => one(dy) }) },
    { kernelName: tf.Reshape, inputsToSave: ['x'], gradFunc: (dy, [x]) => ({ x: () => tf.reshape(one(dy), x.shape) }) },
    { kernelName: tf.Relu, inputsToSave: ['x'], gradFunc: (dy, [x]) => ({ x: () => tf.mul(one(dy), tf.step(x)) }) },
    {
      kernelName: tf.Tanh,
      outputsToSave: [true],
      gradFunc: (dy, [y]) => ({ x: () => tf.mul(one(dy), tf.sub(1, tf.square(y))) }),
    },
    {
      kernelName: tf.PadV2,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], { paddings }) => ({ x: () => tf.slice(one(dy), before(paddings), x.shape) }),
    },
    {
      kernelName: tf.MaxPool,
      inputsToSave: ['x'],
      outputsToSave: [true],
      gradFunc: (dy, [x, y], attributes) => ({
        x: () => {
          const [size, strides] = [attributes.filterSize, attributes.strides].map(pairOf);
          const overlap = strides[0] < size[0] || strides[1] < size[1];
          return overlap ? overlappingMaxPoolGradient(tf, x, asImages(tf, one(dy)), size, strides) : run(tf, tf.MaxPoolGrad, { dy: one(dy), input: x, output: y }, attributes);
        },
      }),
    },
    {
      kernelName: tf.AvgPool,
      inputsToSave: ['x'],
      gradFunc: (dy, [x], attributes) => ({ x: () => run(tf, tf.AvgPoolGrad, { dy: one(dy), input: x }, attributes) }),
    },
    {
      kernelName: tf.Conv2D,
      inputsToSave: ['x', 'filter'],
      gradFunc: (dy, [x, filter], attributes) => ({
        x: () => run(tf, tf.Conv2DBackpropInput, { dy: one(dy), filter }, { ...attributes, inputShape: x.shape }),
        filter: () => filterGradient(tf, asImages(tf, x), asImages(tf, one(dy)), asImages(tf, filter).shape, pairOf(attributes.strides)),
      }),
    },
  ];
}

/** The tensor with its rank known to the compiler: four, as images and filters have. */
export function asImages(tf: Tf, tensor: Tensor): Tensor4D {
  const [a, b, c, d] = tensor.shape;
  return tf.reshape(tensor, [a, b, c, d]);
}

/** None of these operations has more than one output. */
function one(dy: Tensor | Tensor[]): Tensor {
  return Array.isArray(dy) ? dy[0] : dy;
}

function run(tf: Tf, kernel: string, inputs: Record<string, Tensor>, attributes: NamedAttrMap): Tensor {
  const output = tf.engine().runKernel(kernel, inputs, attributes);
  return Array.isArray(output) ? output[0] : output;
}

/** Sums over the axes along which an operand was repeated: leading ones, and those where its extent is 1. */
function reduceTo(tf: Tf, dy: Tensor, shape: readonly number[]): Tensor {
  const leading = dy.rank - shape.length;
  const repeated = dy.shape.flatMap((extent, axis) => (axis < leading || (shape[axis - leading] === 1 && extent !== 1) ? [axis] : []));
  return repeated.length === 0 ? dy : tf.reshape(tf.sum(dy, repeated), [...shape]);
}

/** The shape with extent 1 along the axes of a sum. */
function reducedShape(shape: readonly number[], axis: NamedAttrMap[string]): number[] {
  const axes = numbers(axis);
  return shape.map((extent, i) => (axes.includes(i) ? 1 : extent));
}

function inverse(permutation: readonly number[]): number[] {
  const result: number[] = [];
  permutation.forEach((from, to) => {
    result[from] = to;
  });
  return result;
}

/** An attribute that is a number or a list of numbers. */
function numbers(attribute: NamedAttrMap[string]): number[] {
  return Array.isArray(attribute) ? attribute.map(Number) : [Number(attribute)];
}

function before(paddings: NamedAttrMap[string]): number[] {
  return Array.isArray(paddings) ? paddings.map((pair) => (Array.isArray(pair) ? Number(pair[0]) : 0)) : [];
}

function pairOf(extent: NamedAttrMap[string]): readonly [number, number] {
  return Array.isArray(extent) ? [Number(extent[0]), Number(extent[1])] : [Number(extent), Number(extent)];
}

/**
 * Gradient of max pooling whose windows overlap, of which a value may be the largest in several:
 * the WebAssembly kernel (4.22.0) keeps one of them instead of their sum. The first largest value of
 * a window counts.
 */
function overlappingMaxPoolGradient(tf: Tf, x: Tensor, dy: Tensor4D, [sizeY, sizeX]: readonly [number, number], [strideY, strideX]: readonly [number, number]): Tensor {
  const [, height, width, channels] = x.shape;
  const [count, outputHeight, outputWidth] = dy.shape;
  const [values, slopes, sum] = [x.dataSync(), dy.dataSync(), new Float32Array(x.size)];
  for (let place = 0; place < slopes.length; place++) {
    const c = place % channels;
    const column = Math.floor(place / channels) % outputWidth;
    const row = Math.floor(place / channels / outputWidth) % outputHeight;
    const n = Math.floor(place / channels / outputWidth / outputHeight) % count;
    let largest = -1;
    for (let i = 0; i < sizeY; i++) {
      for (let j = 0; j < sizeX; j++) {
        const at = ((n * height + row * strideY + i) * width + column * strideX + j) * channels + c;
        if (largest < 0 || values[at] > values[largest]) largest = at;
      }
    }
    sum[largest] += slopes[place];
  }
  return tf.tensor(sum, x.shape);
}

/**
 * Filter gradient of an unpadded convolution as matrix products, one per place of the kernel: the
 * WebAssembly backend has no Conv2DBackpropFilter.
 */
function filterGradient(tf: Tf, image: Tensor4D, upstream: Tensor4D, shape: Tensor4D['shape'], [strideY, strideX]: readonly [number, number]): Tensor {
  const [kernelHeight, kernelWidth, channels, filters] = shape;
  const [count, height, width] = upstream.shape;
  const flat = tf.reshape(upstream, [count * height * width, filters]);
  const places: Tensor[] = [];
  for (let y = 0; y < kernelHeight; y++) {
    for (let x = 0; x < kernelWidth; x++) {
      const end = [count, y + (height - 1) * strideY + 1, x + (width - 1) * strideX + 1, channels];
      const seen = tf.stridedSlice(image, [0, y, x, 0], end, [1, strideY, strideX, 1]);
      places.push(tf.matMul(tf.transpose(tf.reshape(seen, [count * height * width, channels])), flat));
    }
  }
  return tf.reshape(tf.concat(places, 0), shape);
}
