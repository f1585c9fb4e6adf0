import { z } from 'zod';
import { cos, sin } from '../numerics/index.js';
import { stream } from '../random/index.js';
import { inputError } from '../errors.js';
import { metres, POSITIVE } from '../scenario/quantity.js';
import { uniformPoint } from './motion.js';
import type { Area, Point } from './motion.js';

/** Where clients start; the base station is at the origin. */
export const placementSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('uniform') }).meta({ description: 'Drawn uniformly over the area of the cell' }),
    z.strictObject({ kind: z.literal('ring'), distance: metres(POSITIVE) }).meta({ description: 'All at one distance, at even angles' }),
    z.strictObject({
      kind: z.literal('explicit'),
      positions: z.array(z.tuple([metres({}), metres({})])).min(1),
    }).meta({ description: 'Given as pairs of coordinates, one for each client' }),
  ])
  .prefault({ kind: 'uniform' });

export type Placement = z.output<typeof placementSchema>;

/** Start of each client, a function of (seed, client). */
export function placeClients(placement: Placement, area: Area, seed: number, clients: number): Point[] {
  if (placement.kind === 'explicit' && placement.positions.length !== clients) {
    throw inputError('CHANNEL_PLACEMENT_COUNT', `the placement gives ${placement.positions.length} positions for ${clients} clients`, {
      expected: 'one position for each client',
    });
  }
  return Array.from({ length: clients }, (_, client) => {
    if (placement.kind === 'explicit') {
      const [xM, yM] = placement.positions[client];
      return { xM, yM };
    }
    if (placement.kind === 'ring') {
      const angle = (2 * Math.PI * client) / clients;
      return { xM: placement.distance * cos(angle), yM: placement.distance * sin(angle) };
    }
    const draws = stream(seed, 'placement', client);
    return uniformPoint(area, draws.uniform(), draws.uniform());
  });
}
