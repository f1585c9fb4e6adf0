import { z } from 'zod';
import { decibels, ratioOfDecibels } from '../scenario/quantity.js';
import { loadModelData } from './model-data.js';

/** Names of the tapped delay lines of 3GPP TR 38.901, section 7.7.2. */
export const DELAY_PROFILES = ['A', 'B', 'C', 'D', 'E'] as const;
export type DelayProfileName = (typeof DELAY_PROFILES)[number];

/** A tapped delay line at a delay spread. All powers add up to 1. */
export interface DelayProfile {
  readonly name: DelayProfileName;
  readonly delaySpreadS: number;
  /** Of the scattered taps: delays, and mean powers. */
  readonly delaysS: Float64Array;
  readonly powers: Float64Array;
  /** Power of the line-of-sight part of the first tap; 0 in A to C. */
  readonly directPower: number;
  /** Its Doppler shift relative to the largest. */
  readonly directDoppler: number;
}

const profileSchema = z.strictObject({
  lineOfSight: decibels().optional(),
  delays: z.array(z.number().min(0)).min(1),
  powers: z.array(z.number()).min(1),
});
const dataSchema = z.strictObject({
  name: z.string(),
  describe: z.string(),
  source: z.string(),
  lineOfSightDoppler: z.number(),
  profiles: z.record(z.enum(DELAY_PROFILES), profileSchema),
});

/** The same profile at another delay spread. */
export function scaledProfile(profile: DelayProfile, delaySpreadS: number): DelayProfile {
  const factor = delaySpreadS / profile.delaySpreadS;
  return { ...profile, delaySpreadS, delaysS: profile.delaysS.map((delayS) => delayS * factor) };
}

/**
 * The profile of that name with its delays scaled to a root mean square delay spread (3GPP TR 38.901,
 * eq. 7.7-1). The tables are normalised to a delay spread of 1 only as far as they are rounded (0.994
 * to 1.001).
 */
export function delayProfile(name: DelayProfileName, delaySpreadS: number): DelayProfile {
  const data = loadModelData('tdl-profiles', dataSchema);
  const { lineOfSight, delays, powers } = data.profiles[name];
  const direct = lineOfSight === undefined ? 0 : ratioOfDecibels(lineOfSight);
  const scattered = powers.map(ratioOfDecibels);
  const total = scattered.reduce((sum, power) => sum + power, direct);
  return {
    name,
    delaySpreadS,
    delaysS: Float64Array.from(delays, (delay) => delay * delaySpreadS),
    powers: Float64Array.from(scattered, (power) => power / total),
    directPower: direct / total,
    directDoppler: data.lineOfSightDoppler,
  };
}
