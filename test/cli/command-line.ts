import { spawnSync } from 'node:child_process';
import { vi } from 'vitest';
import { describeFailure } from '../../src/cli/failure.js';
import { runProgram } from '../../src/cli/program.js';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line, as a user would. */
export function wflSim(args: readonly string[], { input = '', env = {}, cwd = process.cwd() }: { input?: string; env?: Record<string, string>; cwd?: string } = {}): Ended {
  const { WFL_DATA_DIR: _, ...clean } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${process.cwd()}/dist/cli/main.js`, ...args], { input, cwd, encoding: 'utf8', timeout: 60_000, env: { ...clean, ...env } });
  return { exitCode: status, stdout, stderr };
}

/** The same without the start of a process: what a command prints, and what becomes of what it throws. */
export async function commandLine(args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const record = (stream: 'stdout' | 'stderr') => (text: unknown) => {
    written[stream] += String(text);
    return true;
  };
  const spies = (['stdout', 'stderr'] as const).map((stream) => vi.spyOn(process[stream], 'write').mockImplementation(record(stream)));
  const before = process.exitCode;
  // The tests' own data directory must not stand in for one that is not given.
  vi.stubEnv('WFL_DATA_DIR', undefined);
  let exitCode = 0;
  try {
    await runProgram(args);
    exitCode = Number(process.exitCode ?? 0);
  } catch (error) {
    const failure = describeFailure(error);
    written.stderr += `${failure.text}\n`;
    ({ exitCode } = failure);
  } finally {
    process.exitCode = before;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
  return { exitCode, ...written };
}
