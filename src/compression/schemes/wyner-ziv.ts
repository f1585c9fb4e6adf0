import { z } from 'zod';
import { inputError } from '../../errors.js';
import { POSITIVE, ratio } from '../../scenario/quantity.js';
import type { Scheme, SchemeWorld } from '../contract.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { wynerZivClient } from '../wyner-ziv/wyner-ziv-client.js';
import { wynerZivServer } from '../wyner-ziv/wyner-ziv-server.js';
import { controlFields, isHinted, uplinkCoder, type WynerZivOptions, type WynerZivParts } from '../wyner-ziv/wyner-ziv.js';
import { footprint } from '../footprint.js';
import { downlinkBytes, downlinkOption, modelDownlink, PLAN_NEEDS_DOWNLINK, planKnowsDownlink, SENT_MODEL } from '../model-downlink.js';

/**
 * Wyner-Ziv compression with side information at the server (Liang, Zhong, Chen, Wu, arXiv 2111.08277,
 * on the estimators of Mayekar, Suresh, Tyagi, AISTATS 2021, and the lattices of Davies et al., ICLR
 * 2021). The coding layer follows these; the protocol between rounds is reconstructed, because the
 * bodies of the papers were not at hand.
 *
 * A client sends, for each element of its rotated vector, the residue class modulo 2^b of its lattice
 * index; the server picks the point of that class nearest to its side information: the client's last
 * reconstruction times the best gain (`own`), the last aggregate (`aggregate`), the mean of the first
 * half of the round's clients (`peers`), the model (`model`: the local model is sent, not the update),
 * or nothing (`none`). Where the client knows it too, `coding: differential` codes the difference.
 *
 * Downlink: u16 count and per participant u16 client, u8 bits, u16 last accepted round, as far as the
 * options need them; hints (bfloat16 per block; 0 for none yet) for `aggregate` and `peers`; model (see
 * `model-downlink.ts`). Uplink: f32 gain (`own`), u8 bits, bfloat16 scale per block, u32 check (`check`), b bits per
 * padded element that travels. Rotation signs and dither come from the seed. State: `own` one vector per client at
 * both ends, `aggregate` one at the server and the last model at the client, which tells the client the
 * aggregate when the next model comes: it measures its deviation from that itself. Clients that do not
 * know the side information (of `peers`; the aggregate after a round away, with a server optimiser, or where the
 * downlink rounds models, so that two of them do not tell it)
 * take the largest deviation per block that the server saw a round ago, less quantization noise, times
 * a margin.
 *
 * `scale: distance` takes the spacing from the distance Delta of vector and side information as Mayekar,
 * Suresh and Tyagi do: Delta' = sqrt(6 / d ln(Delta / delta)) Delta within a block of d, spacing 2 Delta' / (k - 2)
 * with random rounding as theirs, 2 Delta' / (k - 1) with dither. `subsample` below 1 sends a random share mu of
 * the coordinates of each block, which the seed tells, and 1/mu of their deviation counts: below two bits per element,
 * without bias. Their number of classes for n clients, log2 k = ceil(log2(2 + sqrt(12 ln n))), is `bits` by hand.
 *
 * `quantizer: distance-adaptive` is their DAQ, after a rotation in the manner of RDAQ (see
 * `distance-adaptive.ts` for what is left out): nobody needs to know the distance, so there are no hints,
 * and the client keeps no vector unless it sends a gain. It errs more than a lattice whose deviation is known.
 *
 * With `check` the server notices a wrong class, drops the message as if lost, and asks the client for
 * one bit more after the other at the same spacing, which doubles the reach of the classes each time;
 * where eight bits do not do either, for a spacing with which no class can be wrong, against side
 * information that the client knows or none. The papers repeat at once, which one upload per round
 * cannot. Repairs come on top of a planned length.
 */
