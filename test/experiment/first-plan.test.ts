import { describe, expect, it } from 'vitest';
import { firstPlan, RANGE_SHARE } from '../../src/experiment/first-plan.js';
import { solveBitPlan } from '../../src/planner/index.js';
import { runTrial, trialsOf } from './in-thread.js';

const request = (overrides: readonly string[]) => ({ scenario: 'smoke', overrides, seeds: null, workers: 1, engine: 'portable', dataDir: null });
const FEDAQ = 'schemes=[{name: fedavg}, {name: fedaq}]';
const CHOICE = { scheme: null, uplinkRange: null };

describe('the planning problem of the first round', () => {
  it('has the prices, the range of the model and the budget that the first round of the run has', async () => {
    const { problem, scheme, clients, constantsJ } = await firstPlan(request([FEDAQ]), CHOICE);
    const { rounds: [row] } = await runTrial((await trialsOf('smoke', [FEDAQ, 'task.rounds=1'])).create(1));
    expect(scheme).toBe('fedaq');
    expect(clients).toEqual([0, 1, 2, 3]);
    expect(problem.downlink.energyPerBitJ).toBe(row.downlink_unit_energy_j);
    expect(problem.downlink.range).toBe(row.downlink_range);
    expect(problem.uplink.reduce((sum, { energyPerBitJ }) => sum + energyPerBitJ, 0) / 4).toBe(row.uplink_unit_energy_j);
    expect(problem.budgetJ + constantsJ).toBeCloseTo(row.budget_j!, 15);
    expect(problem.uplink[0].range).toBe(RANGE_SHARE * problem.downlink.range);
    expect(solveBitPlan(problem).optimal).toBe(true);
  });

  it('takes the range that it is given, and the scheme by its label', async () => {
    const { problem, scheme } = await firstPlan(request(['schemes=[{name: fedaq}, {name: fixed, label: other, options: {bits: planned}}]']), { scheme: 'other', uplinkRange: 0.01 });
    expect(scheme).toBe('other');
    expect(problem.uplink.map(({ range }) => range)).toEqual([0.01, 0.01, 0.01, 0.01]);
  });

  it('plans for those who take part', async () => {
    const { clients } = await firstPlan(request([FEDAQ, 'protocol.participation={kind: random, perRound: 2}']), CHOICE);
    expect(clients).toHaveLength(2);
  });

  it.each([
    ['NO_PLANNED_SCHEME', ['schemes=[{name: fedavg}]'], CHOICE],
    ['NO_PLANNED_SCHEME', [FEDAQ], { ...CHOICE, scheme: 'fedavg' }],
    ['NO_PARTICIPANTS', [FEDAQ, 'protocol.participation={kind: threshold, gain: 0 dB}'], CHOICE],
    ['PLAN_NEEDS_BUDGET', ['schemes=[{name: fixed, options: {bits: planned}, planner: {name: fixed}}]', 'budget=null'], CHOICE],
  ])('refuses with %s what leaves nothing to plan', async (code, overrides, options) => {
    await expect(firstPlan(request(overrides), options)).rejects.toMatchObject({ code });
  });
});
