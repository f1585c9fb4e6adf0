import { freezeTrial, thawTrial } from '../../src/experiment/checkpoint.js';
import { answerer } from '../../src/experiment/jobs.js';
import { evaluationChunks, type Answer } from '../../src/experiment/orders.js';
import { prepareStudy } from '../../src/experiment/study.js';
import { createTrials, type Trial } from '../../src/experiment/trials.js';
import type { ClientExecutor } from '../../src/federation/contract.js';
import { runSynchronous, type TrialState, type Snapshot } from '../../src/federation/synchronous.js';
import type { ClientRow, PacketRow, RoundRow } from '../../src/results/tables.js';

/** Computes jobs in this thread, with the code that workers run. */
export function inThreadExecutor({ order }: Trial): ClientExecutor {
  const answer = answerer();
  answer({ kind: 'open', trial: order });
  const expectKind = <K extends Answer['kind']>(given: Answer, kind: K): Extract<Answer, { kind: K }> => {
    if (given.kind !== kind) throw new Error(`expected ${kind}, got ${given.kind}`);
    return given as Extract<Answer, { kind: K }>;
  };
  return {
    train: async (job) => expectKind(answer({ kind: 'train', job }), 'trained').result,
    evaluate: async (weights) => {
      const parts = evaluationChunks(order.testSamples).map(([start, end]) =>
        expectKind(answer({ kind: 'evaluate', weights, start, end }), 'evaluated'),
      );
      const sum = (of: (part: (typeof parts)[number]) => number): number => parts.reduce((total, part) => total + of(part), 0);
      return { accuracy: sum(({ correct }) => correct) / order.testSamples, loss: sum(({ lossSum }) => lossSum) / order.testSamples };
    },
  };
}

export interface TrialRows {
  readonly rounds: RoundRow[];
  readonly clients: ClientRow[];
  readonly packets: PacketRow[];
  /** State after each round, as a checkpoint holds it. */
  readonly snapshots: Snapshot[];
}

/** The trials of a scenario with overrides, for tests. */
export async function trialsOf(scenario: string, overrides: readonly string[]) {
  return createTrials(await prepareStudy({ scenario, overrides, seeds: null, workers: 1, engine: 'portable', dataDir: null }));
}

/** Runs one trial to its end, from the start or from a snapshot. */
export async function runTrial(trial: Trial, from: Snapshot | null = null): Promise<TrialRows> {
  const rows: TrialRows = { rounds: [], clients: [], packets: [], snapshots: [] };
  const state: TrialState | null = from === null ? null : thawTrial(from);
  await runSynchronous(trial.setup, state, {
    executor: inThreadExecutor(trial),
    signal: new AbortController().signal,
    freeze: freezeTrial,
    sink: { round: (row) => rows.rounds.push(row), client: (row) => rows.clients.push(row), packet: (row) => rows.packets.push(row) },
    roundDone: (_, snapshot) => rows.snapshots.push(snapshot),
  });
  return rows;
}
