import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Builds `dist` before any test, because worker threads and the command line run from the built files, and
 * gives all tests a temporary folder that goes with them, whatever they leave there.
 */
export function setup(): () => void {
  const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('the build failed, so no test was run');
  const folder = mkdtempSync(join(tmpdir(), 'wfl-sim-tests-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
