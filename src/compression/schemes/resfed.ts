import { z } from 'zod';
import { inputError } from '../../errors.js';
import type { Scheme, SchemeWorld } from '../contract.js';
import { resFedClient } from '../residual/resfed-client.js';
import type { ResFedOptions, ResFedParts } from '../residual/resfed-parts.js';
import { resFedServer } from '../residual/resfed-server.js';
import { footprint } from '../footprint.js';

const rule = z.enum(['last', 'half', 'extrapolate1', 'extrapolate2', 'opposite']);
const sparsity = z.number().min(0).max(0.99999);

/**
 * ResFed, deep compressed residuals (Song et al., arXiv 2212.05602, IEEE IoT-J 2024). Both ends predict
 * the next model from the same recovered history; only the residual travels, sparsified, quantized to
 * medians and Huffman coded. Compressor, rules and start-up follow the authors' code, with one shared
 * predictor at both ends (the code swaps rule numbers between them) and batch-norm statistics kept out.
 * Start-up messages (uplink in round 0, downlink in rounds 0 and 1) are full models and are counted. The rule
 * `opposite`, ours beside the authors', is plain compression of updates: it looks at no model sent before in
 * its own direction, and so has no start-up of its own.
 *
 * Downlink, one message per client: u16 count, u16 client, u16 last accepted round, statistics as
 * float32, residual (or model). Uplink: statistics, residual (or local model) of the local weights.
 * State at both ends, per client: the last models of both directions, as many as the rules look at.
 * Both count a round's models only if its upload was accepted; the next downlink says which was last.
 */
export const resfed: Scheme<ResFedOptions> = {
  name: 'resfed',
  describe: 'sparse quantized residuals against models that both ends predict from the past',
  sends: { uplink: 'residual of the local model, median levels and Huffman code', downlink: 'residual of the model per client, or the model' },
  source: 'Song et al., IEEE IoT-J 2024; as in the authors\' code, its swapped predictors mended',
  footprint: footprint(0.2, 0.2, { clientBytes: 16, serverBytesPerClient: 16 }),
  inputs: ['update'],
  schema: z.strictObject({
    uplinkRule: rule.default('half').describe('how the local model is predicted'),
    downlinkRule: z.union([rule, z.literal('none')]).default('half').describe('how the global model is predicted; none: it goes down in full, to all at once'),
    uplinkSparsity: sparsity.default(0.95).describe('share of the residual that is dropped first; the quantizer drops half of the rest'),
    downlinkSparsity: sparsity.default(0.95).describe('the same for the downlink'),
    depth: z.int().min(1).max(6).default(1).describe('q: at most 2^(q-1) levels per sign'),
    format: z.enum(['rice', 'paper']).default('rice').describe('how gaps are coded; paper: 17-bit fields, as the paper counts'),
  }),
  planning: () => null,
  server: (options, world, state) => resFedServer(partsOf(options, world), state),
  client: (options, world, client, _streams, state) => resFedClient(partsOf(options, world), client, state),
};

function partsOf(options: ResFedOptions, world: SchemeWorld): ResFedParts {
  if (world.input === 'gradient') throw inputError('WRONG_INPUT', 'scheme resfed predicts models and cannot carry gradients', { expected: 'input update' });
  const kind = { scheme: 'resfed', wireId: 11, size: world.layout.size };
  return { world, options, downlinkKind: { ...kind, direction: 'downlink' }, uplinkKind: { ...kind, direction: 'uplink' } };
}
