import { stream } from '../random/stream.js';
import type { AveragingParts } from './averaging.js';
import type { ClientId, RoundContext, SchemeServer, SchemeState } from './contract.js';
import { UNQUANTIZED_BITS } from './codecs/uniform.js';
import { requireFinite } from './finite.js';
import { controlFields, decodeModel } from './averaging-client.js';
import { messageWriter, openMessage, writeControl, type Control } from './frame.js';
import { weightedMean, type Share } from './mean.js';
import { floatsIn, numberTable, readNumberTable } from './state.js';

interface Upload {
  readonly values: Float32Array;
  readonly buffers: Float32Array;
}

/** The server's half of an averaging scheme. State: the model, and each client's last accepted round and range. */
export function averagingServer(parts: AveragingParts, restored?: SchemeState): SchemeServer {
  const { world, downlink, uplink, traits } = parts;
  const { layout, seed } = world;
  const scheme = parts.downlinkKind.scheme;
  const fields = controlFields(traits);
  const buffersUp = world.input === 'update' ? layout.size - layout.trainableSize : 0;

  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  const accepted = readNumberTable(restored?.['accepted']);
  const ranges = readNumberTable(restored?.['ranges']);
  let context: RoundContext | null = null;
  let base: Float32Array = weights;
  let uploads = new Map<ClientId, Upload>();

  return {
    weights,
    broadcast(opened) {
      context = opened;
      uploads = new Map();
      requireFinite(weights, layout, 'model of the server');
      const out = messageWriter(parts.downlinkKind, opened.round, layout.size * 4 + 256);
      const control = new Map<ClientId, Control>(
        opened.participants.map(({ client }) => [
          client,
          { uplinkBits: opened.plan?.uplinkBits.get(client) ?? 0, accepted: accepted.get(client) ?? null },
        ]),
      );
      writeControl(out, fields, control);
      out.part('values');
      out.writeFloats(weights.subarray(layout.trainableSize));
      const shared = (purpose: string) => stream(seed, `${scheme} downlink ${purpose}`, opened.round);
      downlink.encode(out, weights.subarray(0, layout.trainableSize), opened.plan === null ? 0 : (opened.plan.downlinkBits ?? UNQUANTIZED_BITS), {
        own: stream(seed, `${scheme} downlink`, opened.round),
        shared,
      });
      const message = out.finish();
      base = traits.continuesFromBroadcast ? decodeModel(parts, message.bytes).weights : weights;
      return { shared: message };
    },
    downlinkSettled() {
      // Nothing at the server depends on which clients have the model.
    },
    receive(client, bytes) {
      const { round, body } = openMessage(bytes, parts.uplinkKind);
      if (context === null || round !== context.round || uploads.has(client)) return;
      if (!context.participants.some((participant) => participant.client === client)) return;
      const buffers = body.readFloats(buffersUp);
      const shared = (purpose: string) => stream(seed, `${scheme} uplink ${purpose}`, round, client);
      const { values, range } = uplink.decode(body, { shared });
      body.end();
      uploads.set(client, { values, buffers });
      accepted.set(client, round);
      if (range !== null) ranges.set(client, range);
    },
    aggregate() {
      if (context === null) return;
      const shares: Share<Upload>[] = context.participants.flatMap(({ client, weight }) => {
        const upload = uploads.get(client);
        return upload === undefined ? [] : [{ client, weight, upload }];
      });
      if (shares.length > 0) {
        const trained = layout.trainableSize;
        const mean = parts.settle(weightedMean(shares, trained, ({ values }) => values));
        const scale = world.input === 'gradient' ? -context.learningRate : 1;
        for (let j = 0; j < trained; j++) weights[j] = base[j] + scale * mean[j];
        weights.set(weightedMean(shares, buffersUp, ({ buffers }) => buffers), trained);
      }
      context = null;
      uploads = new Map();
    },
    ranges: () => ({ downlink: parts.modelRange(weights), uplink: new Map(ranges) }),
    state: () => ({ weights: Float32Array.from(weights), accepted: numberTable(accepted), ranges: numberTable(ranges) }),
  };
}
