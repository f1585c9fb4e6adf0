import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
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
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: environment(), maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

/** Starts the command line and lets it be killed. */
export function startWflSim(...args: string[]): { kill(signal: NodeJS.Signals): void; readonly exit: Promise<number | null>; stderr(): string } {
  const child = spawn(process.execPath, [MAIN, ...args], { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  return {
    kill: (signal) => child.kill(signal),
    exit: new Promise((resolve) => child.on('exit', (code) => resolve(code))),
    stderr: () => stderr,
  };
}

/** A folder of its own below the system's temporary folder. */
export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'wfl-sim-'));
