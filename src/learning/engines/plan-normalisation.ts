import type { LayerOf } from '../layers/schema.js';
import { sizeOf } from '../layers/shapes.js';
import type { ResolvedLayer } from '../model.js';
import { parameter } from './plan-layer.js';
import type { Flow, LayerPlan, Planning } from './planner.js';
import { floatBits } from './program.js';

/** Means and inverse deviations of each channel, and room for as many float64 sums twice. */
const statisticsSize = (channels: number): number => 6 * channels;

const channelsOf = ({ input }: ResolvedLayer): number => input[input.length - 1];

export function planBatchNorm(resolved: ResolvedLayer, layer: LayerOf<'batchNorm'>, input: Flow, planning: Planning): LayerPlan {
  const channels = channelsOf(resolved);
  const size = sizeOf(resolved.input);
  const statistics = planning.shared(statisticsSize(channels));
  const output = planning.perSample(size);
  const scale = parameter(resolved, 'scale', 'weights');
  const operands = [
    input.at, scale, parameter(resolved, 'shift', 'weights'), output, statistics,
    parameter(resolved, 'mean', 'weights'), parameter(resolved, 'variance', 'weights'),
  ];
  const dimensions = [size / channels, channels, floatBits(layer.epsilon), floatBits(layer.momentum)];
  planning.forward({ name: 'batchNorm', operands, dimensions }, { name: 'batchNormEvaluate', operands, dimensions });
  return {
    output: { at: output, owned: true },
    backward(gradient, inputGradient) {
      const to = inputGradient ? planning.perSample(size) : null;
      planning.backward({ name: 'batchNormBackward', operands: backwardOperands(resolved, gradient, input, statistics, to), dimensions });
      return to === null ? null : { at: to, owned: true };
    },
  };
}

export function planGroupNorm(resolved: ResolvedLayer, layer: LayerOf<'groupNorm'>, input: Flow, planning: Planning): LayerPlan {
  const channels = channelsOf(resolved);
  const size = sizeOf(resolved.input);
  const statistics = planning.perSample(statisticsSize(channels));
  const output = planning.perSample(size);
  const dimensions = [size / channels, channels, layer.groups, floatBits(layer.epsilon)];
  planning.forward({
    name: 'groupNorm',
    operands: [input.at, parameter(resolved, 'scale', 'weights'), parameter(resolved, 'shift', 'weights'), output, statistics],
    dimensions,
  });
  return {
    output: { at: output, owned: true },
    backward(gradient, inputGradient) {
      const to = inputGradient ? planning.perSample(size) : null;
      planning.backward({ name: 'groupNormBackward', operands: backwardOperands(resolved, gradient, input, statistics, to), dimensions });
      return to === null ? null : { at: to, owned: true };
    },
  };
}

function backwardOperands(resolved: ResolvedLayer, gradient: Flow, input: Flow, statistics: Flow['at'], to: Flow['at'] | null): readonly (Flow['at'] | null)[] {
  return [
    gradient.at, parameter(resolved, 'scale', 'weights'), statistics, input.at, to,
    parameter(resolved, 'scale', 'gradient'), parameter(resolved, 'shift', 'gradient'),
  ];
}
