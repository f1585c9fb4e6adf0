import { runAsynchronous } from './asynchronous.js';
import { runSynchronous, type TrialHooks, type TrialSetup, type TrialState } from './synchronous.js';

/** Runs one trial in its protocol, from the state after its last complete round, or null to start anew. */
export function runTrial(setup: TrialSetup, from: TrialState | null, hooks: TrialHooks): Promise<void> {
  return setup.asynchronous === null ? runSynchronous(setup, from, hooks) : runAsynchronous(setup, setup.asynchronous, from, hooks);
}
