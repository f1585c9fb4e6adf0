import { besselI0Scaled, besselJ0, cos, erf, exp, sin } from '../numerics/index.js';

/**
 * Second-order statistics of a direct wave with a Doppler shift of its own among scattered waves from all
 * around (Clarke), at unit mean power. The envelope r and the angle theta between the sum and the direct wave have
 *
 *   p(r, theta) = r / (2 pi s^2) exp(-(r^2 + rho^2 - 2 r rho cos theta) / (2 s^2)),
 *   rho^2 = K / (K + 1), s^2 = 1 / (2 (K + 1)),
 *
 * and the slope of the envelope is normal around m = 2 pi f_direct rho sin theta with the variance
 * b = 2 (pi s f)^2 (the scattered waves and their derivatives are independent, since their spectrum is even). Rice's
 * formula (Mathematical analysis of random noise, 1944 and 1945; Rice 1948) then is an integral over the angle,
 * taken numerically: the integrand is smooth and periodic.
 */
export interface ScatteredLink {
  readonly kFactor: number;
  /** Largest Doppler shift of the scattered waves. */
  readonly dopplerHz: number;
  readonly directDopplerHz: number;
}

/** Fewest parts of the half circle, and how many there are to the width of the peak of the integrand. */
const LEAST_PARTS = 128;
const PARTS_PER_WIDTH = 8;

/** Upward crossings per second of a power relative to the mean. */
export function levelCrossingRate({ kFactor, dopplerHz, directDopplerHz }: ScatteredLink, power: number): number {
  if (power <= 0 || kFactor === Infinity || dopplerHz === 0) return 0;
  const r = Math.sqrt(power);
  if (directDopplerHz === 0) return fixedDirectCrossings(kFactor, dopplerHz, r);
  const rho = Math.sqrt(kFactor / (kFactor + 1));
  const doubleVariance = 1 / (kFactor + 1);
  const slopeDeviation = Math.PI * dopplerHz * Math.sqrt(doubleVariance);
  const most = 2 * Math.PI * directDopplerHz * rho;
  const parts = Math.max(LEAST_PARTS, Math.ceil(PARTS_PER_WIDTH * Math.sqrt((r * rho) / doubleVariance)));
  let sum = 0;
  for (let part = 0; part <= parts; part++) {
    const theta = (Math.PI * part) / parts;
    const density = exp(-((r - rho) * (r - rho) + 2 * r * rho * (1 - cos(theta))) / doubleVariance);
    const slope = (most * sin(theta)) / slopeDeviation;
    // Both signs of the angle together.
    const upward = Math.sqrt(2 / Math.PI) * exp(-0.5 * slope * slope) + slope * erf(slope * Math.SQRT1_2);
    sum += (part === 0 || part === parts ? 0.5 : 1) * density * upward;
  }
  return ((r / (Math.PI * doubleVariance)) * slopeDeviation * sum * Math.PI) / parts;
}

/** The closed form where the direct wave stands still: sqrt(2 pi (K + 1)) f r exp(-K - (K + 1) r^2) I0(2 r sqrt(K (K + 1))). */
function fixedDirectCrossings(kFactor: number, dopplerHz: number, r: number): number {
  const argument = 2 * r * Math.sqrt(kFactor * (kFactor + 1));
  return Math.sqrt(2 * Math.PI * (kFactor + 1)) * dopplerHz * r * exp(argument - kFactor - (kFactor + 1) * r * r) * besselI0Scaled(argument);
}

/** Covariance of the power at two moments that far apart: its variance is that at 0. */
export function powerCovariance({ kFactor, dopplerHz, directDopplerHz }: ScatteredLink, lagS: number): number {
  if (kFactor === Infinity) return 0;
  const scattered = besselJ0(2 * Math.PI * dopplerHz * lagS);
  const turns = directDopplerHz * lagS;
  return (2 * kFactor * cos(2 * Math.PI * (turns - Math.floor(turns))) * scattered + scattered * scattered) / ((1 + kFactor) * (1 + kFactor));
}
