import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = (name: string): string => fileURLToPath(new URL(`../../../kernels/${name}`, import.meta.url));
const run = (name: string, environment: Record<string, string>): { status: number | null; stdout: string } =>
  spawnSync(process.execPath, [script(name)], { env: { PATH: '', ...environment }, encoding: 'utf8' });

describe('building the kernels', () => {
  it('never fails an installation: without a compiler it says that the portable engine is used', () => {
    const { status, stdout } = run('build-native.mjs', {});
    expect(status).toBe(0);
    expect(stdout).toContain('native kernels: skipped, no C compiler was found');
  });

  it('can be switched off', () => {
    const { status, stdout } = run('build-native.mjs', { WFL_NATIVE: 'off' });
    expect(status).toBe(0);
    expect(stdout).toContain('skipped, WFL_NATIVE=off; the portable engine is used');
  });

  it('leaves the shipped WebAssembly alone where there is no clang, and says so', () => {
    const { status, stdout } = run('build-wasm.mjs', {});
    expect(status).toBe(0);
    expect(stdout).toContain('build:wasm skipped');
  });
});
