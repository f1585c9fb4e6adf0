import { inputError } from '../../errors.js';
import type { TensorSpec } from '../contract.js';
import { simpleLayers } from '../layers/resolve.js';
import { formatShape, sizeOf } from '../layers/shapes.js';
import { resolveLayers } from '../model.js';
import type { Model, ResolvedLayer } from '../model.js';
import { planPooledConvolution } from './plan-convolution.js';
import { planLayer } from './plan-layer.js';
import type { Operand, Operation, Program } from './program.js';

/** What a layer's plan may ask for, and where it writes its operations. */
export interface Planning {
  /** Working memory for each sample of a block. */
  perSample(size: number): Operand;
  /** Working memory that samples share. */
  shared(size: number): Operand;
  /** `evaluation` is what takes its place there, by default the operation itself. */
  forward(operation: Operation, evaluation?: Operation): void;
  /** Called in the order of execution, that is from the last layer to the first. */
  backward(operation: Operation): void;
  /** Before the first block, in training. */
  prologue(operation: Operation): void;
}

/** Layers that look at the whole batch. */
const WHOLE_BATCH: ReadonlySet<string> = new Set(['batchNorm']);

/** An activation or gradient. Where `owned`, nobody else needs it and a layer may write over it. */
export interface Flow {
  readonly at: Operand;
  readonly owned: boolean;
}

export interface LayerPlan {
  readonly output: Flow;
  /** Plans the backward pass from the output's gradient; returns the input's, or null where it was not asked for. */
  backward(gradient: Flow, inputGradient: boolean): Flow | null;
}

/** Elements that may be read, never used, behind any operand. */
const SLACK = 64;
/** Working memory per block that keeps activations in a core's second-level cache, in elements. */
const BLOCK_ELEMENTS = 160_000;
/** Elements an engine can address (2 GiB). */
const ELEMENTS_MAX = 536_870_912;
const ELEMENTS_PER_GIBIBYTE = 268_435_456;

/**
 * Compiles a model for batches of up to `batchMax` samples.
 * Throws MODEL_TOO_LARGE, naming the largest layer, where its memory cannot be addressed.
 */
export function planProgram(model: Model, batchMax: number): Program {
  const layers = resolveLayers(model);
  const perSampleSize = measure(model, layers);
  const kinds = simpleLayers(layers).map((layer) => layer.layer.layer);
  const wholeBatch = kinds.some((kind) => WHOLE_BATCH.has(kind));
  const block = wholeBatch ? batchMax : Math.max(1, Math.min(batchMax, Math.floor(BLOCK_ELEMENTS / perSampleSize)));
  const memory = allocator(block);
  const forward: Operation[] = [];
  const evaluation: Operation[] = [];
  const backward: Operation[] = [];
  const prologue: Operation[] = [];
  const planning: Planning = {
    perSample: (size) => memory.take(size, true),
    shared: (size) => memory.take(size, false),
    forward(operation, instead = operation) {
      forward.push(operation);
      evaluation.push(instead);
    },
    backward: (operation) => backward.push(operation),
    prologue: (operation) => prologue.push(operation),
  };
  const network = planSequence(layers, { at: { base: 'inputs', offset: 0, stride: sizeOf(model.input) }, owned: false }, planning);
  const gradient = memory.take(model.classes, true);
  const exponentials = memory.take(model.classes, false);
  const loss = (to: Operand | null): Operation => ({
    name: model.loss === 'softmaxCrossEntropy' ? 'softmaxLoss' : 'squaredLoss',
    operands: [network.output.at, to, exponentials],
    dimensions: [model.classes],
  });
  network.backward({ at: gradient, owned: true }, false);
  const tensors = simpleLayers(layers).flatMap((layer) => layer.tensors);
  const total = (chosen: readonly TensorSpec[]): number => chosen.reduce((sum, tensor) => sum + tensor.size, 0);
  const parameters = total(tensors);
  if (memory.size() + 3 * parameters > ELEMENTS_MAX) throw tooLarge(model, layers, memory.size() + 3 * parameters);
  return {
    prologue,
    training: [...forward, loss(gradient), ...backward],
    evaluation: [...evaluation, loss(null)],
    parameters,
    buffers: total(tensors.filter((tensor) => !tensor.trainable)),
    inputSize: sizeOf(model.input),
    arenaSize: memory.size(),
    block,
    wholeBatch,
    drops: kinds.includes('dropout'),
  };
}

