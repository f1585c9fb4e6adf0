import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WflError } from '../../src/errors.js';
import { loadScenario, singleErrors } from '../../src/scenario/load.js';
import { filePath } from '../../src/scenario/quantity.js';
import { BASE, folderWith, studySchema } from './study-schema.js';

const load = (folder: string, file: string, overrides: readonly string[] = []) =>
  loadScenario(studySchema, { scenario: join(folder, file), overrides, searchDirs: [folder], rounds: ({ rounds }) => rounds });

/** The messages of everything wrong, each without the folder. */
async function problems(files: Readonly<Record<string, string>>, file: string, overrides: readonly string[] = []): Promise<readonly string[]> {
  const folder = folderWith(files);
  const error: unknown = await load(folder, file, overrides).then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof WflError)) throw new Error('expected an input error', { cause: error });
  expect(error.exitCode).toBe(2);
  return singleErrors(error).map(({ code, message }) => `${code} ${message.replaceAll(`${folder}/`, '')}`);
}

const withLine = (line: string) => ({ 'x.yaml': `${BASE}${line}\n` });
const replacing = (from: string, to: string) => ({ 'x.yaml': BASE.replace(from, to) });

describe('a good scenario', () => {
  it('is resolved to SI units with every default', async () => {
    const { resolved, name } = await load(folderWith({ 'x.yaml': BASE }), 'x.yaml');
    expect(name).toBe('x');
    expect(resolved.radio).toMatchObject({ bandwidth: 1e7, noiseFigure: 5, idle: 0.02, lossRate: 0.01 });
    expect(resolved.budget).toEqual({ expression: '12 mJ * 0.98^round', unit: 'J', min: 0, max: null });
    expect(resolved.schemes.map(({ label }) => label)).toEqual(['fixed-8', 'fixed-2.5', 'fedavg']);
  });

  it('is found by its name in the folders that are searched', async () => {
    const folder = folderWith({ 'urban.yaml': BASE });
    const { resolved } = await loadScenario(studySchema, { scenario: 'urban', searchDirs: [folder] });
    expect(resolved.title).toBe('base');
  });

  it('may use anchors', async () => {
    const { resolved } = await load(folderWith({ 'x.yaml': `${BASE.replace('10 MHz', '&b 10 MHz')}carrier: *b\n` }), 'x.yaml');
    expect(resolved.carrier).toBe(1e7);
  });
});

