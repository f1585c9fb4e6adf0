import { z } from 'zod';
import { log10, pow } from '../numerics/index.js';
import { normal, stream } from '../random/index.js';
import { metres, ratio } from '../scenario/quantity.js';

/**
 * Clients inside buildings or cars: outdoor-to-indoor loss of 3GPP TR 38.901, section 7.4.3. The
 * outdoor formulas give the loss to the outer wall; shadowing indoors has a sigma of 7 dB and a
 * correlation distance of 7 m in every cell type (Table 7.4.1-1 and 7.5-6), and fading has no direct
 * wave. The depth inside a building is the smaller of two uniform draws.
 */
export const penetrationSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }).meta({ description: 'All clients are outdoors' }),
    z.strictObject({
      kind: z.enum(['low', 'high', 'simple']),
      share: ratio({ min: 0, max: 1 }).default(0.8).meta({ description: 'Part of the clients that are indoors (0.8: 3GPP TR 38.901 Table 7.2-1)' }),
      depth: metres().prefault('25 m').meta({ description: 'Largest depth inside (25 m in urban cells, 10 m in rural ones)' }),
    }).meta({ description: 'Buildings with low loss (standard glass), high loss (coated glass), or the simple 20 dB for carriers below 6 GHz' }),
    z.strictObject({
      kind: z.literal('car'),
      share: ratio({ min: 0, max: 1 }).default(1).meta({ description: 'Part of the clients that are in cars' }),
    }).meta({ description: 'Loss into a car: 9 dB with a sigma of 5 dB' }),
  ])
  .prefault({ kind: 'none' })
  .meta({ description: 'Loss into buildings or cars' });

export type PenetrationOptions = z.output<typeof penetrationSchema>;

export const INDOOR_SIGMA_DB = 7;
export const INDOOR_CORRELATION_M = 7;

const GLASS = (carrierGhz: number): number => 2 + 0.2 * carrierGhz;
const COATED_GLASS = (carrierGhz: number): number => 23 + 0.3 * carrierGhz;
const CONCRETE = (carrierGhz: number): number => 5 + 4 * carrierGhz;

/** A wall of two materials, each with its part of the surface, and 5 dB for oblique incidence. */
function wall(first: number, firstDb: number, secondDb: number): number {
  return 5 - 10 * log10(first * pow(10, -firstDb / 10) + (1 - first) * pow(10, -secondDb / 10));
}

/** Loss through the outer wall in dB at a carrier in GHz, and the spread over links. */
export function wallLoss(kind: 'low' | 'high' | 'simple' | 'car', carrierGhz: number): { meanDb: number; sigmaDb: number } {
  if (kind === 'low') return { meanDb: wall(0.3, GLASS(carrierGhz), CONCRETE(carrierGhz)), sigmaDb: 4.4 };
  if (kind === 'high') return { meanDb: wall(0.7, COATED_GLASS(carrierGhz), CONCRETE(carrierGhz)), sigmaDb: 6.5 };
  return kind === 'simple' ? { meanDb: 20, sigmaDb: 0 } : { meanDb: 9, sigmaDb: 5 };
}

/** Loss into where each client is, in dB: a keyed draw per client; null outdoors. */
export function penetrationLosses(options: PenetrationOptions, seed: number, clients: number, carrierHz: number): readonly (number | null)[] {
  if (options.kind === 'none') return Array.from({ length: clients }, () => null);
  const { meanDb, sigmaDb } = wallLoss(options.kind, carrierHz / 1e9);
  const depth = options.kind === 'car' ? 0 : options.depth;
  return Array.from({ length: clients }, (_, client) => {
    const draws = stream(seed, 'penetration', client);
    if (draws.uniform() >= options.share) return null;
    const inside = depth * Math.min(draws.uniform(), draws.uniform());
    return meanDb + 0.5 * inside + sigmaDb * normal(draws);
  });
}
