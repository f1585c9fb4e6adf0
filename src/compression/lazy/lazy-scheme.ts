import type { z } from 'zod';
import { inputError } from '../../errors.js';
import type { Footprint, Scheme, SchemeWorld } from '../contract.js';
import { controlBytes, FRAME_BYTES } from '../frame.js';
import { downlinkBytes, modelDownlink } from '../model-downlink.js';
import { lazyClient } from './lazy-client.js';
import { lazyServer } from './lazy-server.js';
import { lazyControl, PLANNED_BITS_MAX, type LazyParts, type LazyRule } from './lazy.js';

const THRESHOLD_BYTES = 4;
const RADIUS_BYTES = 4;

export interface LazyScheme<Options> {
  readonly name: string;
  readonly wireId: number;
  readonly describe: string;
  readonly sends: { readonly uplink: string; readonly downlink: string };
  readonly source: string;
  readonly footprint: Footprint;
  readonly schema: z.ZodType<Options>;
  rule(options: Options): LazyRule;
  /** Fewest bits that work with each input; fewer make clients fall silent while the model runs away. */
  bitsMin(options: Options): Readonly<Record<SchemeWorld['input'], number>>;
}

export function lazyScheme<Options>(scheme: LazyScheme<Options>): Scheme<Options> {
  /** The fewest bits of any upload. Errors: TOO_FEW_BITS. */
  const fewestBits = (options: Options, input: SchemeWorld['input']): number => {
    const { bits, bitsMin } = scheme.rule(options);
    const least = scheme.bitsMin(options)[input];
    const fewest = bits === 'planned' ? (bitsMin ?? least) : bits;
    if (fewest >= least) return fewest;
    throw inputError('TOO_FEW_BITS', `scheme ${scheme.name} with input ${input} does not work with ${fewest} bits per parameter`, {
      expected: bits === 'planned' ? `bitsMin of at least ${least}, or none` : `at least ${least}`,
      hint: 'With fewer, the quantization error in the threshold silences clients while their stale gradients are still applied.',
    });
  };
  const parts = (options: Options, world: SchemeWorld): LazyParts => {
    const rule = scheme.rule(options);
    const kind = { scheme: scheme.name, wireId: scheme.wireId, size: world.layout.size };
    const downlinkKind = { ...kind, direction: 'downlink' } as const;
    return {
      world, rule, bitsMin: fewestBits(options, world.input), fields: lazyControl(rule), downlink: modelDownlink(rule, world, downlinkKind), downlinkKind,
      uplinkKind: { ...kind, direction: 'uplink' },
    };
  };
  return {
    name: scheme.name,
    describe: scheme.describe,
    schema: scheme.schema,
    sends: scheme.sends,
    source: scheme.source,
    footprint: scheme.footprint,
    inputs: ['update', 'gradient'],
    refuses: { controlVariates: 'leaves out uploads, and the changes of control variates with them' },
    planning(options, layout, participants, input = 'update') {
      const rule = scheme.rule(options);
      if (rule.bits !== 'planned') return null;
      const buffers = input === 'update' ? (layout.size - layout.trainableSize) * 4 : 0;
      return {
        bitsMin: fewestBits(options, input),
        bitsMax: PLANNED_BITS_MAX,
        // Only the uplink has lengths to plan.
        downlinkWeight: 0,
        downlinkBytes: () => downlinkBytes(rule, layout, controlBytes(lazyControl(rule), participants) + THRESHOLD_BYTES),
        uplinkBytes: (bits) => FRAME_BYTES + buffers + RADIUS_BYTES + Math.ceil((layout.trainableSize * bits) / 8),
      };
    },
    server: (options, world, state) => lazyServer(parts(options, world), state),
    passes: (options) => (scheme.rule(options).compares === 'gradient' ? 2 : 1),
    client: (options, world, client, _streams, state) => lazyClient(parts(options, world), client, state),
  };
}
