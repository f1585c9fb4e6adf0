import { stream } from '../../random/stream.js';
import { fromBfloat16 } from '../bfloat16.js';
import type { ClientId, ClientStreams, SchemeClient, SchemeState } from '../contract.js';
import { trainedDifference } from '../difference.js';
import { requireFinite } from '../finite.js';
import { controlOf, messageWriter } from '../frame.js';
import { isExact } from '../model-downlink.js';
import { floatsIn } from '../state.js';
import { readTentative } from '../tentative.js';
import { aggregateMemory } from './aggregate-memory.js';
import { EXACT_REPAIR } from './coder.js';
import { bestGain, HINTED, isHinted, keepsHistory, readDownlink, scaled, SHARED_PURPOSE, unpacked, type WynerZivParts } from './wyner-ziv.js';

/** State: with side information `own` the last vector that the server reconstructed (where its lattice or its gain needs it), with `aggregate` and a lattice the model of the last round; else nothing. */
export function wynerZivClient(parts: WynerZivParts, client: ClientId, streams: ClientStreams, restored?: SchemeState): SchemeClient {
  const { world, options, coder, fields } = parts;
  const { layout, input, seed } = world;
  const { sideInformation } = options;
  const size = layout.trainableSize;
  const keeps = keepsHistory(options);
  const history = readTentative(restored, () => new Float32Array(keeps ? size : 0), (value) => floatsIn(value, 'last vector', keeps ? size : 0));
  const memory = sideInformation === 'aggregate' && isHinted(options) ? aggregateMemory(world, isExact(options), restored) : null;
  let start: Float32Array | null = null;
  let bits = 0;
  let repair = 0;
  let hint: Float32Array | null = null;

  return {
    receive(bytes) {
      const { control, hints, weights, body } = readDownlink(parts, bytes);
      const own = controlOf(control, fields, client, body);
      const deviations = Float32Array.from(hints, fromBfloat16);
      start = weights;
      if (deviations.some((value) => !(value >= 0 && value < Infinity))) throw body.malformed('a deviation that is no positive number');
      ({ bits, repair } = fields.uplinkBits ? unpacked(own.uplinkBits) : { bits: Number(options.bits), repair: 0 });
      hint = repair !== EXACT_REPAIR && deviations.length > 0 && (sideInformation === 'aggregate' || (own.uplinkBits & HINTED) !== 0) ? deviations : null;
      if (keeps) history.heal(own.accepted);
      return start.slice();
    },
    upload(clientRound, outcome) {
      const { round } = clientRound;
      if (start === null) throw new Error('upload before receive');
      const difference = trainedDifference(world, start, outcome);
      requireFinite(difference, layout, `${input} of client ${client}`);
      const vector = sideInformation === 'model' ? outcome.weights!.slice(0, size) : difference;
      const out = messageWriter(parts.uplinkKind, round, 256 + size);
      if (input === 'update') {
        const buffers = outcome.weights!.subarray(size);
        requireFinite(buffers, layout, `batch-norm statistics of client ${client}`);
        out.part('values');
        out.writeFloats(buffers);
      }
      let known: Float32Array | null = null;
      if (keeps) {
        const factor = options.gain ? bestGain(vector, history.settled()) : 1;
        known = scaled(history.settled(), factor);
        out.part('sideInformation');
        if (options.gain) out.writeFloat(factor);
      } else if (sideInformation === 'model') {
        known = start.subarray(0, size);
      } else if (memory !== null) {
        // With an exact repair the server decodes without it.
        if (repair !== EXACT_REPAIR) known = memory.recall(round, start);
        memory.remember(clientRound, start);
      }
      const shared = (purpose: string) => stream(seed, `${SHARED_PURPOSE} ${purpose}`, round, client);
      const reconstruct = coder.encode(out, vector, bits, known, known === null ? hint : null, { shared, own: streams('wyner-ziv rounding', round) }, repair);
      const message = out.finish();
      if (keeps) {
        const received = reconstruct();
        // A failed check is the server's to find out; it then keeps the vector before.
        if (received !== null) history.propose(round, received);
      }
      return message;
    },
    settled(round, outcome) {
      // An acknowledged upload may still fail the check at the server, which the next downlink tells.
      if (!options.check) history.settle(round, outcome);
    },
    state: () => (keeps ? history.state() : (memory?.state() ?? {})),
  };
}
