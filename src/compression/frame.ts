import { runError } from '../errors.js';
import { bitReader, bitWriter, type BitReader, type BitWriter } from './bits.js';
import type { ClientId, Message, MessageParts } from './contract.js';

/**
 * The frame around every message:
 *
 *   scheme u8 | round u16 | body | zero bits to the next byte | check u32
 *
 * The check covers all bytes before it, and is keyed by scheme, direction and model size, so that
 * damaged bytes, or a message for another scheme or model, are an error and never a wrong model.
 * Seven bytes, counted as `header`.
 */
export interface FrameKind {
  readonly scheme: string;
  /** The number of the scheme on the wire, 1 .. 255. */
  readonly wireId: number;
  readonly direction: 'uplink' | 'downlink';
  /** Elements of the model. */
  readonly size: number;
}

export type Part = keyof MessageParts;

export interface MessageWriter extends BitWriter {
  /** What is written from here on counts as this part. */
  part(name: Part): void;
  finish(): Message;
}

const HEADER_BITS = 24;
const CHECK_BITS = 32;
export const FRAME_BYTES = (HEADER_BITS + CHECK_BITS) / 8;
/** Rounds and client numbers travel as u16; the largest value means none. */
export const NONE_U16 = 0xffff;

export function messageWriter(kind: FrameKind, round: number, capacity?: number): MessageWriter {
  if (round >= NONE_U16) {
    throw runError('TOO_MANY_ROUNDS', `round ${round + 1} does not fit the 16-bit field of the message`, { expected: `fewer than ${NONE_U16} rounds` });
  }
  const bits = bitWriter(capacity);
  const parts: Record<Part, number> = { values: 0, indices: 0, scales: 0, sideInformation: 0, header: 0, padding: 0 };
  let current: Part = 'header';
  let mark = 0;
  const part = (name: Part): void => {
    parts[current] += bits.bitLength - mark;
    mark = bits.bitLength;
    current = name;
  };
  bits.write(kind.wireId, 8);
  bits.write(round, 16);
  return {
    ...bits,
    get bitLength() {
      return bits.bitLength;
    },
    part,
    finish() {
      part('padding');
      bits.align();
      part('header');
      bits.write(check(bits.bytesSoFar(), kind), CHECK_BITS);
      part('padding');
      return { bytes: bits.close(), parts: { ...parts } };
    },
  };
}

/** Checks the frame and returns the round it names and a reader over its body. */
export function openMessage(bytes: Uint8Array, kind: FrameKind): { readonly round: number; readonly body: BitReader } {
  const what = `${kind.scheme} ${kind.direction} message`;
  const bodyEnd = bytes.length - CHECK_BITS / 8;
  if (bytes.length < FRAME_BYTES) {
    throw runError('MESSAGE_TRUNCATED', `the message has ${bytes.length} bytes`, { place: { file: what, byteOffset: bytes.length }, expected: `at least ${FRAME_BYTES}` });
  }
  const sent = bitReader(bytes.subarray(bodyEnd), what).read(CHECK_BITS);
  if (sent !== check(bytes.subarray(0, bodyEnd), kind)) {
    throw runError('MESSAGE_CORRUPT', 'the message is damaged or not meant for this scheme and model', { place: { file: what, byteOffset: bodyEnd } });
  }
  const body = bitReader(bytes.subarray(0, bodyEnd), what);
  if (body.read(8) !== kind.wireId) throw body.malformed('the message belongs to another scheme');
  return { round: body.read(16), body };
}

/** A 32-bit multiply-xor hash over little-endian words; enough to notice damage, not a cipher. */
function check(bytes: Uint8Array, { scheme, direction, size }: FrameKind): number {
  let hash = 0x811c9dc5;
  for (const letter of `${scheme} ${direction} ${size} ${bytes.length}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  const words = bytes.length >>> 2;
  hash = hashWords(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), words, hash);
  for (let i = words * 4; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function hashWords(view: DataView, words: number, start: number): number {
  let hash = start;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ view.getInt32(i * 4, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** What a downlink tells one participant of the plan and of its own state. */
export interface Control {
  /** Bit length of the upload asked for; 0 where nothing is planned. */
  readonly uplinkBits: number;
  /** Round of the last upload that the server has accepted, or null. */
  readonly accepted: number | null;
  /** Step of the quantizer that the plan expects; 0 or absent where it expects none. */
  readonly step?: number;
}

/** Which fields the control block of a scheme holds; both ends know it from the options. */
export interface ControlFields {
  readonly uplinkBits: boolean;
  readonly accepted: boolean;
  /** Absent is no; only together with `uplinkBits`. */
  readonly step?: boolean;
}

/** u16 count, then for each participant u16 client, u8 bit length, u16 accepted round, f32 step, as far as the fields are there. */
export const controlBytes = (fields: ControlFields, participants: number): number =>
  fields.uplinkBits || fields.accepted ? 2 + participants * (2 + (fields.uplinkBits ? 1 : 0) + (fields.accepted ? 2 : 0) + (fields.step === true ? 4 : 0)) : 0;

export function writeControl(out: MessageWriter, fields: ControlFields, entries: ReadonlyMap<ClientId, Control>): void {
  if (!fields.uplinkBits && !fields.accepted) return;
  out.part('sideInformation');
  out.write(entries.size, 16);
  for (const [client, control] of [...entries].sort(([a], [b]) => a - b)) {
    out.write(client, 16);
    if (fields.uplinkBits) out.write(control.uplinkBits, 8);
    if (fields.accepted) out.write(control.accepted ?? NONE_U16, 16);
    if (fields.step === true) out.writeFloat(control.step ?? 0);
  }
}

/** The whole block; the fields that are not there read as nothing planned and nothing accepted. */
export function readControl(body: BitReader, fields: ControlFields): ReadonlyMap<ClientId, Control> {
  const entries = new Map<ClientId, Control>();
  if (!fields.uplinkBits && !fields.accepted) return entries;
  for (let left = body.read(16); left > 0; left--) {
    const client = body.read(16);
    const uplinkBits = fields.uplinkBits ? body.read(8) : 0;
    const accepted = fields.accepted ? body.read(16) : NONE_U16;
    const entry: Control = { uplinkBits, accepted: accepted === NONE_U16 ? null : accepted };
    entries.set(client, fields.step === true ? { ...entry, step: body.readFloat() } : entry);
  }
  return entries;
}

const NOTHING_SAID: Control = { uplinkBits: 0, accepted: null };

/** The entry of `client`; an error where the message does not address it. */
export function controlOf(entries: ReadonlyMap<ClientId, Control>, fields: ControlFields, client: ClientId, body: BitReader): Control {
  if (!fields.uplinkBits && !fields.accepted) return NOTHING_SAID;
  const own = entries.get(client);
  if (own === undefined) throw body.malformed(`the message is not addressed to client ${client}`);
  return own;
}
