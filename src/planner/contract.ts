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
  /** Largest length of this uplink, where it is below that of the problem (a battery, a cap on a client's energy). */
  readonly bMax?: number;
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

/** State of a planner between rounds: plain data for a checkpoint. */
export type PlannerState = { readonly [key: string]: PlannerStateValue };
export type PlannerStateValue =
  | number | string | boolean | null
  | readonly PlannerStateValue[]
  | { readonly [key: string]: PlannerStateValue };

/** One client as the server knows it when it plans. */
export interface SituationClient {
  readonly client: number;
  /** Aggregation weight p_i of this round. */
  readonly weight: number;
  /** Energy of one bit of bit length of this client's upload, from its quote. */
  readonly energyPerBitJ: number;
  /** Energy of this client's messages at bit length 0 (headers, side information). */
  readonly constantJ: number;
  /** Range of its last received upload; null before the first. */
  readonly range: number | null;
}

/** All a planner may use: what the server knows before the round. */
export interface PlanningSituation {
  /** From 0. */
  readonly round: number;
  /** Rounds of the study. */
  readonly rounds: number;
  /** The participants, in ascending order of `client`. */
  readonly clients: readonly SituationClient[];
  readonly downlink: {
    readonly energyPerBitJ: number;
    readonly constantJ: number;
    /** Range of what the broadcast will quantize. */
    readonly range: number;
    /** A_d of the bound. */
    readonly weight: number;
  };
  /** Energy this round may spend, constants included; null where the scenario sets no budget. */
  readonly budgetJ: number | null;
  readonly bitsMin: number;
  readonly bitsMax: number;
  /** Mean training loss of each past round, oldest first. */
  readonly lossHistory: readonly number[];
  /** What this planner returned as `state` last round; null in the first. */
  readonly state: PlannerState | null;
}

/** A plan, final for the round. */
export interface PlanOutcome {
  /** By client, in ascending order, without the dropped ones. */
  readonly uplinkBits: ReadonlyMap<number, number>;
  /** 0 where not even the broadcast and one client fit, so that the round sends nothing. */
  readonly downlinkBits: number;
  /** Energy of the plan by the quotes, constants included; never above the budget. */
  readonly plannedEnergyJ: number;
  /** Clients left out because the smallest lengths of all exceeded the budget, in the order they were dropped. */
  readonly dropped: readonly number[];
  /** Certificate of the optimiser; null for rules that solve no problem, and where nothing is sent. */
  readonly solution: BitPlanSolution | null;
  readonly state: PlannerState;
}

/** A planner made from validated options; all it remembers goes through `state`. */
export interface Planner {
  plan(situation: PlanningSituation): PlanOutcome;
}