export const wynerZiv: Scheme<WynerZivOptions> = {
  name: 'wyner-ziv',
  describe: 'residues of a dithered lattice, resolved by what the server knows already',
  sends: { uplink: 'update, b-bit residues of rotated lattice indices', downlink: SENT_MODEL },
  source: 'Liang et al., arXiv 2111.08277; coding layer as in Mayekar et al. and Davies et al., protocol reconstructed',
  footprint: footprint(3.03, 32, { clientBytes: 4, serverBytesPerClient: 4 }),
  inputs: ['update', 'gradient'],
  schema: z
    .strictObject({
      bits: z.union([z.int().min(1).max(8), z.literal('planned')]).default(3).describe('bits per element, 1 to 8 (modulo coding from 2), or planned'),
      sideInformation: z.enum(['own', 'aggregate', 'peers', 'model', 'none']).default('own').describe('what the server resolves the residues with'),
      gain: z.boolean().default(true).describe('multiply the own history by the best factor, one float32 more'),
      quantizer: z.enum(['lattice', 'distance-adaptive']).default('lattice').describe('distance-adaptive: comparisons with 2^bits - 1 shared thresholds, for distances that nobody knows'),
      coding: z.enum(['modulo', 'differential']).default('modulo').describe('differential: the client subtracts the side information itself'),
      rounding: z.enum(['dither', 'stochastic']).default('dither').describe('subtractive dither from the seed, or random rounding'),
      rotation: z.boolean().default(true).describe('randomized Hadamard rotation by blocks'),
      blockSize: z.union([64, 128, 256, 512, 1024, 2048, 4096].map((size) => z.literal(size))).default(1024).describe('elements that share a scale and a rotation'),
      scale: z.enum(['deviation', 'bound', 'distance']).default('deviation').describe('spacing for least error, for no failures, or from the distance for few (biasRatio)'),
      biasRatio: z.number().gt(0).lt(1).nullable().default(null).describe('delta / Delta of scale distance, an element fails with 2 biasRatio^3 at most; null: 1 / sqrt(clients)'),
      subsample: ratio({ ...POSITIVE, max: 1 }).default(1).describe('share of the coordinates that travels, drawn at random from the seed'),
      check: z.boolean().default(false).describe('notice wrong residue classes and repair them with more bits'),
      hintMargin: z.number().min(1).max(4).default(1.3).describe('factor on the deviations the server saw'),
      ...downlinkOption,
    })
    .refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK)
    .refine(({ coding, quantizer, bits }) => bits !== 1 || !needsTwoBits({ coding, quantizer }), { error: 'one bit per element is useless with modulo coding; expected at least 2, coding differential or quantizer distance-adaptive', path: ['bits'] })
    .refine(({ coding, sideInformation }) => coding === 'modulo' || (sideInformation !== 'aggregate' && sideInformation !== 'peers'), {
      error: 'differential coding needs side information that the client has; expected sideInformation own, model or none',
      path: ['coding'],
    })
    .refine(({ scale, ...options }) => scale !== 'bound' || !isHinted(options), {
      error: 'a bound needs side information that the client has; expected sideInformation own, model or none',
      path: ['scale'],
    })
    .refine(({ scale, rounding, bits, coding }) => !(scale === 'bound' && rounding === 'stochastic' && coding === 'modulo' && Number(bits) < 3), {
      error: 'random rounding within a bound needs at least 3 bits',
      path: ['bits'],
    })
    .refine(({ quantizer, coding, rounding, scale, check }) => quantizer === 'lattice' || (coding === 'modulo' && rounding === 'dither' && scale === 'deviation' && !check), {
      error: 'quantizer distance-adaptive has no lattice; expected coding, rounding, scale and check as they come',
      path: ['quantizer'],
    })
    .refine(({ scale, biasRatio }) => scale === 'distance' || biasRatio === null, { error: 'biasRatio is of scale distance; expected that beside it', path: ['biasRatio'] })
    .refine(({ sideInformation, gain, subsample }) => subsample === 1 || gain || sideInformation !== 'own', {
      error: 'the error of a subset grows from round to round where the own history is taken as it is; expected gain true, or subsample 1',
      path: ['subsample'],
    }),
  planning(options, layout, participants, input = 'update') {
    if (options.bits !== 'planned') return null;
    const coder = uplinkCoder(options, layout.trainableSize, participants);
    const buffers = (layout.size - layout.trainableSize) * 4;
    const hints = isHinted(options) ? coder.blockCount * 2 : 0;
    const gain = options.sideInformation === 'own' && options.gain ? 4 : 0;
    return {
      bitsMin: needsTwoBits(options) ? 2 : 1,
      bitsMax: 8,
      downlinkWeight: 1,
      downlinkBytes: () => downlinkBytes(options, layout, controlBytes(controlFields(options), participants) + hints),
      uplinkBytes: (bits) => FRAME_BYTES + (input === 'update' ? buffers : 0) + gain + Math.ceil(coder.bodyBits(bits) / 8),
    };
  },
  server: (options, world, state) => wynerZivServer(partsOf(options, world), state),
  client: (options, world, client, streams, state) => wynerZivClient(partsOf(options, world), client, streams, state),
};

/** One bit tells nothing as a residue. */
const needsTwoBits = ({ coding, quantizer }: Pick<WynerZivOptions, 'coding' | 'quantizer'>): boolean => quantizer === 'lattice' && coding === 'modulo';

function partsOf(options: WynerZivOptions, world: SchemeWorld): WynerZivParts {
  if (options.sideInformation === 'model' && world.input === 'gradient') {
    throw inputError('WRONG_INPUT', 'scheme wyner-ziv cannot code gradients against the model', { expected: 'input update, or another sideInformation' });
  }
  const kind = { scheme: 'wyner-ziv', wireId: 7, size: world.layout.size };
  const downlinkKind = { ...kind, direction: 'downlink' } as const;
  return {
    world,
    options,
    coder: uplinkCoder(options, world.layout.trainableSize, world.clients),
    downlink: modelDownlink(options, world, downlinkKind),
    downlinkKind,
    uplinkKind: { ...kind, direction: 'uplink' },
    fields: controlFields(options),
  };
}
