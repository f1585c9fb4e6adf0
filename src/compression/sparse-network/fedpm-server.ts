import { normal } from '../../random/samplers.js';
import { stream } from '../../random/stream.js';
import type { ClientId, RoundContext, SchemeServer, SchemeState } from '../contract.js';
import { requireFinite } from '../finite.js';
import { messageWriter, openMessage } from '../frame.js';
import { sharesOf, weightedMean, type Share } from '../mean.js';
import { doublesIn, floatsIn, numberIn } from '../state.js';
import type { FedPmParts } from './fedpm-parts.js';
import { readMask, writeProbabilities } from './mask-message.js';
import { sampleMask, sigmoid } from './score-training.js';

interface Upload {
  readonly mask: Uint8Array;
  readonly buffers: Float32Array;
}

/**
 * The server's half of FedPM. State: the probabilities, the counts of ones since the prior was last set
 * (per masked parameter) and of masks, and the evaluated weights.
 */
export function fedPmServer(parts: FedPmParts, restored?: SchemeState): SchemeServer {
  const { world, options, network } = parts;
  const { layout, seed } = world;
  const size = layout.trainableSize;
  const maskedSize = network.values.length;
  const { scheme } = parts.downlinkKind;

  const probabilities = restored === undefined ? initialProbabilities() : Float32Array.from(floatsIn(restored['probabilities'], 'probabilities', maskedSize));
  const ones = restored === undefined ? new Float64Array(maskedSize) : Float64Array.from(doublesIn(restored['ones'], 'counts of ones', maskedSize));
  let masks = restored === undefined ? 0 : numberIn(restored['masks'], 'count of masks');
  let counted = restored === undefined ? 0 : numberIn(restored['counted'], 'count of rounds');
  const weights = Float32Array.from(restored === undefined ? world.initialWeights : floatsIn(restored['weights'], 'weights', layout.size));
  if (restored === undefined) evaluateAt(0);
  let context: RoundContext | null = null;
  let uploads = new Map<ClientId, Upload>();

  function initialProbabilities(): Float32Array {
    const random = stream(seed, `${scheme} initial scores`);
    return Float32Array.from({ length: maskedSize }, () => sigmoid(options.initialSpread * normal(random)));
  }

  /** What the study evaluates: one keyed draw of the network, or its mean. */
  function evaluateAt(moment: number): void {
    network.write(options.evaluated === 'mean' ? probabilities : sampleMask(probabilities, stream(seed, `${scheme} evaluation`, moment)), weights);
  }

  /** Beta(lambda_0 + ones, lambda_0 + zeros) has its mode at the share of ones, lambda_0 - 1 added to both counts. */
  function count(shares: readonly Share<Upload>[]): void {
    if (counted >= options.resetPeriod) {
      ones.fill(0);
      masks = 0;
      counted = 0;
    }
    const total = shares.reduce((sum, { weight }) => sum + weight, 0);
    for (const { weight, upload } of [...shares].sort((a, b) => a.client - b.client)) {
      const counts = total > 0 ? (weight / total) * shares.length : 1;
      for (let j = 0; j < maskedSize; j++) ones[j] += counts * (upload.mask[j] === 1 ? 1 - options.margin : options.margin);
    }
    masks += shares.length;
    counted++;
    const before = options.prior - 1;
    for (let j = 0; j < maskedSize; j++) probabilities[j] = (before + ones[j]) / (2 * before + masks);
  }

  return {
    weights,
    broadcast(opened) {
      context = opened;
      uploads = new Map();
      requireFinite(weights, layout, 'model of the server');
      const out = messageWriter(parts.downlinkKind, opened.round, layout.size * 4 + 256);
      out.part('values');
      out.writeFloats(weights.subarray(size));
      writeProbabilities(out, probabilities, options.downlinkBits);
      return { shared: out.finish() };
    },
    downlinkSettled() {
      // Nothing at the server depends on which clients have the probabilities.
    },
    receive(client, bytes) {
      const { round, body } = openMessage(bytes, parts.uplinkKind);
      const buffers = body.readFloats(layout.size - size);
      const mask = readMask(body, maskedSize, options.coding);
      body.end();
      if (context === null || round !== context.round || uploads.has(client)) return;
      if (!context.participants.some((participant) => participant.client === client)) return;
      uploads.set(client, { mask, buffers });
    },
    aggregate() {
      if (context === null) return;
      const shares = sharesOf(context.participants, uploads);
      if (shares.length > 0) {
        count(shares);
        weights.set(weightedMean(shares, layout.size - size, ({ buffers }) => buffers), size);
        evaluateAt(context.round + 1);
      }
      context = null;
      uploads = new Map();
    },
    ranges: () => ({ downlink: 1, uplink: new Map() }),
    state: () => ({ weights: Float32Array.from(weights), probabilities: Float32Array.from(probabilities), ones: Float64Array.from(ones), masks, counted }),
  };
}