describe('what is wrong in a scenario', () => {
  it.each([
    ['an unknown key', withLine('rouns: 3'), 'UNKNOWN_KEY x.yaml:14:1: unknown key "rouns" (did you mean "rounds"?); expected one of title, rounds, '],
    ['an unknown key further in', replacing('bandwidth: 10 MHz', 'bandwidth: 10 MHz\n  bandwith: 1 MHz'), 'UNKNOWN_KEY x.yaml:5:3: unknown key "bandwith" in radio (did you mean "bandwidth"?)'],
    ['a wrong unit', replacing('10 MHz', '10 mW'), 'WRONG_UNIT x.yaml:4:14: "mW" is not a unit of frequency but of power, for radio.bandwidth; expected a frequency such as'],
    ['a number without a unit', replacing('10 MHz', '10'), 'WRONG_UNIT x.yaml:4:14: 10 has no unit, for radio.bandwidth; expected a frequency such as'],
    ['a missing power', replacing('  power: 23 dBm\n', ''), 'MISSING_KEY x.yaml:2:1: missing "power" in radio; expected a power such as "23 dBm"'],
    ['a missing mapping', replacing('radio:\n  power: 23 dBm\n  bandwidth: 10 MHz\n', ''), 'MISSING_KEY x.yaml:1:1: missing "radio"; expected a mapping with power, bandwidth'],
    ['a negative bandwidth', replacing('10 MHz', '-10 MHz'), 'OUT_OF_RANGE x.yaml:4:14: "-10 MHz" is negative, for radio.bandwidth; expected a frequency above zero'],
    ['an unknown scheme', replacing('name: fedavg', 'name: fedavgg'), 'UNKNOWN_NAME x.yaml:12:11: "fedavgg" is not known as schemes[2].name (did you mean "fedavg"?); expected one of fedavg, fixed'],
    ['a scheme without a name', replacing('- name: fedavg', '- label: fedavg'), 'MISSING_KEY x.yaml:12:5: missing "name" in schemes[2]; expected one of fedavg, fixed'],
    ['an option of a scheme out of range', replacing('bits: 8', 'bits: 99'), 'OUT_OF_RANGE x.yaml:9:22: 99 is too large for schemes[0].options.bits; expected an integer of at least 1 and of at most 16'],
    ['a fraction for an integer', replacing('bits: 8', 'bits: 2.5'), 'WRONG_TYPE x.yaml:9:22: schemes[0].options.bits is 2.5; expected an integer of at least 1'],
    ['an option of another variant', replacing('model: rician, kFactor', 'model: none, kFactor'), 'UNKNOWN_KEY x.yaml:5:24: unknown key "kFactor" in fading; expected "model"'],
    ['a value of another type', replacing('title: base', 'title: 7'), 'WRONG_TYPE x.yaml:1:8: title is 7; expected a text'],
    ['a value for a mapping', replacing('fading: { model: rician, kFactor: 7 dB }', 'fading: rician'), 'WRONG_TYPE x.yaml:5:9: fading is "rician"; expected a mapping with "model" one of none, rician'],
    ['a value that none of two variants takes', withLine('carrier: 3 GHzz'), 'WRONG_UNIT x.yaml:14:10: "GHzz" is not a unit of frequency (did you mean "GHz"?), for carrier; expected a frequency such as "20 MHz" (units: Hz, kHz, MHz, GHz), or "auto"'],
    ['no scheme at all', replacing(/schemes:[^]*fedavg\n/.exec(BASE)![0], 'schemes: []\n'), 'OUT_OF_RANGE x.yaml:6:1: schemes has too few items; expected at least 1'],
    ['a list for a mapping', { 'x.yaml': '- a\n- b\n' }, 'SCENARIO_SYNTAX x.yaml:1:1: this is a list; expected a mapping of keys and values'],
    ['an empty file', { 'x.yaml': '# nothing\n' }, 'SCENARIO_SYNTAX x.yaml:1:1: there is nothing in it; expected a mapping of keys and values'],
    ['a duplicate key', withLine('title: again'), 'DUPLICATE_KEY x.yaml:14:1: the key "title" is here twice; expected each key once'],
    ['YAML that is none', withLine('carrier: [3 GHz'), 'SCENARIO_SYNTAX x.yaml:15:1: this is not valid YAML: '],
    ['a tab for indentation', replacing('  power', '\tpower'), 'SCENARIO_SYNTAX x.yaml:3:1: this is not valid YAML: '],
    ['an alias of nothing', withLine('carrier: *nothing'), 'SCENARIO_SYNTAX x.yaml:14:10: there is no anchor "&nothing" above; expected'],
    ['an alias inside its own anchor', withLine('carrier: &c [*c]'), 'SCENARIO_SYNTAX x.yaml:14:14: the alias "*c" stands inside what it stands for'],
    ['a misspelt function in a schedule', replacing('12 mJ * 0.98^round', '12 mJ / sqr(round)'), 'BAD_EXPRESSION x.yaml:13:17: there is no function "sqr" (did you mean "sqrt"?), at character 9 of "12 mJ / sqr(round)" for budget; expected one of exp'],
    ['a schedule that is negative in some round', withLine('learningRate: 0.5 - 0.1 * round'), 'SCHEDULE_VALUE x.yaml:14:15: the schedule "0.5 - 0.1 * round" gives -0.10000000000000009 in round 6, which is negative; expected a value of at least 0, for learningRate'],
  ])('%s is reported at its place, with the way out', async (_, files, expected) => {
    const found = await problems(files, 'x.yaml');
    expect(found).toHaveLength(1);
    expect(found[0].slice(0, expected.length)).toBe(expected);
  });

  it('is reported all at once, in the order of the lines', async () => {
    const text = BASE.replace('23 dBm', '23').replace('10 MHz', '10 MHz\n  bandwith: 3').replace('bits: 8', 'bit: 8').replace('12 mJ', '12 mJ * (');
    const found = await problems({ 'x.yaml': text }, 'x.yaml');
    expect(found.map((problem) => problem.split(': ')[0])).toEqual(['WRONG_UNIT x.yaml:3:10', 'UNKNOWN_KEY x.yaml:5:3', 'UNKNOWN_KEY x.yaml:10:16', 'BAD_EXPRESSION x.yaml:14:19']);
  });

  it('is more than memory could hold, by aliases of aliases', async () => {
    const lines = Array.from({ length: 30 }, (_, depth) => `a${depth + 1}: &a${depth + 1} [*a${depth}, *a${depth}]`);
    const found = await problems({ 'x.yaml': `a0: &a0 1\n${lines.join('\n')}\n` }, 'x.yaml');
    expect(found).toEqual([expect.stringContaining('SCENARIO_SYNTAX x.yaml:2:15: the aliases stand for too much')]);
  });

  it('is a file that is not there, with the nearest name', async () => {
    expect(await problems({ 'urban.yaml': BASE }, 'urbn.yaml')).toEqual([
      'SCENARIO_NOT_FOUND the scenario file urbn.yaml does not exist (did you mean "urban"?); expected a readable YAML file',
    ]);
    await expect(loadScenario(studySchema, { scenario: 'urbn', searchDirs: [folderWith({ 'urban.yaml': BASE })] })).rejects.toThrow(
      'there is no scenario named "urbn" (did you mean "urban"?); expected one of urban, or the path of a file such as study.yaml',
    );
  });

  it('is a folder in place of a file', async () => {
    expect(await problems({ 'a.yaml/x.yaml': BASE }, 'a.yaml')).toEqual(['SCENARIO_UNREADABLE the scenario file a.yaml cannot be read (EISDIR); expected a readable YAML file']);
  });
});

