import type { Layer, LayerOf } from '../layers/schema.js';
import { pair } from '../layers/schema.js';
import { sizeOf } from '../layers/shapes.js';
import type { ResolvedLayer } from '../model.js';
import { planConvolution } from './plan-convolution.js';
import { planBatchNorm, planGroupNorm } from './plan-normalisation.js';
import { planEmbedding, planGru } from './plan-sequence.js';
import { planSequence } from './planner.js';
import type { Flow, LayerPlan, Planning } from './planner.js';
import { floatBits } from './program.js';
import type { Base, Operand, Operation, OperationName } from './program.js';

type Rule<Kind extends Layer['layer']> = (resolved: ResolvedLayer, layer: LayerOf<Kind>, input: Flow, planning: Planning) => LayerPlan;

const RULES: { readonly [Kind in Layer['layer']]: Rule<Kind> } = {
  dense: planDense,
  conv2d: (resolved, layer, input, planning) => planConvolution(resolved, layer, input, planning),
  maxPool: (resolved, layer, input, planning) => planPool(resolved, layer, input, planning),
  avgPool: (resolved, layer, input, planning) => planPool(resolved, layer, input, planning),
  relu: (resolved, _layer, input, planning) => planActivation(resolved, ['relu', 'reluBackward'], input, planning),
  tanh: (resolved, _layer, input, planning) => planActivation(resolved, ['tanh', 'tanhBackward'], input, planning),
  flatten: (_resolved, _layer, input) => ({ output: input, backward: (gradient) => gradient }),
  batchNorm: planBatchNorm,
  groupNorm: planGroupNorm,
  dropout: planDropout,
  embedding: planEmbedding,
  gru: planGru,
  residual: planResidual,
};

/** Writes a layer's operations: forward at once, backward when its gradient is known. */
export function planLayer<Kind extends Layer['layer']>(resolved: ResolvedLayer, layer: LayerOf<Kind>, input: Flow, planning: Planning): LayerPlan {
  const rule: Rule<Kind> = RULES[layer.layer];
  return rule(resolved, layer, input, planning);
}

/** A tensor of the layer in the flat weights or in the flat gradient; null where the layer has none of that name. */
export function parameter({ name, tensors }: ResolvedLayer, which: string, base: Base): Operand | null {
  const tensor = tensors.find((each) => each.name === `${name}.${which}`);
  return tensor === undefined ? null : { base, offset: tensor.offset, stride: 0 };
}

export function planBiasGradient(resolved: ResolvedLayer, gradient: Operand, positions: number, units: number, planning: Planning): void {
  const bias = parameter(resolved, 'bias', 'gradient');
  if (bias !== null) planning.backward({ name: 'biasGradient', operands: [gradient, bias], dimensions: [positions, units, units] });
}

function planDense(resolved: ResolvedLayer, layer: LayerOf<'dense'>, input: Flow, planning: Planning): LayerPlan {
  const inputs = sizeOf(resolved.input);
  const weights = parameter(resolved, 'weight', 'weights');
  const output = planning.perSample(layer.units);
  planning.forward({ name: 'denseForward', operands: [input.at, weights, parameter(resolved, 'bias', 'weights'), output], dimensions: [inputs, layer.units, 1, 0, 0] });
  return {
    output: { at: output, owned: true },
    backward(gradient, inputGradient) {
      planning.backward({ name: 'denseWeightGradient', operands: [input.at, gradient.at, parameter(resolved, 'weight', 'gradient')], dimensions: [inputs, layer.units, 1, 0, 0] });
      planBiasGradient(resolved, gradient.at, 1, layer.units, planning);
      if (!inputGradient) return null;
      const transposed = planning.shared(inputs * layer.units);
      planning.prologue({ name: 'transpose', operands: [weights, transposed], dimensions: [inputs, layer.units] });
      const to = planning.perSample(inputs);
      planning.backward({ name: 'denseForward', operands: [gradient.at, transposed, null, to], dimensions: [layer.units, inputs, 1, 0, 0] });
      return { at: to, owned: true };
    },
  };
}

