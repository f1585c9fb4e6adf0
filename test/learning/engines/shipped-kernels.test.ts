import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sourceHash, WASM_SOURCES } from '../../../kernels/source-hash.mjs';
import { createEngine, engines, selectEngine } from '../../../src/learning/engines/index.js';
import { nativeAvailable } from '../../../src/learning/engines/native.js';
import { compileExact, compilePortable, createPortable } from '../../../src/learning/engines/portable.js';
import { modelNamed } from '../../../src/learning/models/index.js';

describe('the shipped WebAssembly kernels', () => {
  it.each(['portable-relaxed.wasm', 'portable-exact.wasm'])('%s was built from the sources as they are (else: npm run build:wasm)', (file) => {
    const bytes = readFileSync(new URL(`../../../kernels/${file}`, import.meta.url));
    const section = bytes.lastIndexOf('wfl-source');
    expect(bytes.subarray(section + 'wfl-source'.length).toString()).toBe(sourceHash(WASM_SOURCES));
  });

  it('fall back to an announced exact emulation', async () => {
    const exact = createPortable(await compileExact());
    expect(exact.instructionSet).toContain('emulated');
    expect(exact.warning).toContain('slower');
    expect(createPortable(await compilePortable()).name).toBe('portable');
  });
});

describe('the table of engines', () => {
  it('always offers portable, and names what it runs on', async () => {
    expect(engines.names).toContain('portable');
    expect(engines.find('portable').available()).toBe(true);
    const engine = createEngine(await selectEngine('portable'));
    expect(engine.name).toBe('portable');
    expect(engine.instructionSet).toContain('WebAssembly');
  });

  it('takes native with auto where it can run, else portable', async () => {
    expect(createEngine(await selectEngine('auto')).name).toBe(nativeAvailable() === true ? 'native' : 'portable');
  });

  it('refuses an unknown engine with the nearest name', async () => {
    await expect(selectEngine('portabel')).rejects.toMatchObject({ code: 'UNKNOWN_NAME', message: expect.stringContaining('did you mean "portable"') });
  });

  it.skipIf(nativeAvailable() === true)('refuses native where it cannot run, with the reason', async () => {
    await expect(selectEngine('native')).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE', exitCode: 2 });
  });

  it('gives a thread the same network for the same model again', async () => {
    const engine = createEngine(await selectEngine('portable'));
    const model = modelNamed('logistic', [28, 28, 1], 10);
    expect(engine.load(model, 10)).toBe(engine.load(modelNamed('logistic', [28, 28, 1], 10), 10));
    expect(engine.load(model, 10)).not.toBe(engine.load(model, 11));
  });
});
