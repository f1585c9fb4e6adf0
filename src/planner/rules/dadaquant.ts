import { z } from 'zod';
import { cbrt } from '../../numerics/index.js';
import type { PlannerState } from '../contract.js';
import { lengthForIntervals } from '../fit-budget.js';
import { plannerOfRule, type PlannerEntry } from './entry.js';

const schema = z.strictObject({
  levelsMin: z.int().min(1).default(1).describe('levels q of the first round'),
  levelsMax: z.int().min(1).default(65_535).describe('levels are not doubled beyond'),
  memory: z.number().min(0).lt(1).default(0.9).describe('share psi of the past in the running loss'),
  patience: z.number().positive().max(1).default(0.1).describe('share of all rounds without progress after which levels double'),
  downlinkBits: z.int().min(1).max(32).nullable().default(null).describe('bit length of the broadcast; null for the longest the scheme has'),
});

/** Levels q, the running loss after each round seen (oldest first), and the round of the last doubling. */
const memorySchema = z.object({ levels: z.number(), running: z.array(z.number()), since: z.number() });
type Memory = z.output<typeof memorySchema>;

/**
 * DAdaQuant: levels double when the running loss has not fallen for phi = patience * rounds rounds
 * (and are held at least as long), and differ by client so that the aggregate's variance is that of
 * equal levels with fewest bits: q_i = max(1, round(sqrt(a / b) w_i^(2/3))), a = sum w_j^(2/3),
 * b = sum w_j^2 / q^2.
 */
export const dadaquant: PlannerEntry<z.output<typeof schema>> = {
  name: 'dadaquant',
  describe: 'uplink levels that double when the loss stalls, spread over clients by their weight (DAdaQuant)',
  source: 'Hönig, Zhao, Mullins, DAdaQuant, arXiv 2111.00465, rule as printed there',
  usesLoss: true,
  needsBudget: false,
  schema,
  create: (options) =>
    plannerOfRule((situation, clients) => {
      const memory = advance(memoryOf(situation.state, options.levelsMin), situation.lossHistory, situation.rounds, options);
      const a = clients.reduce((sum, { weight }) => sum + twoThirds(weight), 0);
      const b = clients.reduce((sum, { weight }) => sum + (weight * weight) / (memory.levels * memory.levels), 0);
      const scale = Math.sqrt(a / b);
      return {
        uplink: clients.map(({ weight }) => lengthForIntervals(Math.max(1, Math.round(scale * twoThirds(weight))))),
        downlink: options.downlinkBits ?? situation.bitsMax,
        state: { ...memory },
      };
    }),
};

function memoryOf(state: PlannerState | null, levelsMin: number): Memory {
  return state === null ? { levels: levelsMin, running: [], since: 0 } : memorySchema.parse(state);
}

/** Takes in the losses of rounds not seen yet and doubles where they stall. */
function advance(
  memory: Memory, losses: readonly number[], rounds: number, { memory: psi, patience, levelsMax }: z.output<typeof schema>,
): Memory {
  const hold = Math.max(1, Math.round(patience * rounds));
  const running = [...memory.running];
  let { levels, since } = memory;
  for (let round = running.length; round < losses.length; round++) {
    running.push(round === 0 ? losses[0] : psi * running[round - 1] + (1 - psi) * losses[round]);
    const earlier = running[round + 1 - hold - 1];
    if (earlier === undefined || round - since < hold || running[round] < earlier) continue;
    levels = Math.min(2 * levels, levelsMax);
    since = round;
  }
  return { levels, running, since };
}

function twoThirds(weight: number): number {
  const root = cbrt(weight);
  return root * root;
}
