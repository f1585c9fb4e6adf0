import { describe, expect, it } from 'vitest';
import { EMPTY_ACCOUNT, runBudget, type BudgetPolicy } from '../../src/planner/index.js';
import { runTrial, trialsOf } from '../experiment/in-thread.js';

/** Budgets of the rounds when they spend this much each. */
function played(policy: BudgetPolicy, ownJ: readonly number[], spentJ: readonly number[]): number[] {
  const budget = runBudget(policy, (round) => ownJ[round], ownJ.length);
  let account = EMPTY_ACCOUNT;
  return spentJ.map((spent, round) => {
    const available = budget.forRound(round, account);
    account = budget.settle(round, account, spent);
    return available;
  });
}

describe('a budget policy', () => {
  it('gives every round its own budget, whatever others spent', () => {
    expect(played('per-round', [4, 5, 6], [9, 0, 1])).toEqual([4, 5, 6]);
  });

  it('carries over what was left and what was overspent, never below nothing', () => {
    expect(played('carry-over', [4, 4, 4, 4], [3, 6, 15, 0])).toEqual([4, 5, 3, 0]);
    // The debt of 8 is paid from two rounds' budgets.
    expect(played('carry-over', [4, 4, 4, 4], [12, 0, 0, 0])).toEqual([4, 0, 0, 4]);
  });

  it('stops hard at the sum of all budgets: the last round has what is left, the rest nothing', () => {
    expect(played('hard-stop', [4, 4, 4, 4], [6, 6, 4, 1])).toEqual([4, 4, 4, 0]);
    expect(played('hard-stop', [4, 4, 4], [5, 5, 2])).toEqual([4, 4, 2]);
    expect(played('hard-stop', [4, 4, 4], [1, 1, 1])).toEqual([4, 4, 4]);
  });
});

describe('a study under a budget policy', () => {
  // Deep fades lose packets, so that rounds really spend something else than planned.
  const study = (policy: BudgetPolicy, ...more: string[]) =>
    trialsOf('smoke', ['schemes=[{name: fedaq}]', 'task.rounds=6', `budget.policy=${policy}`, 'channel.fading.kind=rayleigh', ...more]);

  it('adds up what rounds really spent under carry-over', async () => {
    const { rounds } = await runTrial((await study('carry-over')).create(0));
    let carriedJ = 0;
    for (const { budget_j, planned_energy_j, budget_spent_j } of rounds) {
      expect(budget_j!).toBeCloseTo(Math.max(0, 0.06 + carriedJ), 14);
      expect(planned_energy_j!).toBeLessThanOrEqual(budget_j!);
      carriedJ += 0.06 - budget_spent_j!;
    }
    expect(new Set(rounds.map(({ budget_j }) => budget_j)).size).toBe(6);
  });

  it('sends nothing after a hard stop, and the model stays as it is', async () => {
    // As if every round cost four times as much as the ledger says.
    const trial = (await study('hard-stop')).create(0);
    const { budget } = trial.setup.planner;
    const setup = { ...trial.setup, planner: { ...trial.setup.planner, budget: budget && { ...budget, settle: (...[round, account, spentJ]: Parameters<typeof budget.settle>) => budget.settle(round, account, 4 * spentJ) } } };
    const { rounds } = await runTrial({ ...trial, setup });
    const stopped = rounds.filter(({ participants }) => participants === 0);
    expect(stopped.length).toBeGreaterThan(2);
    for (const row of stopped) expect([row.budget_spent_j, row.dropped]).toEqual([0, 4]);
    expect(rounds.slice(-stopped.length)).toEqual(stopped);
    expect(new Set(rounds.slice(-stopped.length - 1).map(({ loss }) => loss)).size).toBe(1);
  });

  it.each(['carry-over', 'hard-stop'] as const)('goes on from a snapshot to the same rows and bytes under %s', async (policy) => {
    const trials = await study(policy);
    const whole = await runTrial(trials.create(0));
    const rest = await runTrial(trials.create(0), whole.snapshots[2]);
    expect(rest.rounds).toEqual(whole.rounds.slice(3));
    expect(rest.snapshots.map((bytes) => Buffer.concat([...bytes]).toString('base64'))).toEqual(whole.snapshots.slice(3).map((bytes) => Buffer.concat([...bytes]).toString('base64')));
  });

  it('refuses a planner that pools the rounds by itself', async () => {
    await expect(study('carry-over', 'schemes=[{name: fedaq, planner: {name: fedaq-run}}]')).rejects.toMatchObject({ code: 'PLAN_POLICY' });
  });
});
