import type { ClientId, Participant } from './contract.js';

/** What one client contributes to an aggregate. */
export interface Share<Upload> {
  readonly client: ClientId;
  readonly weight: number;
  readonly upload: Upload;
}

/** What the participants of a round contribute, of those that were heard. */
export function sharesOf<Upload>(participants: readonly Participant[], uploads: ReadonlyMap<ClientId, Upload>): Share<Upload>[] {
  return participants.flatMap(({ client, weight }) => {
    const upload = uploads.get(client);
    return upload === undefined ? [] : [{ client, weight, upload }];
  });
}

/**
 * Mean of the vectors (`size` elements each) under weights renormalised over the shares given, summed
 * in double precision in the order of the clients, so that it does not depend on who came first.
 */
export function weightedMean<Upload>(shares: readonly Share<Upload>[], size: number, vector: (upload: Upload) => Float32Array): Float64Array {
  const ordered = [...shares].sort((a, b) => a.client - b.client);
  const total = ordered.reduce((sum, { weight }) => sum + weight, 0);
  const mean = new Float64Array(size);
  for (const { weight, upload } of ordered) {
    const values = vector(upload);
    const share = total > 0 ? weight / total : 1 / ordered.length;
    for (let j = 0; j < size; j++) mean[j] = mean[j] + share * values[j];
  }
  return mean;
}
