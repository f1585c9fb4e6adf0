import { freezeTrial, thawTrial } from '../../src/experiment/checkpoint.js';
import type { Trial } from '../../src/experiment/trials.js';
import { runTrial as runInProtocol } from '../../src/federation/protocol.js';
import type { TrialHooks, Snapshot } from '../../src/federation/synchronous.js';
import { inThreadExecutor, type TrialRows } from '../experiment/in-thread.js';

/** Runs one trial in its own protocol, from the start or from a snapshot, to its end or to where it is aborted. */
export async function runTrial(trial: Trial, from: Snapshot | null = null, hooks: Partial<TrialHooks> = {}): Promise<TrialRows> {
  const rows: TrialRows = { rounds: [], clients: [], packets: [], snapshots: [] };
  await runInProtocol(trial.setup, from === null ? null : thawTrial(from), {
    executor: inThreadExecutor(trial),
    signal: new AbortController().signal,
    freeze: freezeTrial,
    sink: { round: (row) => rows.rounds.push(row), client: (row) => rows.clients.push(row), packet: (row) => rows.packets.push(row) },
    roundDone: (_, snapshot) => rows.snapshots.push(snapshot),
    ...hooks,
  });
  return rows;
}
