import type { ParameterLayout, TensorSpec } from '../../src/learning/contract.js';
import type { ClientId, ClientStreams, Message, RoundContext, Scheme, SchemeWorld } from '../../src/compression/contract.js';
import { schemes } from '../../src/compression/index.js';
import { stream } from '../../src/random/stream.js';

/** A layout of the given trainable tensors and, last, batch-norm statistics. */
export function layoutOf(trainable: readonly number[], statistics = 0): ParameterLayout {
  const tensors: TensorSpec[] = [];
  let offset = 0;
  trainable.forEach((size, index) => {
    tensors.push({ name: `layer${index}.weight`, shape: [size], offset, size, role: index % 2 === 0 ? 'weight' : 'bias', trainable: true });
    offset += size;
  });
  const trainableSize = offset;
  if (statistics > 0) tensors.push({ name: 'norm.statistic', shape: [statistics], offset, size: statistics, role: 'statistic', trainable: false });
  return { tensors, size: trainableSize + statistics, trainableSize };
}

export const SEED = 20260;

/** Standard normal numbers (sum of twelve uniforms) times `scale`, keyed by name. */
export function bell(size: number, scale: number, name: string, ...ids: readonly number[]): Float32Array {
  const random = stream(SEED, `test ${name}`, ...ids);
  return Float32Array.from({ length: size }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.uniform();
    return sum * scale;
  });
}

export function worldOf(layout: ParameterLayout, input: 'update' | 'gradient' = 'update', clients = 4): SchemeWorld {
  return { layout, seed: SEED, clients, rounds: 50, initialWeights: bell(layout.size, 0.5, 'initial'), input };
}

export const streamsOf =
  (client: ClientId): ClientStreams =>
  (purpose, round) =>
    stream(SEED, purpose, client, round);

/** A scheme with its options as a scenario would create it. */
export function prepared(name: string, options: unknown = {}): { readonly scheme: Scheme; readonly options: unknown } {
  const scheme = schemes.find(name);
  return { scheme, options: scheme.schema.parse(options) };
}

export function roundOf(round: number, clients: readonly ClientId[], bits: number | null = null, learningRate = 0.1): RoundContext {
  const total = clients.reduce((sum, client) => sum + client + 1, 0);
  return {
    round,
    participants: clients.map((client) => ({ client, weight: (client + 1) / total })),
    plan: bits === null ? null : { downlinkBits: bits, uplinkBits: new Map(clients.map((client) => [client, bits])) },
    learningRate,
  };
}

export const partsTotal = ({ parts }: Message): number => Object.values(parts).reduce((sum: number, bits: number) => sum + bits, 0);
