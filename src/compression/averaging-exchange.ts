import { stream } from '../random/stream.js';
import type { AveragingParts } from './averaging.js';
import { decodeModel } from './averaging-client.js';
import { decodeUpload, encodeModel } from './averaging-messages.js';
import type { ExchangeCodec } from './contract.js';

/**
 * An averaging scheme without rounds. The messages are those of the synchronous server, with the
 * client alone in the control block. What a client starts from is the model as it decoded it, and its
 * update counts from there, so that the server keeps its exact model whatever the variant.
 */
export function averagingExchange(parts: AveragingParts): ExchangeCodec {
  const { seed } = parts.world;
  const { scheme } = parts.downlinkKind;
  return {
    downlink: ({ client, number }, accepted, weights) =>
      encodeModel(parts, weights, {
        round: number,
        control: new Map([[client, { uplinkBits: 0, accepted }]]),
        bitLength: 0,
        own: stream(seed, `${scheme} downlink`, number, client),
      }),
    start: (downlink) => decodeModel(parts, downlink).weights,
    upload: ({ client }, bytes) => decodeUpload(parts, client, bytes).upload,
  };
}
