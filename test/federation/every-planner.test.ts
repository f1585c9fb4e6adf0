import { describe, expect, it } from 'vitest';
import { schemes } from '../../src/compression/index.js';
import { planners } from '../../src/planner/index.js';
import { layoutOf } from '../compression/world.js';
import { runTrial, trialsOf } from '../experiment/in-thread.js';

const LAYOUT = layoutOf([40, 8]);

/** The options with which a scheme leaves its bit lengths to a planner, and nobody stays silent; null where it has none. */
function plannedOptions(name: string): object | null {
  const scheme = schemes.find(name);
  return [{}, { bits: 'planned', maxSkips: 0 }, { bits: 'planned' }, { uplink: [{ quantize: { bits: 'planned' } }] }].find((options) => {
    const parsed = scheme.schema.safeParse(options);
    return parsed.success && scheme.planning(parsed.data, LAYOUT, 4, scheme.inputs[0]) !== null;
  }) ?? null;
}

const planned = schemes.names.filter((name) => plannedOptions(name) !== null);
/** Their downlink is float32 as they come, whatever the plan. */
const SENDS_SINGLES = new Set(['wyner-ziv', 'qsgd', 'laq', 'slaq', 'eden', 'chain']);
const OPEN = ['radio.uplink.access={kind: fdma, shares: planned}', 'channel.motion={kind: static}', 'channel.fading={kind: none}'];
const entry = (name: string, options: object, planner: string): string => `schemes=${JSON.stringify([{ name, options, planner: { name: planner } }])}`;

describe('every scheme whose bit lengths can be planned', () => {
  it('is found by its options', () => {
    expect(planned).toEqual(expect.arrayContaining(['fixed', 'fedaq', 'wyner-ziv', 'qsgd', 'laq', 'slaq', 'eden', 'chain']));
  });

  async function requireKept(name: string, options: object, planner: string, budget: string): Promise<void> {
    const input = schemes.find(name).inputs.includes('update') ? [] : ['training.input=gradient'];
    const trials = await trialsOf('smoke', [entry(name, options, planner), 'task.rounds=2', 'task.testSamples=100', `budget.energyPerRound=${budget}`, ...OPEN, ...input]);
    const { rounds, clients } = await runTrial(trials.create(0));
    for (const row of rounds) {
      expect(row.planned_energy_j!).toBeGreaterThan(0);
      if (planner !== 'fedaq-run') expect(row.planned_energy_j!).toBeLessThanOrEqual(row.budget_j!);
      // Static links lose nothing, so that what is left is rounding to packets.
      expect(row.budget_spent_j! / row.planned_energy_j!).toBeGreaterThan(0.9);
      expect(row.budget_spent_j! / row.planned_energy_j!).toBeLessThan(1.03);
    }
    for (const { uplink_bit_length, outcome } of clients) if (outcome === 'delivered') expect(uplink_bit_length!).toBeGreaterThan(0.9);
  }

  const pairs = planned.flatMap((name) => planners.names.map((planner): [string, string] => [name, planner]));
  it.each(pairs)('%s is driven by %s: lengths as planned, within the budget, and energy planned against energy spent', (name, planner) =>
    requireKept(name, plannedOptions(name)!, planner, SENDS_SINGLES.has(name) ? '100 mJ' : '15 mJ'));

  it.each([...SENDS_SINGLES])('%s is planned with the size of a quantized downlink too', (name) =>
    requireKept(name, { ...plannedOptions(name), downlink: [{ quantize: { bits: 8 } }] }, 'fedaq', '40 mJ'));
});

describe('planned schemes whose clients may stay silent', () => {
  const trial = async (name: string, ...more: string[]) =>
    runTrial((await trialsOf('smoke', [entry(name, { bits: 'planned', bitsMin: 8, memoryWeight: 100 }, 'fedaq'), 'task.rounds=3', 'task.testSamples=100', 'budget.energyPerRound=100 mJ', ...more])).create(0));

  it.each(['laq', 'slaq'])('%s plans for all and spends less, by what the silent leave', async (name) => {
    const { rounds, clients } = await trial(name, ...OPEN);
    expect(rounds[0].skipped).toBe(0);
    const silent = rounds.filter(({ skipped }) => skipped > 0);
    expect(silent.length).toBeGreaterThan(0);
    for (const row of silent) expect(row.budget_spent_j!).toBeLessThan(0.98 * row.planned_energy_j!);
    for (const { outcome, uplink_bit_length } of clients) if (outcome === 'delivered') expect(uplink_bit_length!).toBeGreaterThanOrEqual(8);
  });

  it('is the same from a checkpoint', async () => {
    const whole = await trial('laq');
    const resumed = await runTrial((await trialsOf('smoke', [entry('laq', { bits: 'planned', bitsMin: 8, memoryWeight: 100 }, 'fedaq'), 'task.rounds=3', 'task.testSamples=100', 'budget.energyPerRound=100 mJ'])).create(0), whole.snapshots[0]);
    expect(resumed.rounds).toEqual(whole.rounds.slice(1));
  });

  it('refuses a plan of fewer bits than keep the criterion stable', async () => {
    const trials = await trialsOf('smoke', [entry('laq', { bits: 'planned', bitsMin: 4 }, 'fedaq')]).then((made) => made.create(0)).catch((error: unknown) => error);
    expect(trials).toMatchObject({ code: 'TOO_FEW_BITS', exitCode: 2 });
  });
});

describe('a scheme whose bit lengths cannot be planned', () => {
  it.each(['chain', ...schemes.names.filter((name) => plannedOptions(name) === null)])('%s refuses a planner of its own', async (name) => {
    const scheme = schemes.find(name);
    const input = scheme.inputs.includes('update') ? [] : ['training.input=gradient'];
    const written = name === 'chain' ? { uplink: [{ quantize: { bits: 6 } }] } : {};
    await expect(trialsOf('smoke', [entry(name, written, 'fixed'), ...input])).rejects.toMatchObject({ code: 'PLAN_NOTHING', exitCode: 2 });
  });
});
