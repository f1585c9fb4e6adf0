import { exp, pow } from '../../numerics/index.js';
import type { LineOfSightData } from '../model-data.js';

/** Probability of line of sight over the horizontal distance: 3GPP TR 38.901 Table 7.4.2-1. */
export function lineOfSightProbability(data: LineOfSightData, office: 'mixed' | 'open', clientHeightM: number): (distanceM: number) => number {
  if (data.kind === 'office') return office === 'mixed' ? mixedOffice : openOffice;
  const { certainWithin, decay } = data;
  if (data.kind === 'rural') return (d) => (d <= certainWithin ? 1 : exp(-(d - certainWithin) / decay));
  const heightFactor = data.highClients && clientHeightM > 13 ? 1.25 * pow((clientHeightM - 13) / 10, 1.5) : 0;
  return (d) => {
    if (d <= certainWithin) return 1;
    const base = certainWithin / d + exp(-d / decay) * (1 - certainWithin / d);
    if (heightFactor === 0) return base;
    const hundreds = d / 100;
    return Math.min(1, base * (1 + heightFactor * hundreds * hundreds * hundreds * exp(-d / 150)));
  };
}

function mixedOffice(d: number): number {
  if (d <= 1.2) return 1;
  return d < 6.5 ? exp(-(d - 1.2) / 4.7) : 0.32 * exp(-(d - 6.5) / 32.6);
}

function openOffice(d: number): number {
  if (d <= 5) return 1;
  return d <= 49 ? exp(-(d - 5) / 70.8) : 0.54 * exp(-(d - 49) / 211.7);
}
