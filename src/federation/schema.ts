import { z } from 'zod';
import { POSITIVE, seconds } from '../scenario/quantity.js';
import { participationSchema } from './participation.js';

/** How rounds are run. */
export const federationSchema = z
  .strictObject({
    participation: participationSchema,
    deadline: seconds(POSITIVE)
      .nullable()
      .default(null)
      .meta({ description: 'length of a round after which whoever is not done is late; null waits for everybody' }),
  })
  .prefault({});

export type FederationOptions = z.output<typeof federationSchema>;
