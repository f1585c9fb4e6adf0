import type { ChannelOptions } from './schema.js';
import { gaussianField } from './field.js';
import { INDOOR_CORRELATION_M, INDOOR_SIGMA_DB } from './penetration.js';

/** Shadowing in dB along a client's path. */
export interface Shadowing {
  outdoor(client: number, pathM: number, lineOfSight: boolean, modelSigmaDb: number): number;
  indoor(client: number, pathM: number): number;
}

/**
 * One field for line of sight and an independent one for blocked, so that a flip of the state draws anew; one indoors.
 *
 * @param purpose tells the links to one transmitter from those to another
 */
export function shadowing(
  options: ChannelOptions['shadowing'], seed: number, model: { readonly lineOfSight: number; readonly blocked: number }, purpose: string = 'shadowing',
): Shadowing {
  if (options.kind === 'none') return { outdoor: () => 0, indoor: () => 0 };
  const { sigma, correlationDistance } = options;
  const clear = gaussianField(seed, `${purpose}-line-of-sight`, correlationDistance ?? model.lineOfSight);
  const blocked = gaussianField(seed, `${purpose}-blocked`, correlationDistance ?? model.blocked);
  const indoors = gaussianField(seed, `${purpose}-indoors`, correlationDistance ?? INDOOR_CORRELATION_M);
  return {
    outdoor: (client, pathM, lineOfSight, modelSigmaDb) => (sigma ?? modelSigmaDb) * (lineOfSight ? clear : blocked).at(client, pathM),
    indoor: (client, pathM) => (sigma ?? INDOOR_SIGMA_DB) * indoors.at(client, pathM),
  };
}
