import { z } from 'zod';
import { inputError } from '../../errors.js';
import type { Scheme, SchemeWorld } from '../contract.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { vectorCoder } from '../wyner-ziv/coder.js';
import { wynerZivClient } from '../wyner-ziv/wyner-ziv-client.js';
import { wynerZivServer } from '../wyner-ziv/wyner-ziv-server.js';
import { controlFields, isHinted, type WynerZivOptions, type WynerZivParts } from '../wyner-ziv/wyner-ziv.js';
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
 * padded element. Rotation signs and dither come from the seed. State: `own` one vector per client at
 * both ends, `aggregate` one at the server and the last model at the client, which tells the client the
 * aggregate when the next model comes: it measures its deviation from that itself. Clients that do not
 * know the side information (of `peers`; the aggregate after a round away, with a server optimiser, or where the
 * downlink rounds models, so that two of them do not tell it)
 * take the largest deviation per block that the server saw a round ago, less quantization noise, times
 * a margin.
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
      coding: z.enum(['modulo', 'differential']).default('modulo').describe('differential: the client subtracts the side information itself'),
      rounding: z.enum(['dither', 'stochastic']).default('dither').describe('subtractive dither from the seed, or random rounding'),
      rotation: z.boolean().default(true).describe('randomized Hadamard rotation by blocks'),
      blockSize: z.union([64, 128, 256, 512, 1024, 2048, 4096].map((size) => z.literal(size))).default(1024).describe('elements that share a scale and a rotation'),
      scale: z.enum(['deviation', 'bound']).default('deviation').describe('spacing for least error, or for no failures'),
      check: z.boolean().default(false).describe('notice wrong residue classes and repair them with more bits'),
      hintMargin: z.number().min(1).max(4).default(1.3).describe('factor on the deviations the server saw'),
      ...downlinkOption,
    })
    .refine(planKnowsDownlink, PLAN_NEEDS_DOWNLINK)
    .refine(({ coding, bits }) => coding === 'differential' || bits !== 1, { error: 'one bit per element is useless with modulo coding; expected at least 2, or coding differential', path: ['bits'] })
    .refine(({ coding, sideInformation }) => coding === 'modulo' || !isHinted(sideInformation), {
      error: 'differential coding needs side information that the client has; expected sideInformation own, model or none',
      path: ['coding'],
    })
    .refine(({ scale, sideInformation }) => scale === 'deviation' || !isHinted(sideInformation), {
      error: 'a bound needs side information that the client has; expected sideInformation own, model or none',
      path: ['scale'],
    })
    .refine(({ scale, rounding, bits, coding }) => !(scale === 'bound' && rounding === 'stochastic' && coding === 'modulo' && Number(bits) < 3), {
      error: 'random rounding within a bound needs at least 3 bits',
      path: ['bits'],
    }),
  planning(options, layout, participants, input = 'update') {
    if (options.bits !== 'planned') return null;
    const coder = vectorCoder(layout.trainableSize, options);
    const buffers = (layout.size - layout.trainableSize) * 4;
    const hints = isHinted(options.sideInformation) ? coder.blockCount * 2 : 0;
    const gain = options.sideInformation === 'own' && options.gain ? 4 : 0;
    return {
      bitsMin: options.coding === 'modulo' ? 2 : 1,
      bitsMax: 8,
      downlinkWeight: 1,
      downlinkBytes: () => downlinkBytes(options, layout, controlBytes(controlFields(options), participants) + hints),
      uplinkBytes: (bits) => FRAME_BYTES + (input === 'update' ? buffers : 0) + gain + Math.ceil(coder.bodyBits(bits) / 8),
    };
  },
  server: (options, world, state) => wynerZivServer(partsOf(options, world), state),
  client: (options, world, client, streams, state) => wynerZivClient(partsOf(options, world), client, streams, state),
};

function partsOf(options: WynerZivOptions, world: SchemeWorld): WynerZivParts {
  if (options.sideInformation === 'model' && world.input === 'gradient') {
    throw inputError('WRONG_INPUT', 'scheme wyner-ziv cannot code gradients against the model', { expected: 'input update, or another sideInformation' });
  }
  const kind = { scheme: 'wyner-ziv', wireId: 7, size: world.layout.size };
  const downlinkKind = { ...kind, direction: 'downlink' } as const;
  return {
    world,
    options,
    coder: vectorCoder(world.layout.trainableSize, options),
    downlink: modelDownlink(options, world, downlinkKind),
    downlinkKind,
    uplinkKind: { ...kind, direction: 'uplink' },
    fields: controlFields(options),
  };
}
