import { stream } from '../random/stream.js';
import type { ParameterLayout } from '../learning/contract.js';
import type { BitReader } from './bits.js';
import { chainBodyBits, chainCodec } from './chain/chain-codec.js';
import { chainSchema, hasSureSize, type ChainPlan } from './chain/steps.js';
import type { MessageKeys, VectorCodec } from './codecs/codec.js';
import type { SchemeWorld } from './contract.js';
import { FRAME_BYTES, type FrameKind, type MessageWriter } from './frame.js';

/**
 * The downlink of schemes whose papers leave it open: the model as float32, or through the steps of a
 * chain (see `chain/steps.ts`), the same for all of them, so that uplinks can be compared beside one and
 * the same downlink. Buffers travel as float32.
 *
 * Clients train from the model as they decode it, and their updates count from there; the server adds
 * them to its exact model (variant B of FedAQ). What the steps lose of the model is so lost for one round
 * only: errors do not pile up from round to round as they do where the server goes on from what it sent
 * (variant A), and aggregates smaller than a step of the quantizer are kept even where it rounds to
 * nearest, which variant A would undo again and again. In the bound the error has a weight L eta tau of at
 * most 1. Bytes of a scheme and its state at both ends are otherwise as without it.
 */
export interface DownlinkOption {
  readonly downlink: ChainPlan;
}

/** The option, as a part of a scheme's own. */
export const downlinkOption = {
  downlink: chainSchema(false).prefault([]).describe('steps of a chain that the model goes through, in order: rotate; quantize, sign or float; entropy. None: float32'),
};

/** What schemes with the option say that they send. */
export const SENT_MODEL = 'model, float32 or through steps of a chain';

/** For `refine`: with planned lengths of uploads the size of the downlink must be known too. */
export const planKnowsDownlink = ({ bits, downlink }: DownlinkOption & { readonly bits: unknown }): boolean => bits !== 'planned' || hasSureSize(downlink);
export const PLAN_NEEDS_DOWNLINK = {
  error: 'a plan of the uplink must know the size of the downlink, which entropy codes would make depend on the data; expected none',
  path: ['downlink'],
};

/** Whether clients get the model as the server has it. */
export const isExact = ({ downlink: { float, ...others } }: DownlinkOption): boolean => Object.keys(others).length === 0 && (float === undefined || float.precision === 'float32');

/** The codec of the trainable part. */
export const downlinkCodec = ({ downlink }: DownlinkOption, layout: ParameterLayout): VectorCodec => chainCodec(layout.trainableSize, downlink);

/** Size of a downlink in bytes: frame, the model, and `extra` bytes of fields beside it. Only of steps whose messages have a sure size. */
export const downlinkBytes = ({ downlink }: DownlinkOption, layout: ParameterLayout, extra: number): number =>
  FRAME_BYTES + extra + (layout.size - layout.trainableSize) * 4 + Math.ceil(chainBodyBits(layout.trainableSize, downlink, 0) / 8);

/** The model within a downlink that has fields of its own before it. */
export interface ModelDownlink {
  /** Trainable part through the steps, then buffers as float32. */
  write(out: MessageWriter, weights: Float32Array, round: number): void;
  /** The model as it arrives. */
  read(body: BitReader, round: number): Float32Array;
}

export function modelDownlink(option: DownlinkOption, { layout, seed }: SchemeWorld, { scheme }: FrameKind): ModelDownlink {
  const codec = downlinkCodec(option, layout);
  const purpose = `${scheme} downlink`;
  const sharedOf = (round: number): MessageKeys['shared'] => (what) => stream(seed, `${purpose} ${what}`, round);
  return {
    write(out, weights, round) {
      codec.encode(out, weights.subarray(0, layout.trainableSize), 0, { own: stream(seed, purpose, round), shared: sharedOf(round) });
      out.part('values');
      out.writeFloats(weights.subarray(layout.trainableSize));
    },
    read(body, round) {
      const weights = new Float32Array(layout.size);
      weights.set(codec.decode(body, { shared: sharedOf(round) }).values);
      weights.set(body.readFloats(layout.size - layout.trainableSize), layout.trainableSize);
      return weights;
    },
  };
}
