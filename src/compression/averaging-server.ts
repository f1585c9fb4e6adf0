import { stream } from '../random/stream.js';
import type { AveragingParts } from './averaging.js';
import type { ClientId, ExchangedUpload, RoundContext, SchemeServer, SchemeState } from './contract.js';
import { UNQUANTIZED_BITS } from './codecs/uniform.js';
import { decodeModel } from './averaging-client.js';
import { decodeUpload, encodeModel } from './averaging-messages.js';
import type { Control } from './frame.js';
import { serverStep } from './server-optimizer.js';
import { sharesOf, weightedMean } from './mean.js';
import { floatsIn, numberTable, readNumberTable } from './state.js';

/** The server's half of an averaging scheme. State: the model, and each client's last accepted round and range. */
export function averagingServer(parts: AveragingParts, restored?: SchemeState): SchemeServer {
  const { world, traits } = parts;
  const { layout, seed } = world;
  const scheme = parts.downlinkKind.scheme;
  const buffersUp = world.input === 'update' ? layout.size - layout.trainableSize : 0;

  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  const accepted = readNumberTable(restored?.['accepted']);
  const ranges = readNumberTable(restored?.['ranges']);
  const losses = readNumberTable(restored?.['losses']);
  const optimizer = serverStep(world.serverOptimizer, layout.trainableSize, restored?.['optimizer']);
  let context: RoundContext | null = null;
  let base: Float32Array = weights;
  let uploads = new Map<ClientId, ExchangedUpload>();

  function controlFor(client: ClientId, uplinkBits: number): Control {
    const control = { uplinkBits, accepted: accepted.get(client) ?? null };
    const step = uplinkBits > 0 && uplinkBits < UNQUANTIZED_BITS ? (ranges.get(client) ?? 0) / ((1 << uplinkBits) - 1) : 0;
    return traits.replans ? { ...control, step } : control;
  }

  return {
    weights,
    broadcast(opened) {
      context = opened;
      uploads = new Map();
      const control = new Map<ClientId, Control>(
        opened.participants.map(({ client }) => [
          client,
          controlFor(client, opened.plan?.uplinkBits.get(client) ?? 0),
        ]),
      );
      const message = encodeModel(parts, weights, {
        round: opened.round,
        control,
        bitLength: opened.plan === null ? 0 : (opened.plan.downlinkBits ?? UNQUANTIZED_BITS),
        own: stream(seed, `${scheme} downlink`, opened.round),
      });
      base = traits.continuesFromBroadcast ? decodeModel(parts, message.bytes).weights : weights;
      return { shared: message };
    },
    downlinkSettled() {
      // Nothing at the server depends on which clients have the model.
    },
    receive(client, bytes) {
      const { round, upload, loss } = decodeUpload(parts, client, bytes);
      if (context === null || round !== context.round || uploads.has(client)) return;
      if (!context.participants.some((participant) => participant.client === client)) return;
      uploads.set(client, upload);
      accepted.set(client, round);
      if (upload.range !== null) ranges.set(client, upload.range);
      if (loss !== null) losses.set(client, loss);
    },
    aggregate() {
      if (context === null) return;
      const shares = sharesOf(context.participants, uploads);
      if (shares.length > 0) {
        const trained = layout.trainableSize;
        const update = parts.settle(weightedMean(shares, trained, ({ values }) => values));
        const scale = world.input === 'gradient' ? -context.learningRate : 1;
        for (let j = 0; j < trained; j++) update[j] = scale * update[j];
        const step = optimizer.apply(update);
        for (let j = 0; j < trained; j++) weights[j] = base[j] + step[j];
        weights.set(weightedMean(shares, buffersUp, ({ buffers }) => buffers), trained);
      }
      context = null;
      uploads = new Map();
    },
    ranges: () => ({ downlink: parts.modelRange(weights), uplink: new Map(ranges), ...(world.tellsLoss === true ? { losses: new Map(losses) } : {}) }),
    state: () => ({ weights: Float32Array.from(weights), accepted: numberTable(accepted), ranges: numberTable(ranges), ...(world.tellsLoss === true ? { losses: numberTable(losses) } : {}), ...optimizer.state() }),
  };
}