/** Plans layers one after another; the first layer that has weights, and those before it, get no input gradient unless asked for. */
export function planSequence(layers: readonly ResolvedLayer[], input: Flow, planning: Planning): LayerPlan {
  const plans: { readonly plan: LayerPlan; readonly index: number }[] = [];
  let flow = input;
  const order = poolBeforeRelu(layers);
  for (let index = 0; index < order.length; index++) {
    const [resolved, next] = [order[index], order.at(index + 1)];
    const pooled = resolved.layer.layer === 'conv2d' && next?.layer.layer === 'maxPool';
    const plan = pooled
      ? planPooledConvolution(resolved, resolved.layer, next, next.layer, flow, planning)
      : planLayer(resolved, resolved.layer, flow, planning);
    plans.push({ plan, index });
    flow = plan.output;
    if (pooled) index++;
  }
  const firstWithWeights = layers.findIndex((layer) => simpleLayers([layer]).some((inner) => inner.tensors.some((tensor) => tensor.trainable)));
  return {
    output: flow,
    backward(gradient, inputGradient) {
      let current: Flow | null = gradient;
      for (const { plan, index } of plans.toReversed()) {
        if (current === null) break;
        current = plan.backward(current, inputGradient || index > firstWithWeights);
      }
      return current;
    },
  };
}

/** ReLU and max pooling commute, value and gradient alike, and the pooled image is smaller. */
function poolBeforeRelu(layers: readonly ResolvedLayer[]): readonly ResolvedLayer[] {
  const order = [...layers];
  for (let index = 0; index + 1 < order.length; index++) {
    const [relu, pool] = [order[index], order[index + 1]];
    if (relu.layer.layer !== 'relu' || pool.layer.layer !== 'maxPool') continue;
    order[index] = pool;
    order[index + 1] = { ...relu, input: pool.output, output: pool.output };
  }
  return order;
}

interface Allocator {
  take(size: number, each: boolean): Operand;
  size(): number;
}

function allocator(block: number): Allocator {
  let used = 0;
  return {
    take(size, each) {
      const offset = used;
      /* Whole cache lines, so that samples start aligned. */
      const stride = Math.ceil(size / 16) * 16;
      used += stride * (each ? block : 1) + SLACK;
      return { base: 'arena', offset, stride: each ? stride : 0 };
    },
    size: () => used,
  };
}

/** Elements of working memory one sample needs. */
function measure(model: Model, layers: readonly ResolvedLayer[]): number {
  let size = 0;
  const count = (elements: number): Operand => {
    size += elements;
    return { base: 'arena', offset: 0, stride: 0 };
  };
  const ignore = (): void => undefined;
  const planning: Planning = { perSample: count, shared: () => ({ base: 'arena', offset: 0, stride: 0 }), forward: ignore, backward: ignore, prologue: ignore };
  const input = { base: 'inputs', offset: 0, stride: sizeOf(model.input) } as const;
  const plan = planSequence(layers, { at: input, owned: false }, planning);
  plan.backward({ at: count(model.classes), owned: true }, false);
  return size;
}

function tooLarge(model: Model, layers: readonly ResolvedLayer[], elements: number): Error {
  const weight = (layer: ResolvedLayer): number => sizeOf(layer.output) + layer.tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const largest = simpleLayers(layers).reduce((a, b) => (weight(b) > weight(a) ? b : a));
  const tensors = largest.tensors.map((tensor) => `${tensor.name} ${formatShape(tensor.shape)}`).join(', ');
  return inputError(
    'MODEL_TOO_LARGE',
    `model "${model.name}" needs ${(elements / ELEMENTS_PER_GIBIBYTE).toFixed(1)} GiB; its largest layer "${largest.name}" turns ${formatShape(largest.input)} into ${formatShape(largest.output)}${tensors === '' ? '' : ` with ${tensors}`}`,
    { expected: `at most ${ELEMENTS_MAX / ELEMENTS_PER_GIBIBYTE} GiB of weights and activations`, hint: 'Make that layer smaller, or pool before it' },
  );
}