describe('extends', () => {
  const files = { 'base.yaml': BASE, 'child.yaml': 'extends: base\ntitle: child\nradio:\n  bandwidth: 5 MHz\n', 'more/grandchild.yaml': 'extends: ../child.yaml\nfading: { model: none }\nschemes: [{ name: fedavg }]\n' };

  it('merges mappings, replaces lists, and drops the options of another variant', async () => {
    const { resolved } = await load(folderWith(files), 'more/grandchild.yaml');
    expect(resolved.title).toBe('child');
    expect(resolved.radio).toMatchObject({ bandwidth: 5e6, noiseFigure: 5 });
    expect(resolved.fading).toEqual({ model: 'none' });
    expect(resolved.schemes).toHaveLength(1);
  });

  it('changes items of a list by label, by index, or all that know the key', async () => {
    const child = (schemes: string) => ({ 'base.yaml': BASE, 'child.yaml': `extends: base\nschemes:\n${schemes}` });
    const schemesOf = async (schemes: string) => (await load(folderWith(child(schemes)), 'child.yaml')).resolved.schemes;
    const [eight, half, plain] = (await load(folderWith({ 'base.yaml': BASE }), 'base.yaml')).resolved.schemes;
    expect(await schemesOf('  fixed-2.5: { options: { bits: 2 } }\n  fedavg: { label: plain }\n')).toEqual([eight, { ...half, options: { bits: 2 } }, { ...plain, label: 'plain' }]);
    // FedAvg knows no bits; what comes later goes over what came before.
    expect(await schemesOf('  "*": { options: { bits: 4 } }\n  0: { options: { bits: 3 } }\n')).toEqual([{ ...eight, options: { bits: 3 } }, { ...half, options: { bits: 4 } }, plain]);
    expect(await schemesOf('  3: { name: fedavg, label: new }\n')).toEqual([eight, half, plain, { ...plain, label: 'new' }]);
    expect(await problems(child('  fixed-9: { options: { bits: 4 } }\n'), 'child.yaml')).toEqual([
      'SET_PATH child.yaml:3:3: there is no "fixed-9" in this list (did you mean "fixed-8"?); expected one of fixed-8, fixed-2.5, fedavg, or an index from 0 to 2',
    ]);
    expect(await problems(child('  "*": { options: { bist: 4 } }\n'), 'child.yaml')).toEqual([
      'UNKNOWN_KEY child.yaml:3:21: no item of the list knows "options.bist" (did you mean "bits"?); expected "bits"',
    ]);
    expect(await problems(child('  "*": { options: { bits: 40 } }\n'), 'child.yaml')).toEqual(expect.arrayContaining([expect.stringContaining('OUT_OF_RANGE child.yaml:3:27')]));
  });

  it('reports an inherited mistake in the file where it is written', async () => {
    const found = await problems({ ...files, 'base.yaml': BASE.replace('23 dBm', '23 dBn') }, 'child.yaml');
    expect(found).toEqual([expect.stringContaining('WRONG_UNIT base.yaml:3:10: "dBn" is not a unit of power (did you mean "dBm"?)')]);
  });

  it('reports a cycle, an unknown base and a base that is no text', async () => {
    expect(await problems({ 'a.yaml': 'extends: b\n', 'b.yaml': 'title: x\nextends: a.yaml\n' }, 'a.yaml')).toEqual([
      'EXTENDS_CYCLE b.yaml:2:10: the scenario extends itself: a -> b -> a; expected a scenario that stands on its own',
    ]);
    expect(await problems({ 'a.yaml': 'extends: aa\n' }, 'a.yaml')).toEqual([expect.stringContaining('SCENARIO_NOT_FOUND a.yaml:1:10: there is no scenario named "aa" (did you mean "a"?)')]);
    expect(await problems({ 'a.yaml': 'extends: ./b.yaml\n' }, 'a.yaml')).toEqual([expect.stringContaining('SCENARIO_NOT_FOUND a.yaml:1:10: the scenario file b.yaml does not exist')]);
    expect(await problems({ 'a.yaml': 'extends: [b]\n' }, 'a.yaml')).toEqual([expect.stringContaining('WRONG_TYPE a.yaml:1:10: "extends" is not a text')]);
  });
});

