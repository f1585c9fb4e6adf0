import { runError } from '../../errors.js';
import { stream } from '../../random/stream.js';
import { fromBfloat16, toBfloat16Up } from '../bfloat16.js';
import type { ClientId, RoundContext, SchemeServer, SchemeState } from '../contract.js';
import { requireFinite } from '../finite.js';
import { messageWriter, openMessage, writeControl, type Control } from '../frame.js';
import { sharesOf, weightedMean, type Share } from '../mean.js';
import { serverStep } from '../server-optimizer.js';
import { clientTable, floatsIn, numberTable, readClientTable, readNumberTable } from '../state.js';
import { escalated, EXACT_REPAIR, type CodedVector, type Escalation, type VectorCoder } from './coder.js';
import { HINTED, isHinted, packed, readDownlink, scaled, SHARED_PURPOSE, type WynerZivParts } from './wyner-ziv.js';

interface Upload {
  readonly coded: CodedVector;
  readonly buffers: Float32Array;
  /** What the server makes of it; null as long as its side information is not there. */
  vector: Float32Array | null;
}

/**
 * State: the model; by side information each client's last reconstruction with its round (`own`), or
 * the last aggregate (`aggregate`); hints for the next round; how often in a row a client's check failed.
 */
export function wynerZivServer(parts: WynerZivParts, restored?: SchemeState): SchemeServer {
  const { world, options, coder, fields } = parts;
  const { layout, input, seed } = world;
  const { sideInformation } = options;
  const size = layout.trainableSize;
  const buffersUp = input === 'update' ? layout.size - size : 0;
  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  const histories = readClientTable(restored?.['histories'], (value) => floatsIn(value, 'last vector', size));
  const accepted = readNumberTable(restored?.['accepted']);
  const failures = readNumberTable(restored?.['failures']);
  let aggregate = restored === undefined ? new Float32Array(0) : floatsIn(restored['aggregate'], 'last aggregate');
  const hintCount = isHinted(options) ? coder.blockCount : 0;
  let hints = restored === undefined ? new Float32Array(hintCount) : floatsIn(restored['hints'], 'hints', hintCount);
  const optimizer = serverStep(world.serverOptimizer, size, restored?.['optimizer']);
  let context: RoundContext | null = null;
  let uploads = new Map<ClientId, Upload>();
  let secondHalf = new Set<ClientId>();
  /** The model as clients have it in the round, where it is what both ends know. */
  let sent: Float32Array = weights;

  const lengthFor = (client: ClientId, opened: RoundContext): Escalation => {
    const bits = options.bits === 'planned' ? opened.plan?.uplinkBits.get(client) : options.bits;
    if (bits === undefined) throw runError('NO_BIT_PLAN', 'the scheme waits for a planned bit length and the round has no plan', { hint: 'Set a budget and a planner, or a number of bits.' });
    return escalated(bits, failures.get(client) ?? 0);
  };
  const sharedOf = (round: number, client: ClientId) => (purpose: string) => stream(seed, `${SHARED_PURPOSE} ${purpose}`, round, client);

  /** Decodes with that side information; a failed check counts as lost and asks for more reach next time. */
  function reconstruct(client: ClientId, round: number, upload: Upload, known: Float32Array | null): void {
    // A client that does not know the side information cannot measure how far it is off, and does without.
    const isPlain = upload.coded.repair === EXACT_REPAIR && isHinted(options);
    upload.vector = coder.reconstruct(upload.coded, isPlain ? null : known, sharedOf(round, client));
    if (upload.vector !== null) failures.delete(client);
    else failures.set(client, (failures.get(client) ?? 0) + 1);
  }

  return {
    weights,
    broadcast(opened) {
      context = opened;
      uploads = new Map();
      requireFinite(weights, layout, 'model of the server');
      const clients = opened.participants.map(({ client }) => client).sort((a, b) => a - b);
      secondHalf = new Set(sideInformation === 'peers' ? clients.slice(Math.ceil(clients.length / 2)) : []);
      const out = messageWriter(parts.downlinkKind, opened.round, layout.size * 4 + 512);
      const control = new Map<ClientId, Control>(
        clients.map((client) => [client, { uplinkBits: packed(lengthFor(client, opened)) | (secondHalf.has(client) ? HINTED : 0), accepted: accepted.get(client) ?? null }]),
      );
      writeControl(out, fields, control);
      out.part('sideInformation');
      out.writeAll(Array.from(hints, toBfloat16Up), hints.length, 16);
      parts.downlink.write(out, weights, opened.round);
      const shared = out.finish();
      sent = sideInformation === 'model' ? readDownlink(parts, shared.bytes).weights : weights;
      return { shared };
    },
    downlinkSettled() {
      // What a client holds is known from its uploads alone.
    },
    receive(client, bytes) {
      const { round, body } = openMessage(bytes, parts.uplinkKind);
      if (context === null || round !== context.round || uploads.has(client)) return;
      if (!context.participants.some((participant) => participant.client === client)) return;
      const buffers = body.readFloats(buffersUp);
      const gain = sideInformation === 'own' && options.gain ? body.readFloat() : 1;
      const upload: Upload = { coded: coder.read(body), buffers, vector: null };
      body.end();
      if (sideInformation !== 'peers') {
        const history = histories.get(client);
        const known = { own: history === undefined ? null : scaled(history, gain), model: sent.subarray(0, size), aggregate: aggregate.length > 0 ? aggregate : null, none: null }[sideInformation];
        reconstruct(client, round, upload, known);
      }
      uploads.set(client, upload);
      if (sideInformation === 'own' && upload.vector !== null) {
        histories.set(client, upload.vector);
        accepted.set(client, round);
      }
    },
    aggregate() {
      if (context === null) return;
      const { round, participants, learningRate } = context;
      const received = (clients: (client: ClientId) => boolean): Share<Upload>[] =>
        sharesOf(participants, uploads).filter(({ client }) => clients(client));
      let peers: Float32Array | null = null;
      if (sideInformation === 'peers') {
        const first = received((client) => !secondHalf.has(client));
        for (const { client, upload } of first) reconstruct(client, round, upload, null);
        const decoded = first.filter(({ upload }) => upload.vector !== null);
        peers = decoded.length > 0 ? Float32Array.from(weightedMean(decoded, size, ({ vector }) => vector!)) : null;
        for (const { client, upload } of received((client) => secondHalf.has(client))) reconstruct(client, round, upload, peers);
      }
      const shares = received(() => true).filter(({ upload }) => upload.vector !== null);
      if (shares.length > 0) {
        const mean = weightedMean(shares, size, ({ vector }) => vector!);
        const scale = input === 'gradient' ? -learningRate : 1;
        if (coder.deviations !== null && isHinted(options)) learnHints(shares, peers, coder.deviations);
        if (sideInformation === 'aggregate') aggregate = Float32Array.from(mean);
        for (let j = 0; j < size; j++) mean[j] = scale * (sideInformation === 'model' ? mean[j] - sent[j] : mean[j]);
        const step = optimizer.apply(mean);
        for (let j = 0; j < size; j++) weights[j] += step[j];
        weights.set(weightedMean(shares, buffersUp, ({ buffers }) => buffers), size);
      }
      context = null;
      uploads = new Map();
    },
    ranges: () => ({ downlink: 0, uplink: new Map() }),
    state: () => ({
      weights: Float32Array.from(weights),
      histories: clientTable(histories, (value) => value),
      accepted: numberTable(accepted),
      failures: numberTable(failures),
      aggregate,
      hints,
      ...optimizer.state(),
    }),
  };

  /** The largest deviation of any client from its side information, by block, with a margin. */
  function learnHints(shares: readonly Share<Upload>[], peers: Float32Array | null, deviations: NonNullable<VectorCoder['deviations']>): void {
    let largest: Float32Array | null = null;
    for (const { client, upload } of shares) {
      if (sideInformation === 'peers' && !secondHalf.has(client)) continue;
      const known = sideInformation === 'peers' ? peers : aggregate.length > 0 ? aggregate : null;
      const difference = upload.vector!.map((value, j) => value - (known === null ? 0 : known[j]));
      const seen = deviations(difference, upload.coded);
      largest = largest === null ? seen : largest.map((value, block) => Math.max(value, seen[block]));
    }
    if (largest !== null) hints = largest.map((value) => fromBfloat16(toBfloat16Up(Math.min(value * options.hintMargin, 1e38))));
  }
}
