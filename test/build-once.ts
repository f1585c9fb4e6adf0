import { spawnSync } from 'node:child_process';

/** Builds `dist` before any test, because worker threads and the command line run from the built files. */
export function setup(): void {
  const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('the build failed, so no test was run');
}
