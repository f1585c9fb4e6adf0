/**
 * Bit-length planning as plain data: the planner knows neither schemes nor radio. Energies are per
 * unit of bit length (all parameters of the model together).
 */

/** Price of one bit of bit length, value range and weight of one uplink. */
export interface UplinkTerm {
  readonly energyPerBitJ: number;
  readonly range: number;
  /** Aggregation weight p_i. */
  readonly weight: number;
}

export interface DownlinkTerm {
  readonly energyPerBitJ: number;
  readonly range: number;
  /** A_d of the bound. */
  readonly weight: number;
}

/**
 * Minimise sum_i p_i^2 R_i^2 / (2^b_i - 1)^2 + A_d R_w^2 / (2^b_d - 1)^2
 * subject to sum_i e_i b_i + e_d b_d <= E, bMin <= b <= bMax.
 */
export interface BitPlanProblem {
  readonly uplink: readonly UplinkTerm[];
  readonly downlink: DownlinkTerm;
  /** What is left for the bit lengths after all constant costs. */
  readonly budgetJ: number;
  readonly bMin: number;
  readonly bMax: number;
}

export interface RelaxedSolution {
  readonly uplinkBits: readonly number[];
  readonly downlinkBits: number;
  readonly objective: number;
  /** Lagrange multiplier of the budget: decrease of the objective per joule; 0 where the budget does not bind. */
  readonly multiplier: number;
}

export interface BitPlanSolution {
  readonly uplinkBits: readonly number[];
  readonly downlinkBits: number;
  readonly objective: number;
  readonly relaxed: RelaxedSolution;
  readonly energyJ: number;
  /** Certified: (objective - lower bound) / lower bound, 0 where it is proved optimal. */
  readonly gap: number;
  readonly optimal: boolean;
  /** What binds: `budget`, or the limits on the lengths. */
  readonly binding: readonly ('budget' | 'bMin' | 'bMax')[];
}
