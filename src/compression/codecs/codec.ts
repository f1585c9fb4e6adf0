import type { BitReader } from '../bits.js';
import type { MessageWriter } from '../frame.js';
import type { Stream } from '../../random/stream.js';

/** Randomness of one message. */
export interface MessageKeys {
  /** The sender's own draws; the receiver never needs them. */
  readonly own: Stream;
  /** Draws that both ends make alike, from the seed, round and client: they cost no bits. Each call starts anew. */
  readonly shared: (purpose: string) => Stream;
}

export interface Decoded {
  /** What the receiver aggregates. */
  readonly values: Float32Array;
  /** Range (max - min) of what was quantized, where the message tells it. */
  readonly range: number | null;
}

/**
 * Turns a flat vector of a fixed number of elements (the trainable part of a model) into bits and
 * back. A codec keeps nothing between messages. The vector is finite; `decode` is total: whatever
 * the bytes, it returns finite values or throws a run error.
 */
export interface VectorCodec {
  /** `bitLength` is the planned bit length, or 0 where the codec's own options say it. */
  encode(out: MessageWriter, vector: Float32Array, bitLength: number, keys: MessageKeys): void;
  decode(body: BitReader, keys: Pick<MessageKeys, 'shared'>): Decoded;
}
