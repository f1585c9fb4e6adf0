import type { SchemeState, SchemeWorld } from '../../dist/compression/contract.js';
import type { Dataset } from '../../dist/learning/datasets/index.js';
import { floatsIn, readClientTable } from '../../dist/compression/state.js';
import { bestGain, scaled, uplinkCoder, type WynerZivOptions } from '../../dist/compression/wyner-ziv/wyner-ziv.js';
import { messageWriter } from '../../dist/compression/frame.js';
import { stream } from '../../dist/random/index.js';
import { trainMlp, type MlpRequest } from './mlp.js';
import { reconstructions, squaredDistance, squaredNorm, type Reconstruction } from './reconstruction.js';
import type { Rounds } from './rounds.js';

export interface WynerZivRun {
  /** Mean over messages of |received - sent|^2 / |sent|^2. */
  readonly nmse: number;
  /** The same for messages whose scales are made of the very deviations from the side information, which no client knows of `peers`. */
  readonly toldNmse: number;
  /** Mean over messages of |sent - side information| / |sent|. */
  readonly distance: number;
  readonly accuracy: number;
}

/** Trains with Wyner-Ziv coding and looks at every message beside the server's side information. */
export function wynerZivRun(request: MlpRequest, dataset: Dataset): WynerZivRun {
  let nmse = 0;
  let toldNmse = 0;
  let distance = 0;
  let messages = 0;
  const kind = request.options['sideInformation'] ?? 'own';
  const half = Array.from({ length: Math.ceil(request.clients / 2) }, (_, client) => client);
  const tested = trainMlp(request, dataset, {
    round: (federation) => {
      const before = structuredClone(federation.server.state());
      return (report) => {
        const made = reconstructions(federation, federation.world, before, report, kind === 'peers' ? half : []);
        const known = sideInformation(kind, before, made, half, federation.world);
        for (const { client, sent, received } of made) {
          const side = known(client);
          const factor = kind === 'own' && request.options['gain'] !== false ? bestGain(sent, side) : 1;
          const norm = squaredNorm(sent);
          nmse += squaredDistance(received, sent) / norm;
          toldNmse += squaredDistance(codedWith(scaled(side, factor), sent, federation, report.round, client), sent) / norm;
          distance += Math.sqrt(squaredDistance(sent, side, factor) / norm);
          messages++;
        }
      };
    },
  });
  return { nmse: nmse / messages, toldNmse: toldNmse / messages, distance: distance / messages, accuracy: tested.at(-1)!.accuracy };
}

/** The vector as it arrives where both ends have the side information and the client measures its deviation from that. */
function codedWith(side: Float32Array, sent: Float32Array, { world, options }: Rounds, round: number, client: number): Float32Array {
  const chosen = options as WynerZivOptions;
  const out = messageWriter({ scheme: 'wyner-ziv', wireId: 7, direction: 'uplink', size: world.layout.size }, round);
  const shared = (purpose: string) => stream(world.seed, `told ${purpose}`, round, client);
  return uplinkCoder(chosen, sent.length, world.clients).encode(out, sent, Number(chosen.bits), side, null, { shared, own: stream(world.seed, 'told rounding', round, client) })()!;
}

/** What the server decodes a client's message with; zeros where it has nothing yet. */
function sideInformation(kind: unknown, before: SchemeState, made: readonly Reconstruction[], half: readonly number[], { layout }: SchemeWorld): (client: number) => Float32Array {
  const nothing = new Float32Array(layout.trainableSize);
  if (kind === 'own') {
    const histories = readClientTable(before['histories'], (value) => floatsIn(value, 'last vector'));
    return (client) => histories.get(client) ?? nothing;
  }
  if (kind === 'aggregate') {
    const last = floatsIn(before['aggregate'], 'last aggregate');
    return () => (last.length === 0 ? nothing : last);
  }
  if (kind !== 'peers') return () => nothing;
  const first = made.filter(({ client }) => half.includes(client));
  const mean = nothing.map((_, j) => first.reduce((sum, { received }) => sum + received[j] / first.length, 0));
  return (client) => (half.includes(client) ? nothing : mean);
}
