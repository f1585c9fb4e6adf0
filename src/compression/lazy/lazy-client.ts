import type { LocalOutcome } from '../../learning/contract.js';
import type { ClientId, SchemeClient, SchemeState } from '../contract.js';
import { trainedDifference } from '../difference.js';
import { scale } from '../elementwise.js';
import { requireFinite } from '../finite.js';
import { controlOf, messageWriter, openMessage, readControl } from '../frame.js';
import { floatsIn, numberIn, recordIn } from '../state.js';
import { readTentative } from '../tentative.js';
import { candidateUpload, PLANNED_BITS_MAX, type LazyParts } from './lazy.js';

/** Reference: the vector the server holds; its error at that upload; silent rounds since; whether there was one; and where gradients are compared, the weights it was computed at. */
interface Held {
  readonly [key: string]: Float32Array | number;
  readonly reference: Float32Array;
  readonly error: number;
  readonly clock: number;
  readonly uploads: number;
  readonly point: Float32Array;
}

export function lazyClient(parts: LazyParts, client: ClientId, restored?: SchemeState): SchemeClient {
  const { world, rule, fields } = parts;
  const { layout, input } = world;
  const size = layout.trainableSize;
  const pointSize = rule.compares === 'gradient' ? layout.size : 0;
  const held = readTentative<Held>(
    restored,
    () => ({ reference: new Float32Array(size), error: 0, clock: 0, uploads: 0, point: Float32Array.from(world.initialWeights.subarray(0, pointSize)) }),
    (value) => {
      const { reference, error, clock, uploads, point } = recordIn(value, 'reference');
      return {
        reference: floatsIn(reference, 'reference', size),
        error: numberIn(error, 'error of the last upload'),
        clock: numberIn(clock, 'count of silent rounds'),
        uploads: numberIn(uploads, 'count of uploads'),
        point: floatsIn(point, 'weights of the last upload', pointSize),
      };
    },
  );
  let start: Float32Array | null = null;
  let threshold = 0;
  let bits = rule.bits === 'planned' ? 0 : rule.bits;

  /** How far the vector of this round is from what the same minibatches give at the weights of the last upload. */
  function gradientChange(vector: Float32Array, { comparison }: LocalOutcome): number {
    if (comparison === undefined) throw new Error('the local outcome holds no comparison');
    const other = trainedDifference(world, held.settled().point, comparison);
    if (input === 'update') scale(other, other, -1);
    return squaredDistance(vector, other);
  }

  return {
    receive(bytes) {
      const { round, body } = openMessage(bytes, parts.downlinkKind);
      const own = controlOf(readControl(body, fields), fields, client, body);
      if (rule.bits === 'planned') {
        bits = own.uplinkBits;
        if (bits < 1 || bits > PLANNED_BITS_MAX) throw body.malformed(`a planned length of ${bits} bits`);
      }
      threshold = body.readFloat();
      start = parts.downlink.read(body, round);
      body.end();
      held.heal(own.accepted);
      return Float32Array.from(start);
    },
    comparisonPoint: () => (rule.compares === 'gradient' ? held.settled().point : null),
    upload({ round, weight }, outcome) {
      if (start === null) throw new Error('upload before receive');
      const vector = trainedDifference(world, start, outcome);
      requireFinite(vector, layout, `${input} of client ${client}`);
      // An update is a step against the gradient, and the server steps against what it gets.
      if (input === 'update') scale(vector, vector, -1);
      const before = held.settled();
      const candidate = candidateUpload(vector, before.reference, bits);
      const { error, moved } = squaredDistances(candidate.quantized, vector, before.reference);
      const share = world.clients * weight;
      const change = share * share * (rule.compares === 'gradient' ? gradientChange(vector, outcome) : moved);
      const bar = threshold + rule.errorWeight * share * share * (error + before.error) + rule.constant;
      const forced = before.clock >= rule.maxSkips || (rule.forceFirstUpload && before.uploads === 0);
      held.replace({ ...before, clock: before.clock + 1 });
      if (change < bar && !forced) {
        return { silent: true, signal: rule.skipSignal === 'none' ? null : messageWriter(parts.uplinkKind, round, 16).finish() };
      }
      const out = messageWriter(parts.uplinkKind, round, 64 + (size * bits) / 8);
      const buffers = input === 'update' ? outcome.weights!.subarray(size) : new Float32Array(0);
      requireFinite(buffers, layout, `batch-norm statistics of client ${client}`);
      out.part('values');
      out.writeFloats(buffers);
      candidate.write(out);
      held.propose(round, { reference: candidate.quantized, error, clock: 0, uploads: before.uploads + 1, point: start.slice(0, pointSize) });
      return out.finish();
    },
    settled: (round, outcome) => held.settle(round, outcome),
    state: () => held.state(),
  };
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) {
    const difference = a[j] - b[j];
    sum += difference * difference;
  }
  return sum;
}

/** From the vector that was quantized, and from the reference: both sums at once, because each waits for its last term. */
function squaredDistances(quantized: Float32Array, vector: Float32Array, reference: Float32Array): { readonly error: number; readonly moved: number } {
  let error = 0;
  let moved = 0;
  for (let j = 0; j < quantized.length; j++) {
    const off = vector[j] - quantized[j];
    const by = quantized[j] - reference[j];
    error += off * off;
    moved += by * by;
  }
  return { error, moved };
}
