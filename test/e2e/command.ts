import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (): NodeJS.ProcessEnv => {
  const { WFL_DATA_DIR: _, ...rest } = process.env;
  return rest;
};

/** Runs the built command line as a user would and waits for its end. */
export function wflSim(...args: string[]): CommandResult {
  return wflSimIn(process.cwd(), ...args);
}

/** The same from that folder. */
export function wflSimIn(cwd: string, ...args: string[]): CommandResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8', env: environment(), maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

export interface RunningCommand {
  kill(signal: NodeJS.Signals): void;
  /** Exit code, or null where a signal ended it. */
  readonly exit: Promise<number | null>;
  /** Resolves once that text has been written to stderr, or the command has ended. */
  written(text: string): Promise<void>;
  stderr(): string;
}

/** Starts the command line and lets it be killed. */
export function startWflSim(...args: string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  // Not 'exit': what was written last must have been read.
  const exit = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    kill: (signal) => child.kill(signal),
    exit,
    written: (text) => new Promise((resolve) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      child.stderr.on('data', look);
      void exit.then(() => resolve());
      look();
    }),
    stderr: () => stderr,
  };
}

/** A folder of its own below the system's temporary folder. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'wfl-sim-'));

/** What must be the same bytes however a run came about. */
const RESULTS = ['rounds.jsonl', 'clients.jsonl', 'summary.json'] as const;

export const resultsIn = (runDir: string): string[] => RESULTS.map((file) => readFileSync(join(runDir, file), 'utf8'));
