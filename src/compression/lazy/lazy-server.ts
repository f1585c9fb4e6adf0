import { runError } from '../../errors.js';
import type { ClientId, RoundContext, SchemeServer, SchemeState } from '../contract.js';
import { requireFinite } from '../finite.js';
import { messageWriter, openMessage, writeControl } from '../frame.js';
import { weightedMean, type Share } from '../mean.js';
import { serverStep } from '../server-optimizer.js';
import { clientTable, floatsIn, listIn, numberIn, numberTable, readClientTable, readNumberTable } from '../state.js';
import { readUpload, type LazyParts } from './lazy.js';

/**
 * The server's half of the lazy schemes. State: the model, each client's reference with the round it
 * came in and the client's share, the last D squared model differences, newest first, and with planned
 * lengths the range of each client's last upload.
 */
export function lazyServer(parts: LazyParts, restored?: SchemeState): SchemeServer {
  const { world, rule, fields } = parts;
  const { layout, input } = world;
  const size = layout.trainableSize;
  const buffersUp = input === 'update' ? layout.size - size : 0;
  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  const references = readClientTable(restored?.['references'], (value) => floatsIn(value, 'reference', size));
  const accepted = readNumberTable(restored?.['accepted']);
  const shares = readNumberTable(restored?.['shares']);
  const ranges = readNumberTable(restored?.['ranges']);
  let differences = restored === undefined ? [] : listIn(restored['differences'], 'model differences').map((value) => numberIn(value, 'model difference'));
  const optimizer = serverStep(world.serverOptimizer, size, restored?.['optimizer']);
  let context: RoundContext | null = null;
  let heard = new Set<ClientId>();
  let statistics: Share<Float32Array>[] = [];

  /** The bits of an upload; what a client did not get it cannot send, so both ends know them without a field in the upload. */
  function lengthFor(client: ClientId, { plan }: RoundContext): number {
    if (rule.bits !== 'planned') return rule.bits;
    const bits = plan?.uplinkBits.get(client);
    if (bits === undefined) throw runError('NO_BIT_PLAN', 'the scheme waits for a planned bit length and the round has no plan', { hint: 'Set a budget and a planner, or a number of bits.' });
    if (bits < parts.bitsMin) throw runError('TOO_FEW_BITS', `client ${client} is planned ${bits} bits per parameter`, { expected: `at least ${parts.bitsMin}`, hint: 'With fewer, clients fall silent while their stale gradients are still applied.' });
    return bits;
  }
  const stepSize = ({ learningRate }: RoundContext): number => (input === 'gradient' ? learningRate : 1);
  const threshold = (opened: RoundContext): number => {
    const weight = rule.memoryWeight / rule.memory;
    const counted = rule.skipNewest ? differences.slice(1) : differences;
    return counted.reduce((sum, difference) => sum + weight * difference, 0) / (stepSize(opened) * stepSize(opened));
  };

  return {
    weights,
    broadcast(opened) {
      context = opened;
      heard = new Set();
      statistics = [];
      requireFinite(weights, layout, 'model of the server');
      for (const { client, weight } of opened.participants) shares.set(client, weight);
      const out = messageWriter(parts.downlinkKind, opened.round, layout.size * 4 + 256);
      writeControl(out, fields, new Map(opened.participants.map(({ client }) => [client, { uplinkBits: fields.uplinkBits ? lengthFor(client, opened) : 0, accepted: accepted.get(client) ?? null }])));
      out.part('sideInformation');
      out.writeFloat(Math.min(threshold(opened), 3.4e38));
      parts.downlink.write(out, weights, opened.round);
      return { shared: out.finish() };
    },
    downlinkSettled() {
      // What a client holds is known from its uploads alone.
    },
    receive(client, bytes) {
      const { round, body } = openMessage(bytes, parts.uplinkKind);
      if (context === null || round !== context.round || heard.has(client)) return;
      const participant = context.participants.find((each) => each.client === client);
      if (participant === undefined) return;
      if (body.bitsLeft === 0) {
        heard.add(client);
        return;
      }
      const buffers = body.readFloats(buffersUp);
      const { reference, range } = readUpload(body, references.get(client) ?? new Float32Array(size), lengthFor(client, context));
      body.end();
      heard.add(client);
      references.set(client, reference);
      accepted.set(client, round);
      if (fields.uplinkBits && range !== null) ranges.set(client, range);
      statistics.push({ client, weight: participant.weight, upload: buffers });
    },
    aggregate() {
      if (context === null) return;
      // Nobody heard, nobody silent by choice: the round did not happen.
      if (heard.size > 0 || rule.skipSignal === 'none') step(context);
      context = null;
    },
    ranges: () => ({ downlink: 0, uplink: new Map(ranges) }),
    state: () => ({
      weights: Float32Array.from(weights),
      references: clientTable(references, (value) => value),
      accepted: numberTable(accepted),
      shares: numberTable(shares),
      differences: [...differences],
      ...(fields.uplinkBits ? { ranges: numberTable(ranges) } : {}),
      ...optimizer.state(),
    }),
  };

  /** Steps against the mean of all references; a client never heard counts with zero, as in the papers. */
  function step(opened: RoundContext): void {
    const known = [...references].map(([client, upload]) => ({ client, weight: shares.get(client) ?? 0, upload }));
    const total = [...shares.values()].reduce((sum, share) => sum + share, 0);
    const heldWeight = known.reduce((sum, { weight }) => sum + weight, 0);
    const mean = weightedMean(known, size, (upload) => upload);
    const scale = known.length === 0 ? 0 : stepSize(opened) * (heldWeight / total);
    for (let j = 0; j < size; j++) mean[j] = -scale * mean[j];
    const change = optimizer.apply(mean);
    let squares = 0;
    for (let j = 0; j < size; j++) {
      const before = weights[j];
      weights[j] = before + change[j];
      const difference = weights[j] - before;
      squares += difference * difference;
    }
    differences = [squares, ...differences].slice(0, rule.memory);
    if (statistics.length > 0) weights.set(weightedMean(statistics, buffersUp, (buffers) => buffers), size);
  }
}
