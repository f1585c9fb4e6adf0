import type { LayerOf } from '../layers/schema.js';
import type { ResolvedLayer } from '../model.js';
import { parameter } from './plan-layer.js';
import type { Flow, LayerPlan, Planning } from './planner.js';

export function planEmbedding(resolved: ResolvedLayer, layer: LayerOf<'embedding'>, input: Flow, planning: Planning): LayerPlan {
  const [length] = resolved.input;
  const output = planning.perSample(length * layer.dimension);
  planning.forward({ name: 'embedding', operands: [input.at, output, parameter(resolved, 'weight', 'weights')], dimensions: [length, layer.dimension] });
  return {
    output: { at: output, owned: true },
    backward(gradient) {
      planning.backward({
        name: 'embeddingBackward',
        operands: [input.at, gradient.at, parameter(resolved, 'weight', 'gradient')],
        dimensions: [length, layer.dimension, layer.vocabulary],
      });
      /* Codes have no gradient. */
      return null;
    },
  };
}

/**
 * The products with the inputs of all steps are one dense operation, those with the states one per
 * step. Parameter gradients are taken after the way back, over all steps at once.
 */
export function planGru(resolved: ResolvedLayer, layer: LayerOf<'gru'>, input: Flow, planning: Planning): LayerPlan {
  const [length, features] = resolved.input;
  const { units } = layer;
  const gateInputs = planning.perSample(length * 3 * units);
  const states = planning.perSample((length + 1) * units);
  const gates = planning.perSample(length * 4 * units);
  const inputWeight = parameter(resolved, 'inputWeight', 'weights');
  const recurrentWeight = parameter(resolved, 'recurrentWeight', 'weights');
  planning.forward({
    name: 'denseForward',
    operands: [input.at, inputWeight, parameter(resolved, 'inputBias', 'weights'), gateInputs],
    dimensions: [features, 3 * units, length, features, 3 * units],
  });
  planning.forward({
    name: 'gru',
    operands: [gateInputs, recurrentWeight, parameter(resolved, 'recurrentBias', 'weights'), states, gates],
    dimensions: [length, units],
  });
  const every = layer.output === 'sequence';
  return {
    output: { at: { ...states, offset: states.offset + (every ? units : length * units) }, owned: false },
    backward(gradient, inputGradient) {
      const transposed = planning.shared(3 * units * units);
      planning.prologue({ name: 'transpose', operands: [recurrentWeight, transposed], dimensions: [units, 3 * units] });
      const slopes = planning.perSample(length * 6 * units);
      const carry = planning.perSample(2 * units);
      planning.backward({ name: 'gruBackward', operands: [gradient.at, transposed, states, gates, slopes, carry], dimensions: [length, units, every ? 1 : 0] });
      const recurrentSlopes = { ...slopes, offset: slopes.offset + 3 * units };
      const sides = [
        { name: 'input', from: input.at, width: features, slope: slopes },
        { name: 'recurrent', from: states, width: units, slope: recurrentSlopes },
      ];
      for (const { name, from, width, slope } of sides) {
        planning.backward({
          name: 'denseWeightGradient',
          operands: [from, slope, parameter(resolved, `${name}Weight`, 'gradient')],
          dimensions: [width, 3 * units, length, width, 6 * units],
        });
        planning.backward({ name: 'biasGradient', operands: [slope, parameter(resolved, `${name}Bias`, 'gradient')], dimensions: [length, 3 * units, 6 * units] });
      }
      if (!inputGradient) return null;
      const turned = planning.shared(features * 3 * units);
      planning.prologue({ name: 'transpose', operands: [inputWeight, turned], dimensions: [features, 3 * units] });
      const to = planning.perSample(length * features);
      planning.backward({ name: 'denseForward', operands: [slopes, turned, null, to], dimensions: [3 * units, features, length, 6 * units, features] });
      return { at: to, owned: true };
    },
  };
}
