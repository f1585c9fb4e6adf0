import { z } from 'zod';
import type { PlannerState, PlanningSituation } from '../contract.js';
import { shareOfHorizon, type SeenRounds } from '../horizon.js';
import { predictRanges } from '../ranges.js';
import { minimumBudgetJ, separableProblem } from '../separable.js';
import { affordableRound, emptyOutcome, outcomeOf, requireBudget } from '../situation.js';
import { solveBitPlan } from '../solve.js';
import type { PlannerEntry } from './entry.js';
import { firstRound, problemOf } from './fedaq.js';

const schema = z.strictObject({});

/** Budget of past rounds that was not used, negative where later rounds were drawn on, and the energies seen. */
const memorySchema = z.object({
  carriedJ: z.number(),
  seen: z.object({ energyPerBitJ: z.array(z.array(z.number())) }).nullable(),
});
type Memory = z.output<typeof memorySchema>;

/**
 * FedAQ-style planning with one budget for the run instead of one per round: what the rounds' budgets
 * add up to is spent where it helps most, by a receding horizon that knows no future channel
 * (`shareOfHorizon`). A single round may exceed its own budget; the run does not exceed their sum,
 * later budgets being taken as high as the present one.
 */
export const fedaqRun: PlannerEntry<z.output<typeof schema>> = {
  name: 'fedaq-run',
  describe: 'as fedaq, with the rounds\' budgets pooled over the run and spent by a receding horizon',
  source: 'Qu, Song, Tsui, arXiv 2406.18156, reconstructed; the horizon policy is this project\'s',
  usesLoss: false,
  needsBudget: true,
  poolsRounds: true,
  schema,
  create: () => ({
    plan(situation) {
      requireBudget(situation, 'fedaq-run');
      const memory: Memory = situation.state === null ? { carriedJ: 0, seen: null } : memorySchema.parse(situation.state);
      const perRoundJ = situation.budgetJ ?? 0;
      const roundsLeft = Math.max(1, situation.rounds - situation.round);
      const availableJ = Math.max(0, memory.carriedJ + perRoundJ * roundsLeft);
      const { budgetJ, seen } = roundShare(situation, availableJ, roundsLeft, memory.seen);
      const within: PlanningSituation = { ...situation, budgetJ };
      const round = affordableRound(within);
      const stateAfter = (plannedJ: number): PlannerState => ({ carriedJ: memory.carriedJ + perRoundJ - plannedJ, seen: seen === null ? null : { ...seen } });
      if (round.clients.length === 0) return emptyOutcome(within, round.dropped, stateAfter(0));
      const { ranges } = predictRanges(round.clients, null, { newest: 1 });
      const lengths = ranges === null ? firstRound(within, round) : solutionLengths(within, round, ranges);
      const outcome = outcomeOf(within, round, { ...lengths, state: {} });
      return { ...outcome, state: stateAfter(outcome.plannedEnergyJ) };
    },
  }),
};

function solutionLengths(...[situation, round, ranges]: Parameters<typeof problemOf>) {
  const solution = solveBitPlan(problemOf(situation, round, ranges));
  return { uplinkBits: solution.uplinkBits, downlinkBits: solution.downlinkBits, solution };
}

/** This round's share of what the run has left, constants included. */
function roundShare(situation: PlanningSituation, availableJ: number, roundsLeft: number, before: SeenRounds | null): { budgetJ: number; seen: SeenRounds | null } {
  const everybody = affordableRound({ ...situation, budgetJ: Infinity });
  const { ranges } = predictRanges(everybody.clients, null, { newest: 1 });
  const constantsJ = situation.clients.reduce((sum, { constantJ }) => sum + constantJ, situation.downlink.constantJ);
  const evenJ = availableJ / roundsLeft;
  const forLengthsJ = availableJ - constantsJ * roundsLeft;
  if (ranges === null || forLengthsJ <= 0) return { budgetJ: evenJ, seen: before };
  const problem = problemOf(situation, { ...everybody, budgetJ: forLengthsJ }, ranges);
  const share = shareOfHorizon(problem, before, forLengthsJ, roundsLeft);
  // A round dearer than expected still sends its smallest lengths while the run can pay them.
  const smallestJ = minimumBudgetJ(separableProblem(problem));
  return { budgetJ: Math.min(availableJ, constantsJ + Math.max(share.budgetJ, Math.min(smallestJ, evenJ))), seen: share.seen };
}
