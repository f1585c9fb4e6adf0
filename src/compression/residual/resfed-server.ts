import type { ClientId, Message, RoundContext, SchemeServer, SchemeState } from '../contract.js';
import { requireFinite } from '../finite.js';
import { messageWriter, openMessage, writeControl } from '../frame.js';
import { sharesOf, weightedMean } from '../mean.js';
import { serverStep } from '../server-optimizer.js';
import { clientTable, floatsIn, numberTable, readClientTable, readNumberTable } from '../state.js';
import { extend, NO_TRAJECTORIES, prediction, readRecoverable, readTrajectories, RESFED_CONTROL, writeRecoverable, type ResFedParts, type Trajectories } from './resfed-parts.js';

interface Upload {
  readonly model: Float32Array;
  readonly buffers: Float32Array;
}

/**
 * State: the exact aggregate, and each client's trajectories as of its last accepted upload with that
 * round. A downlink of a round without an accepted upload leaves no trace at either end, so it does not
 * matter whether it arrived.
 */
export function resFedServer(parts: ResFedParts, restored?: SchemeState): SchemeServer {
  const { world, options } = parts;
  const { layout } = world;
  const size = layout.trainableSize;
  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  const agreed = readClientTable(restored?.['agreed'], (value) => readTrajectories(value, size));
  const accepted = readNumberTable(restored?.['accepted']);
  const isOptimized = world.serverOptimizer !== undefined && world.serverOptimizer.kind !== 'none';
  const optimizer = serverStep(world.serverOptimizer, size, restored?.['optimizer']);
  let context: RoundContext | null = null;
  let sent = new Map<ClientId, Trajectories>();
  let uploads = new Map<ClientId, Upload>();

  function message(opened: RoundContext, clients: readonly ClientId[], predicted: Float32Array | null): Message {
    const out = messageWriter(parts.downlinkKind, opened.round, 1024 + (predicted === null ? size * 4 : size));
    writeControl(out, RESFED_CONTROL, new Map(clients.map((client) => [client, { uplinkBits: 0, accepted: accepted.get(client) ?? null }])));
    out.part('values');
    out.writeFloats(weights.subarray(size));
    writeRecoverable(out, weights.subarray(0, size), predicted, options.downlinkSparsity, options);
    return out.finish();
  }

  return {
    weights,
    broadcast(opened) {
      context = opened;
      sent = new Map();
      uploads = new Map();
      requireFinite(weights, layout, 'model of the server');
      const clients = opened.participants.map(({ client }) => client);
      const exact = weights.slice(0, size);
      if (clients.every((client) => prediction(options, 'down', agreed.get(client) ?? NO_TRAJECTORIES) === null)) {
        for (const client of clients) sent.set(client, extend(options, 'down', agreed.get(client) ?? NO_TRAJECTORIES, exact));
        return { shared: message(opened, clients, null) };
      }
      const perClient = new Map<ClientId, Message>();
      for (const client of clients) {
        const known = agreed.get(client) ?? NO_TRAJECTORIES;
        const predicted = prediction(options, 'down', known);
        const own = message(opened, [client], predicted);
        perClient.set(client, own);
        const { body } = openMessage(own.bytes, parts.downlinkKind);
        body.skip(DOWNLINK_CONTROL_BITS + (layout.size - size) * 32);
        sent.set(client, extend(options, 'down', known, readRecoverable(body, size, predicted, options)));
      }
      return { perClient };
    },
    downlinkSettled() {
      // Both ends go by accepted uploads alone.
    },
    receive(client, bytes) {
      const { round, body } = openMessage(bytes, parts.uplinkKind);
      const trajectories = sent.get(client);
      if (context === null || round !== context.round || trajectories === undefined || uploads.has(client)) return;
      const buffers = body.readFloats(layout.size - size);
      const model = readRecoverable(body, size, prediction(options, 'up', trajectories), options);
      body.end();
      uploads.set(client, { model, buffers });
      agreed.set(client, extend(options, 'up', trajectories, model));
      accepted.set(client, round);
    },
    aggregate() {
      if (context === null) return;
      const shares = sharesOf(context.participants, uploads);
      if (shares.length > 0) {
        const mean = weightedMean(shares, size, ({ model }) => model);
        if (isOptimized) {
          for (let j = 0; j < size; j++) mean[j] -= weights[j];
          const step = optimizer.apply(mean);
          for (let j = 0; j < size; j++) weights[j] += step[j];
        } else {
          weights.set(mean);
        }
        weights.set(weightedMean(shares, layout.size - size, ({ buffers }) => buffers), size);
      }
      context = null;
      sent = new Map();
      uploads = new Map();
    },
    ranges: () => ({ downlink: 0, uplink: new Map() }),
    state: () => ({ weights: Float32Array.from(weights), agreed: clientTable(agreed, (value) => value), accepted: numberTable(accepted), ...optimizer.state() }),
  };
}

/** Count, client and accepted round of a control block for one client. */
const DOWNLINK_CONTROL_BITS = 48;
