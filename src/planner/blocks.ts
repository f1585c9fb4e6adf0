import { inputError } from '../errors.js';
import { relativeGap, solveInteger } from './integer.js';
import { solveRelaxed } from './relaxed.js';
import { planEnergyJ, requireFeasible, separableOf, separableTerm } from './separable.js';

/** One block (such as a tensor) of a message that is quantized with a range and a length of its own. */
export interface BlockTerm {
  /** Parameters in the block. */
  readonly size: number;
  readonly range: number;
}

/** A message cut into blocks. */
export interface BlockMessage {
  /** Energy of one more bit of length in every block. */
  readonly energyPerBitJ: number;
  /** Energy of the header of one block (its length and its range). */
  readonly headerJ: number;
  /** p_i of an upload; the square root of A_d for the broadcast. */
  readonly weight: number;
  readonly blocks: readonly BlockTerm[];
}

export interface BlockPlanProblem {
  readonly messages: readonly BlockMessage[];
  readonly budgetJ: number;
  readonly bMin: number;
  readonly bMax: number;
}

export interface BlockPlan {
  /** By message, then block. */
  readonly bits: readonly (readonly number[])[];
  readonly objective: number;
  /** Lower bound of every plan: the continuous optimum. */
  readonly relaxedObjective: number;
  readonly multiplier: number;
  /** Lengths and headers. */
  readonly energyJ: number;
  /** Certified, as in a bit plan: 0 where proved optimal. */
  readonly gap: number;
  readonly optimal: boolean;
}

/**
 * Lengths per block of every message. A block of size d_k in a message of d parameters adds
 * weight^2 (d_k / d) R_k^2 / (2^b - 1)^2 to the objective (the bound's error is a sum over
 * parameters; with one block it is the problem without blocks), and costs the share d_k / d of the
 * message's energy per bit. Headers are a constant. The problem is separable as before, so that the
 * same exact solver serves.
 *
 * Errors: PLAN_BLOCKS for a block without parameters; those of `solveBitPlan`.
 */
export function solveBlockPlan({ messages, budgetJ, bMin, bMax }: BlockPlanProblem): BlockPlan {
  const headersJ = messages.reduce((sum, { headerJ, blocks }) => sum + headerJ * blocks.length, 0);
  const terms = messages.flatMap((message, i) => {
    const parameters = message.blocks.reduce((sum, { size }) => sum + size, 0);
    return message.blocks.map(({ size, range }, k) => {
      if (!(size > 0 && size < Infinity)) {
        throw inputError('PLAN_BLOCKS', `block ${k} of message ${i} has ${size} parameters`, { expected: 'a positive number of parameters' });
      }
      const share = size / parameters;
      const term = { weight: message.weight, range, energyPerBitJ: message.energyPerBitJ * share };
      return separableTerm(`block ${k} of message ${i}`, term, message.weight * message.weight * share);
    });
  });
  const problem = separableOf(terms, { budgetJ: budgetJ - headersJ, bMin, bMax });
  requireFeasible(problem);
  const relaxed = solveRelaxed(problem);
  const integer = solveInteger(problem, relaxed.multiplier);
  let next = 0;
  return {
    bits: messages.map(({ blocks }) => blocks.map(() => integer.bits[next++])),
    objective: integer.objective,
    relaxedObjective: relaxed.objective,
    multiplier: relaxed.multiplier,
    energyJ: headersJ + planEnergyJ(problem.energyJ, integer.bits),
    gap: relativeGap(integer),
    optimal: integer.optimal,
  };
}
