import type { z } from 'zod';
import type { LocalStepRule, ParameterLayout } from '../learning/contract.js';
import type { Stream } from '../random/stream.js';
import type { Footprint, Scheme, SchemePlanning, SchemeWorld } from './contract.js';
import type { VectorCodec } from './codecs/codec.js';
import type { FrameKind } from './frame.js';
import { averagingClient } from './averaging-client.js';
import { averagingExchange } from './averaging-exchange.js';
import { averagingServer } from './averaging-server.js';

/**
 * A scheme that sends the model down, takes vectors up and averages them; it differs from its
 * fellows in the codec of each direction and in nothing else. Server: broadcast of the model through
 * `downlink`, weighted mean of what arrived, weights renormalised over it. Client: the update (or the
 * gradient) through `uplink`, with error feedback where the scheme has it.
 */
export interface AveragingScheme<Options> {
  readonly name: string;
  readonly describe: string;
  readonly sends: { readonly uplink: string; readonly downlink: string };
  readonly source: string;
  readonly footprint: Footprint;
  readonly wireId: number;
  readonly schema: z.ZodType<Options>;
  downlink(options: NoInfer<Options>, layout: ParameterLayout): VectorCodec;
  uplink(options: Options, layout: ParameterLayout): VectorCodec;
  /** Which inputs it can carry, where not both. */
  readonly inputs?: readonly SchemeWorld['input'][];
  /** Local training that is not SGD on the weights: the step rule, and what it comes to. */
  training?(options: Options, layout: ParameterLayout, streams: TrainingStreams, start: Float32Array): TrainedUpdate;
  /** Fewest bits, up to those planned, with which the step of that vector is at most the one the plan expected. */
  replan?(options: Options, layout: ParameterLayout, vector: Float32Array, planned: number, step: number): number;
  /** What the server makes of the mean before it steps along it. */
  settle?(options: Options, mean: Float64Array, input: SchemeWorld['input']): Float64Array;
  traits?(options: Options): Partial<AveragingTraits>;
  planning?(options: Options, layout: ParameterLayout, participants: number, input: SchemeWorld['input']): SchemePlanning | null;
  /** Range of the model for the planner, where it is not the whole model's. */
  modelRange?(options: Options, layout: ParameterLayout, weights: Float32Array): number;
}

/** The client's streams of a round: the one its upload will draw from, and one for training. */
export interface TrainingStreams {
  readonly uplink: Stream;
  readonly training: Stream;
}

export interface TrainedUpdate {
  readonly rule: LocalStepRule;
  /** The vector to upload, after the last step. */
  vector(): Float32Array;
}

export interface AveragingTraits {
  /** The downlink tells each participant the bit length of its upload. */
  readonly plannedUplink: boolean;
  /** The downlink tells each participant the quantizer step that its planned bit length was chosen for, so that it may take fewer bits. */
  readonly replans: boolean;
  /** The server goes on from the model as broadcast (variant A) and not from its own exact one (variant B). */
  readonly continuesFromBroadcast: boolean;
  /** What a client did not get across is added to its next upload. */
  readonly errorFeedback: boolean;
}

/** One instance of an averaging scheme, as both halves are built from. */
export interface AveragingParts {
  readonly world: SchemeWorld;
  readonly downlink: VectorCodec;
  readonly uplink: VectorCodec;
  readonly traits: AveragingTraits;
  readonly downlinkKind: FrameKind;
  readonly uplinkKind: FrameKind;
  readonly training: ((streams: TrainingStreams, start: Float32Array) => TrainedUpdate) | null;
  settle(mean: Float64Array): Float64Array;
  replan(vector: Float32Array, planned: number, step: number): number;
  modelRange(weights: Float32Array): number;
}

export function averagingScheme<Options>(scheme: AveragingScheme<Options>): Scheme<Options> {
  const parts = (options: Options, world: SchemeWorld): AveragingParts => {
    const kind = { scheme: scheme.name, wireId: scheme.wireId, size: world.layout.size };
    return {
      world,
      downlink: scheme.downlink(options, world.layout),
      uplink: scheme.uplink(options, world.layout),
      traits: { plannedUplink: false, replans: false, continuesFromBroadcast: false, errorFeedback: false, ...scheme.traits?.(options) },
      downlinkKind: { ...kind, direction: 'downlink' },
      uplinkKind: { ...kind, direction: 'uplink' },
      training: scheme.training === undefined ? null : (streams, start) => scheme.training!(options, world.layout, streams, start),
      settle: (mean) => scheme.settle?.(options, mean, world.input) ?? mean,
      replan: (vector, planned, step) => scheme.replan?.(options, world.layout, vector, planned, step) ?? planned,
      modelRange: (weights) => scheme.modelRange?.(options, world.layout, weights) ?? wholeRange(weights, world.layout),
    };
  };
  return {
    name: scheme.name,
    describe: scheme.describe,
    schema: scheme.schema,
    sends: scheme.sends,
    source: scheme.source,
    footprint: scheme.footprint,
    inputs: scheme.inputs ?? ['update', 'gradient'],
    ...(scheme.training === undefined ? {} : { refuses: { controlVariates: 'trains a masked update by steps of its own' } }),
    planning: (options, layout, participants, input = 'update') => scheme.planning?.(options, layout, participants, input) ?? null,
    server: (options, world, state) => averagingServer(parts(options, world), state),
    client: (options, world, client, streams, state) => averagingClient(parts(options, world), client, streams, state),
    exchanges: { obstacle: () => (scheme.settle === undefined ? null : 'decides its step over all uploads of a round together'), create: (options, world) => averagingExchange(parts(options, world)) },
  };
}

function wholeRange(weights: Float32Array, layout: ParameterLayout): number {
  let lo = Infinity;
  let hi = -Infinity;
  for (let j = 0; j < layout.trainableSize; j++) {
    lo = Math.min(lo, weights[j]);
    hi = Math.max(hi, weights[j]);
  }
  return hi >= lo ? hi - lo : 0;
}
