import type { ClientId, Message } from '../compression/contract.js';
import type { ClientJobResult } from './contract.js';

/**
 * What an asynchronous trial must know to be taken up again. Transfers under way cannot be written
 * down, but they follow from the sizes of all messages so far: played again from the start of the
 * trial with those sizes, the cell comes to the same instant in the same state to the last bit. Only
 * of exchanges that are still under way is the content kept, and nothing is trained again but what
 * was being trained.
 */
export interface ExchangeLog {
  /** Bytes of the downlink of each exchange so far. */
  readonly downlinkBytes: Int32Array;
  /** Bytes of its upload; NOT_YET where its training had not ended. */
  readonly uploadBytes: Int32Array;
  /** By client: number of its last exchange whose upload arrived; NOT_YET where none has. */
  readonly accepted: Int32Array;
  readonly underWay: readonly StoredExchange[];
}

export interface StoredExchange {
  /** Counted over all clients. */
  readonly exchange: number;
  readonly downlink: Message;
  /** Null while training. */
  readonly result: ClientJobResult | null;
}

export const NOT_YET = -1;

/** The log as it grows. */
export interface ExchangeRecorder {
  /** Sizes of an exchange that is being played again; null of one that is new. */
  sizes(exchange: number): { readonly downlinkBytes: number; readonly uploadBytes: number } | null;
  /** Content of an exchange that was under way at the checkpoint. */
  stored(exchange: number): StoredExchange | null;
  downlink(exchange: number, bytes: number): void;
  upload(exchange: number, bytes: number): void;
  accept(client: ClientId, number: number): void;
  accepted(client: ClientId): number | null;
  log(underWay: readonly StoredExchange[]): ExchangeLog;
}

export function createExchangeRecorder(from: ExchangeLog | null, clients: number): ExchangeRecorder {
  const downlinkBytes = from === null ? [] : [...from.downlinkBytes];
  const uploadBytes = from === null ? [] : [...from.uploadBytes];
  const accepted = from === null ? new Int32Array(clients).fill(NOT_YET) : from.accepted.slice();
  const known = downlinkBytes.length;
  const stored = new Map(from?.underWay.map((kept) => [kept.exchange, kept]));
  return {
    sizes: (exchange) => (exchange < known ? { downlinkBytes: downlinkBytes[exchange], uploadBytes: uploadBytes[exchange] } : null),
    stored: (exchange) => stored.get(exchange) ?? null,
    downlink(exchange, bytes) {
      downlinkBytes[exchange] = bytes;
      uploadBytes[exchange] = NOT_YET;
    },
    upload(exchange, bytes) {
      uploadBytes[exchange] = bytes;
    },
    accept(client, number) {
      accepted[client] = number;
    },
    accepted: (client) => (accepted[client] === NOT_YET ? null : accepted[client]),
    log: (underWay) => ({
      downlinkBytes: Int32Array.from(downlinkBytes), uploadBytes: Int32Array.from(uploadBytes), accepted: accepted.slice(), underWay,
    }),
  };
}
