import { z } from 'zod';
import { decibels, hertz, metres, POSITIVE } from '../scenario/quantity.js';
import { fadingSchema } from './fading.js';
import { motionSchema } from './motion.js';
import { pathLossSchema } from './path-loss/table.js';
import { penetrationSchema } from './penetration.js';
import { placementSchema } from './placement.js';

const cellSchema = z
  .strictObject({
    radius: metres(POSITIVE).prefault('250 m').meta({ description: 'Clients are placed and move within this distance of the base station' }),
    minDistance: metres(POSITIVE).prefault('10 m').meta({ description: 'Clients are not placed nearer than this' }),
    baseHeight: metres().prefault('10 m').meta({ description: 'Height of the base station antenna (10 m: 3GPP urban micro)' }),
    clientHeight: metres().prefault('1.5 m').meta({ description: 'Height of the client antennas' }),
  })
  .refine((cell) => cell.minDistance < cell.radius, { message: 'minDistance must be below radius', path: ['minDistance'] })
  .prefault({});

const shadowingSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('correlated'),
      sigma: decibels({ min: 0 }).optional().meta({ description: 'Standard deviation in both states; that of the path loss model unless given' }),
      correlationDistance: metres(POSITIVE).optional().meta({ description: 'Correlation distance in both states; that of the path loss model unless given' }),
    }),
    z.strictObject({ kind: z.literal('none') }),
  ])
  .prefault({ kind: 'correlated' })
  .meta({ description: 'Slow fading by obstacles, log-normal and correlated along the path (Gudmundson)' });

/** The cell and its propagation; empty, it is a pedestrian 3GPP urban micro cell at 3.5 GHz. */
export const channelSchema = z
  .strictObject({
    carrier: hertz().prefault('3.5 GHz').meta({ description: 'Carrier frequency' }),
    cell: cellSchema,
    placement: placementSchema,
    pathLoss: pathLossSchema,
    penetration: penetrationSchema,
    shadowing: shadowingSchema,
    fading: fadingSchema,
    motion: motionSchema,
  })
  .prefault({});

export type ChannelOptions = z.output<typeof channelSchema>;