/** `forward` takes the place of the pooling operation where its input is laid out in another way. */
export function planPool(
  resolved: ResolvedLayer,
  layer: LayerOf<'maxPool'> | LayerOf<'avgPool'>,
  input: Flow,
  planning: Planning,
  forward?: Pick<Operation, 'name' | 'dimensions'>,
): LayerPlan & { readonly places: Operand | null } {
  const [outputHeight, outputWidth] = resolved.output;
  const window = [...resolved.input, ...pair(layer.size), ...pair(layer.stride ?? layer.size), outputHeight, outputWidth];
  const output = planning.perSample(sizeOf(resolved.output));
  const places = layer.layer === 'maxPool' ? planning.perSample(sizeOf(resolved.output)) : null;
  planning.forward({ name: layer.layer, dimensions: window, ...forward, operands: [input.at, output, places] });
  return {
    output: { at: output, owned: true },
    places,
    backward(gradient, inputGradient) {
      if (!inputGradient) return null;
      const to = planning.perSample(sizeOf(resolved.input));
      planning.backward({ name: `${layer.layer}Backward`, operands: [gradient.at, to, places], dimensions: window });
      return { at: to, owned: true };
    },
  };
}

/** Elementwise, in place where the operand is ours; its derivative is a function of the output. */
function planActivation(resolved: ResolvedLayer, [forward, backward]: readonly [OperationName, OperationName], input: Flow, planning: Planning): LayerPlan {
  const size = sizeOf(resolved.input);
  const output = input.owned ? input.at : planning.perSample(size);
  planning.forward({ name: forward, operands: [input.at, output], dimensions: [size] });
  return {
    output: { at: output, owned: false },
    backward(gradient, inputGradient) {
      if (!inputGradient) return null;
      const to = gradient.owned ? gradient.at : planning.perSample(size);
      planning.backward({ name: backward, operands: [gradient.at, to, output], dimensions: [size] });
      return { at: to, owned: true };
    },
  };
}

/** The body works on a copy of nobody's input, so that the shortcut still finds it; the gradients of both ways add up. */
function planResidual(resolved: ResolvedLayer, _layer: LayerOf<'residual'>, input: Flow, planning: Planning): LayerPlan {
  const { body, shortcut } = resolved.inner!;
  const kept: Flow = { at: input.at, owned: false };
  const main = planSequence(body, kept, planning);
  const around = planSequence(shortcut, kept, planning);
  const size = sizeOf(resolved.output);
  const sum = planning.perSample(size);
  planning.forward({ name: 'add', operands: [main.output.at, around.output.at, sum], dimensions: [size] });
  return {
    output: { at: sum, owned: true },
    backward(gradient, inputGradient) {
      const shared: Flow = { at: gradient.at, owned: false };
      const one = main.backward(shared, inputGradient);
      const other = around.backward(shared, inputGradient);
      if (!inputGradient || one === null || other === null) return null;
      const inputSize = sizeOf(resolved.input);
      const to = planning.perSample(inputSize);
      planning.backward({ name: 'add', operands: [one.at, other.at, to], dimensions: [inputSize] });
      return { at: to, owned: true };
    },
  };
}

/** Masks come from a hash, so that the backward pass repeats them without keeping them. */
function planDropout(resolved: ResolvedLayer, { rate }: LayerOf<'dropout'>, input: Flow, planning: Planning): LayerPlan {
  const size = sizeOf(resolved.input);
  const output = planning.perSample(size);
  const threshold = Math.floor(rate * 4_294_967_296) | 0;
  const layer = Array.from(resolved.name, (letter) => letter.charCodeAt(0)).reduce((hash, code) => (Math.imul(hash, 31) + code) | 0, 0);
  const mask = [size, layer, threshold, floatBits(1 / (1 - rate))];
  planning.forward({ name: 'dropout', operands: [input.at, output], dimensions: mask }, { name: 'dropout', operands: [input.at, output], dimensions: [size, 0, 0, floatBits(1)] });
  return {
    output: { at: output, owned: true },
    backward(gradient, inputGradient) {
      if (!inputGradient) return null;
      const to = planning.perSample(size);
      planning.backward({ name: 'dropout', operands: [gradient.at, to], dimensions: mask });
      return { at: to, owned: true };
    },
  };
}
