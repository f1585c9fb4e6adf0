/** What past rounds were granted and have really spent: plain data for a checkpoint. */
export interface BudgetAccount {
  /** Sum of the past rounds' own budgets. */
  readonly grantedJ: number;
  /** Sum of what they spent on what the budget covers, retransmissions and fading included. */
  readonly spentJ: number;
}

export const EMPTY_ACCOUNT: BudgetAccount = { grantedJ: 0, spentJ: 0 };

/**
 * How rounds share their budgets.
 *
 * - `per-round`: each round has its own, whatever others spent.
 * - `carry-over`: what the past rounds left of theirs is added, what they overspent is taken off.
 *   A debt above the round's own budget leaves nothing, and the rest of it goes on.
 * - `hard-stop`: each round has its own, until the run has spent the sum of all rounds' budgets:
 *   the last round before that has what is left, the rounds after it nothing, and send nothing.
 */
export const BUDGET_POLICIES = ['per-round', 'carry-over', 'hard-stop'] as const;
export type BudgetPolicy = (typeof BUDGET_POLICIES)[number];

/** The budget of a run under a policy; all that it depends on is the account. */
export interface RunBudget {
  /** Joules that the plan of a round (from 0) may use; never negative. */
  forRound(round: number, account: BudgetAccount): number;
  /** The account after a round. */
  settle(round: number, account: BudgetAccount, spentJ: number): BudgetAccount;
}

/** @param ownJ budget that the scenario gives to a round, from 0 */
export function runBudget(policy: BudgetPolicy, ownJ: (round: number) => number, rounds: number): RunBudget {
  let wholeRunJ = Infinity;
  if (policy === 'hard-stop') {
    wholeRunJ = 0;
    for (let round = 0; round < rounds; round++) wholeRunJ += ownJ(round);
  }
  return {
    forRound(round, { grantedJ, spentJ }) {
      const own = ownJ(round);
      if (policy === 'carry-over') return Math.max(0, own + (grantedJ - spentJ));
      return Math.max(0, Math.min(own, wholeRunJ - spentJ));
    },
    settle: (round, { grantedJ, spentJ }, spentNowJ) => ({ grantedJ: grantedJ + ownJ(round), spentJ: spentJ + spentNowJ }),
  };
}
