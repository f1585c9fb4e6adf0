import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTrial as runInProtocol } from '../federation/protocol.js';
import type { TrialState } from '../federation/synchronous.js';
import { convertToCsv, convertToParquet } from '../results/conversions.js';
import { readRows } from '../results/reader.js';
import { createNextRunFolder, createRunFolder, readManifest, runFile, tableFile, writeManifest } from '../results/run-folder.js';
import { summarise, writeSummary, type Summary } from '../results/summary.js';
import { summaryTable } from '../results/summary-table.js';
import { TABLES, TABLE_NAMES } from '../results/tables.js';
import { openRowFile, writeFileAtomically } from '../results/writer.js';
import { resolvedYaml } from '../scenario/write.js';
import { inputError } from '../errors.js';
import { CHECKPOINT_FILE, freezeTrial, readCheckpoint, thawTrial, writeCheckpoint, type Checkpoint } from './checkpoint.js';
import type { ResumeOptions, RunRequest, StudyHooks, StudyResult } from './contract.js';
import { createWorkerPool, type WorkerPool } from './pool.js';
import { packageVersion, prepareStudy, type Study } from './study.js';
import { createTrials, type TrialFactory } from './trials.js';

const PARENT_FOLDER = 'runs';
const START: Checkpoint = { trialsDone: 0, trial: null, offsets: { rounds: 0, clients: 0, packets: 0 } };

/**
 * Runs a study: every scheme on every seed, in the order of the scenario. After each round its rows
 * and the state are on disk, so that `resumeStudy` goes on from there to the same bytes. An aborted
 * signal ends with an `AbortError` whose message says how to go on.
 */
export async function runStudy(request: RunRequest, hooks: StudyHooks): Promise<StudyResult> {
  const study = await prepareStudy(request);
  const trials = await createTrials(study);
  const outDir = request.outDir ?? createNextRunFolder(PARENT_FOLDER, study.loaded.name);
  if (request.outDir !== null) createRunFolder(outDir);
  writeFileAtomically(runFile(outDir, 'scenario'), resolvedYaml(study.loaded.written));
  writeCheckpoint(outDir, START);
  // Last, because a folder with a manifest can be resumed.
  writeManifest(outDir, {
    format: 1,
    program: { version: packageVersion(), node: process.version, platform: `${process.platform}-${process.arch}` },
    scenario: study.loaded.name,
    scenarioHash: study.scenarioHash,
    seeds: [...study.seeds],
    engine: study.engine.name,
    instructionSet: study.engine.instructionSet,
    command: process.argv.slice(2),
    accuracyTarget: study.scenario.accuracyTarget,
  });
  return execute(study, trials, outDir, START, hooks);
}

/** Takes an interrupted run up again after its last complete round. */
export async function resumeStudy(dir: string, options: ResumeOptions, hooks: StudyHooks): Promise<StudyResult> {
  const manifest = readManifest(dir);
  const checkpoint = readCheckpoint(dir);
  const study = await prepareStudy({ ...options, scenario: runFile(dir, 'scenario'), overrides: [], seeds: manifest.seeds });
  if (study.scenarioHash !== manifest.scenarioHash) {
    throw inputError('SCENARIO_CHANGED', 'the scenario of the run is no longer the one it was started with', {
      place: { file: runFile(dir, 'scenario') },
      expected: `a scenario with hash ${manifest.scenarioHash}`,
      hint: 'Start a new run, or resume with the version of wfl-sim that started it',
    });
  }
  const named = { ...study, loaded: { ...study.loaded, name: manifest.scenario } };
  return execute(named, await createTrials(named), dir, checkpoint, hooks);
}

async function execute(study: Study, trials: TrialFactory, outDir: string, from: Checkpoint, hooks: StudyHooks): Promise<StudyResult> {
  if (study.engine.warning !== null) hooks.onProgress({ kind: 'notice', text: study.engine.warning });
  const files = {
    rounds: openRowFile(TABLES.rounds, tableFile(outDir, 'rounds'), from.offsets.rounds),
    clients: openRowFile(TABLES.clients, tableFile(outDir, 'clients'), from.offsets.clients),
    packets: study.scenario.results.packets ? openRowFile(TABLES.packets, tableFile(outDir, 'packets'), from.offsets.packets) : null,
  };
  const flush = (): Checkpoint['offsets'] => ({
    rounds: files.rounds.flush(), clients: files.clients.flush(), packets: files.packets?.flush() ?? 0,
  });
  const pool = createWorkerPool(study.workers);
  try {
    for (let index = from.trialsDone; index < trials.count; index++) {
      const state = index === from.trialsDone && from.trial !== null ? thawTrial(from.trial) : null;
      await runTrial(index, state, pool);
      writeCheckpoint(outDir, { trialsDone: index + 1, trial: null, offsets: flush() });
    }
  } catch (error) {
    throw hooks.signal.aborted ? interrupted(outDir, study.dataDir, error) : error;
  } finally {
    await pool.close();
    for (const file of Object.values(files)) file?.close();
  }
  return conclude(study, outDir);

  async function runTrial(index: number, state: TrialState | null, workers: WorkerPool): Promise<void> {
    const { setup, order } = trials.create(index);
    const { rounds } = setup.world;
    await workers.open(order);
    await runInProtocol(setup, state, {
      executor: workers,
      signal: hooks.signal,
      freeze: freezeTrial,
      sink: {
        round: (row) => files.rounds.write(row),
        client: (row) => files.clients.write(row),
        packet: (row) => files.packets?.write(row),
      },
      roundDone(row, snapshot) {
        writeCheckpoint(outDir, { trialsDone: index, trial: snapshot, offsets: flush() });
        hooks.onProgress({
          kind: 'round', scheme: row.scheme, seed: row.seed, round: row.round + 1, rounds, accuracy: row.accuracy,
          energyJ: row.energy_total_j, simTimeS: row.sim_time_s, fractionDone: (index + (row.round + 1) / rounds) / trials.count,
        });
      },
    });
  }
}

/** Converts the tables, writes the summary, and removes the checkpoint: the run is complete. */
async function conclude(study: Study, outDir: string): Promise<StudyResult> {
  const { results, accuracyTarget } = study.scenario;
  for (const name of TABLE_NAMES) {
    if (name === 'packets' && !results.packets) continue;
    const rows = tableFile(outDir, name);
    await convertToParquet(TABLES[name], rows, tableFile(outDir, name, 'parquet'));
    if (results.csv) convertToCsv(TABLES[name], rows, tableFile(outDir, name, 'csv'));
  }
  const summary = summarise(readRows(TABLES.rounds, tableFile(outDir, 'rounds')), { scenario: study.loaded.name, accuracyTarget });
  writeSummary(outDir, summary);
  rmSync(join(outDir, CHECKPOINT_FILE));
  return { outDir, summary: forMachines(summary, study, outDir), table: summaryTable(summary) };
}

/** What `--json` prints: the summary with what belongs to this run of it. */
function forMachines(summary: Summary, study: Study, outDir: string): Record<string, unknown> {
  const { scenario, seed, ...rest } = summary;
  return { scenario, seed, engine: study.engine.name, ...rest, outDir };
}

function interrupted(outDir: string, dataDir: string | null, cause: unknown): Error {
  const shown = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path}'`);
  const command = ['wfl-sim resume', shown(outDir), ...(dataDir === null ? [] : ['--data-dir', shown(dataDir)])].join(' ');
  const error = new Error(`stopped; the complete rounds are kept, and "${command}" goes on from there`, { cause });
  error.name = 'AbortError';
  return error;
}
