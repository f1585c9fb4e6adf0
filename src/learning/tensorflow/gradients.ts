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
      gradFunc: (dy, [x, y], attributes) => ({ x: () => run(tf, tf.MaxPoolGrad, { dy: one(dy), input: x, output: y }, attributes) }),
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
        filter: () => filterGradient(tf, asImages(tf, x), asImages(tf, one(dy)), asImages(tf, filter).shape, stridesOf(attributes)),
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

/** Sums over the axes along which an operand was repeated: all leading ones. */
function reduceTo(tf: Tf, dy: Tensor, shape: readonly number[]): Tensor {
  const repeated = Array.from({ length: dy.rank - shape.length }, (_, axis) => axis);
  return repeated.length === 0 ? dy : tf.sum(dy, repeated);
}

function before(paddings: NamedAttrMap[string]): number[] {
  return Array.isArray(paddings) ? paddings.map((pair) => (Array.isArray(pair) ? Number(pair[0]) : 0)) : [];
}

function stridesOf({ strides }: NamedAttrMap): readonly [number, number] {
  return Array.isArray(strides) ? [Number(strides[0]), Number(strides[1])] : [Number(strides), Number(strides)];
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
