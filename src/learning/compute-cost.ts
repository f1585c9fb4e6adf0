import { operationsPerSample, type Model } from './model.js';
import type { ComputeOptions } from './schema.js';

export interface ComputeCost {
  readonly durationS: number;
  readonly powerW: number;
  readonly energyJ: number;
}

/** Clock cycles that training on one sample takes: as given, or the model's counted operations over operations per cycle. */
export function cyclesPerSample(model: Model, { cyclesPerSample, operationsPerCycle }: Pick<ComputeOptions, 'cyclesPerSample' | 'operationsPerCycle'>): number {
  if (cyclesPerSample !== null) return cyclesPerSample;
  const { forward, backward } = operationsPerSample(model);
  return (forward + backward) / operationsPerCycle;
}

/**
 * Duration and energy of local training with the common CMOS model (Burd and Brodersen 1996; in
 * federated learning since Tran et al., INFOCOM 2019): t = C D / f and E = kappa C D f^2 (power kappa f^3),
 * for C cycles per sample and D samples seen, all local epochs counted.
 */
export function trainingCost(
  cycles: number,
  samplesSeen: number,
  { frequency, kappa }: { readonly frequency: number; readonly kappa: number },
): ComputeCost {
  const durationS = (cycles * samplesSeen) / frequency;
  const powerW = kappa * frequency * frequency * frequency;
  return { durationS, powerW, energyJ: powerW * durationS };
}