describe('--set', () => {
  const set = async (...overrides: string[]) => (await load(folderWith({ 'x.yaml': BASE }), 'x.yaml', overrides)).resolved;

  it('changes values by path, by index and by label, the later over the earlier', async () => {
    expect((await set('radio.bandwidth=1 MHz', 'radio.bandwidth=2 MHz')).radio.bandwidth).toBe(2e6);
    expect((await set('schemes[0].options.bits=4')).schemes[0].options).toEqual({ bits: 4 });
    expect((await set('schemes.0.options.bits=4')).schemes[0].options).toEqual({ bits: 4 });
    expect((await set('schemes.fixed-8.options.bits=3')).schemes[0].options).toEqual({ bits: 3 });
    expect((await set('schemes.fixed-2.5.options.bits=3')).schemes[1].options).toEqual({ bits: 3 });
    expect((await set('schemes["fixed-2.5"].options={bits: 5}')).schemes[1].options).toEqual({ bits: 5 });
    expect((await set('schemes=[{name: fedavg}]')).schemes).toHaveLength(1);
    expect((await set('schemes[3]={name: fedavg, label: other}')).schemes).toHaveLength(4);
    expect((await set('rateCap=1 kHz', 'note=a = b')).note).toBe('a = b');
    for (const path of ['schemes.*.options.bits=3', 'schemes[*].options={bits: 3}', 'schemes.*={options: {bits: 3}}', 'schemes={"*": {options: {bits: 3}}}']) {
      expect((await set(path)).schemes.map(({ options }) => options)).toEqual([{ bits: 3 }, { bits: 3 }, {}]);
    }
    expect((await set('schemes.*.options.bits=3', 'schemes.fixed-8.options.bits=5')).schemes.map(({ options }) => options)).toEqual([{ bits: 5 }, { bits: 3 }, {}]);
  });

  it('names another variant without the options of the old one, in any order', async () => {
    expect((await set('fading.model=none')).fading).toEqual({ model: 'none' });
    const files = { 'x.yaml': BASE.replace('fading: { model: rician, kFactor: 7 dB }\n', '') };
    for (const overrides of [['fading.kFactor=3 dB', 'fading.model=rician'], ['fading.model=rician', 'fading.kFactor=3 dB']]) {
      expect((await load(folderWith(files), 'x.yaml', overrides)).resolved.fading).toMatchObject({ model: 'rician', kFactor: 3 });
    }
  });

  it.each([
    ['rounds=x', 'WRONG_TYPE --set rounds=x: rounds is "x"; expected an integer'],
    ['radio.bandwidth=5', 'WRONG_UNIT --set radio.bandwidth=5: 5 has no unit, for radio.bandwidth; expected a frequency'],
    ['radio.bandwith=5 MHz', 'UNKNOWN_KEY --set radio.bandwith=5 MHz: unknown key "bandwith" in radio (did you mean "bandwidth"?)'],
    ['raido.bandwidth=5 MHz', 'UNKNOWN_KEY --set raido.bandwidth=5 MHz: unknown key "raido" (did you mean "radio"?); expected one of title'],
    ['schemes.fixed-9.options.bits=5', 'SET_PATH --set schemes.fixed-9.options.bits=5: there is no "fixed-9" in this list (did you mean "fixed-8"?)'],
    ['schemes[7].label=x', 'SET_PATH --set schemes[7].label=x: there is no "7" in this list; expected one of fixed-8, fixed-2.5, fedavg, or an index from 0 to 2'],
    ['schemes.*.options.bots=3', 'UNKNOWN_KEY --set schemes.*.options.bots=3: no item of the list knows "options.bots" (did you mean "bits"?); expected "bits"'],
    ['schemes.*.colour=3', 'UNKNOWN_KEY --set schemes.*.colour=3: no item of the list knows "colour"; expected one of name, label, options'],
    ['rounds', 'SET_SYNTAX --set rounds: this is not a path and a value; expected --set path=value'],
    ['=3', 'SET_SYNTAX --set =3: this is not a path and a value'],
    ['a..b=3', 'SET_SYNTAX --set a..b=3: this is not a path and a value'],
    ['rounds=[1', 'SET_SYNTAX --set rounds=[1: the value is not valid YAML'],
    ['learningRate=0.1/rond', 'BAD_EXPRESSION --set learningRate=0.1/rond: there is no "rond" (did you mean "round"?), at character 5'],
    ['__proto__.polluted=1', 'UNKNOWN_KEY --set __proto__.polluted=1: unknown key "__proto__"'],
  ])('%s is refused by its own words', async (override, expected) => {
    const found = await problems({ 'x.yaml': BASE }, 'x.yaml', [override]);
    expect(found).toHaveLength(1);
    expect(found[0].slice(0, expected.length)).toBe(expected);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('paths of files', () => {
  const schema = z.strictObject({ data: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('file'), file: filePath('A file') }), z.strictObject({ kind: z.literal('none') })]), lists: z.array(filePath('A file')).default([]), name: z.string().default('x') });

  it('go from the folder of the scenario that names them, also in what it extends', async () => {
    const folder = folderWith({ 'base.yaml': 'data: { kind: file, file: walk.csv }\nname: walk.csv\n', 'more/child.yaml': 'extends: ../base.yaml\nlists: [a.csv, /b.csv]\n', 'more/other.yaml': 'extends: ../base.yaml\ndata: { file: other.csv }\n' });
    const load = async (scenario: string) => (await loadScenario(schema, { scenario: join(folder, scenario), searchDirs: [folder] })).resolved;
    expect(await load('base.yaml')).toMatchObject({ data: { file: join(folder, 'walk.csv') }, name: 'walk.csv' });
    expect(await load('more/child.yaml')).toMatchObject({ data: { file: join(folder, 'walk.csv') }, lists: [join(folder, 'more/a.csv'), '/b.csv'] });
    expect(await load('more/other.yaml')).toMatchObject({ data: { file: join(folder, 'more/other.csv') } });
  });
});
