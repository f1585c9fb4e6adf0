import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandLine, wflSim } from './command-line.js';
import type { SchemeListing } from '../../src/experiment/contract.js';

const emptyFolder = () => mkdtempSync(join(tmpdir(), 'wfl-cli-'));

describe('wfl-sim --help', () => {
  it('names every command and answers before any of them is loaded', () => {
    const { exitCode, stdout } = wflSim(['--help']);
    expect(exitCode).toBe(0);
    for (const command of ['run', 'resume', 'report', 'validate', 'explain', 'list', 'data', 'plan', 'channel', 'tune', 'schema']) expect(stdout).toContain(`wfl-sim ${command}`);
    const timesMs = [1, 2, 3].map(() => {
      const started = performance.now();
      wflSim(['--help']);
      return performance.now() - started;
    });
    // 0.2 s on an idle machine; the loading of zod, mathjs or vega would show.
    expect(Math.min(...timesMs)).toBeLessThan(1000);
  });

  it('prints the version of the package', () => {
    expect(wflSim(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong command line', () => {
  it.each([
    [[], 'wfl-sim: --scenario is missing; expected --scenario NAME or FILE. "wfl-sim list scenarios" tells the names\n'],
    [['rnu'], 'wfl-sim: there is no command "rnu" (did you mean "run"?); expected one of run, tune, resume, report, '],
    [['--scenaro', 'smoke'], 'wfl-sim: there is no option "--scenaro" (did you mean "--scenario"?). "wfl-sim --help" tells more\n'],
    [['run', '--scenario', 'smoke', '--dta-dir', 'x'], 'wfl-sim: there is no option "--dta-dir" (did you mean "--data-dir"?)'],
    [['--scenario'], 'wfl-sim: --scenario has no value.'],
    [['--scenario', 'smoke', '--scenario', 'smoke'], 'wfl-sim: --scenario is given 2 times; expected it once\n'],
    [['--scenario', 'smoke', '--seed', '-1'], 'wfl-sim: --seed is "-1"; expected a whole number from 0 to 4294967295\n'],
    [['--scenario', 'smoke', '--seed', '1', '--seeds', '1..2'], 'wfl-sim: --seed and --seeds are both given; expected one of them\n'],
    [['--scenario', 'smoke', '--seeds', '5..1'], 'wfl-sim: --seeds is "5..1"; expected seeds from 0 to 4294967295, such as 1..5 or 1,2,3\n'],
    [['--scenario', 'smoke', '--seeds', '1..3,2'], 'wfl-sim: --seeds is "1..3,2"; expected each seed once\n'],
    [['--scenario', 'smoke', '--seeds', '0..4000000000'], 'wfl-sim: --seeds are 1001 seeds; expected at most 1000\n'],
    [['--scenario', 'smoke', '--workers', 'two'], 'wfl-sim: --workers is "two"; expected a whole number from 1 to 256\n'],
    [['--scenario', 'smoke', '--workers', '0'], 'wfl-sim: --workers is "0"; expected a whole number from 1 to 256\n'],
    [['--scenario', 'smke'], 'wfl-sim: there is no scenario named "smke" (did you mean "smoke"?); expected one of '],
    [['--scenario', 'smoke', '--engine', 'natve'], 'wfl-sim: there is no engine named "natve" (did you mean "native"?); expected one of '],
    [['--scenario', 'smoke', '--set', 'task.rouns=3'], '--set task.rouns=3: unknown key "rouns" in task (did you mean "rounds"?)'],
    [['--scenario', 'smoke', '--set', 'schemes[0].name=fedaqq'], '--set schemes[0].name=fedaqq: "fedaqq" is not known as schemes[0].name (did you mean "fedaq"?)'],
    [['validate'], 'wfl-sim: --scenario is missing'],
    [['validate', 'nowhere.yaml'], 'wfl-sim: the scenario file nowhere.yaml does not exist'],
    [['list', 'shemes'], 'wfl-sim: there is no kind "shemes" (did you mean "schemes"?); expected one of schemes, models, datasets, '],
    [['resume', 'no-such-folder'], 'no-such-folder'],
    [['report', 'no-such-folder'], 'no-such-folder/manifest.json: '],
  ])('%j is one sentence and exit code 2', async (args, sentence) => {
    const { exitCode, stdout, stderr } = await commandLine(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.slice(0, sentence.length)).toBe(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('leaves no run folder behind', () => {
    const cwd = emptyFolder();
    expect(wflSim(['--scenario', 'smoke', '--set', 'radio.uplink.bandwidth=-5 MHz'], { cwd }).exitCode).toBe(2);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('validate', () => {
  const folder = emptyFolder();
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, 'extends: smoke\nname: mine\ntask:\n  rouns: 3\nradio:\n  uplink: { power: 20 }\n');

  it('says that a scenario is valid', async () => {
    expect(await commandLine(['validate', 'smoke'])).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await commandLine(['validate', '--scenario', 'smoke'])).toMatchObject({ exitCode: 0, stdout: '' });
    expect(JSON.parse((await commandLine(['validate', 'smoke', '--json'])).stdout)).toEqual({ valid: true, scenario: 'smoke', file: 'scenarios/smoke.yaml', problems: [] });
  });

  it('gives every mistake on a line of its own, the place first', async () => {
    const { exitCode, stderr } = await commandLine(['validate', file]);
    expect(exitCode).toBe(2);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`${file}:4:3: unknown key "rouns" in task (did you mean "rounds"?)`),
      expect.stringContaining(`${file}:6:20: 20 has no unit, for radio.uplink.power; expected a power`),
    ]);
  });

  it('gives them to machines with their codes and places', () => {
    const { exitCode, stdout } = wflSim(['validate', file, '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ valid: false, problems: [{ code: 'UNKNOWN_KEY', file, line: 4, column: 3 }, { code: 'WRONG_UNIT', file, line: 6, column: 20 }] });
  });
});

describe('explain', () => {
  it('tells of each value what it is and where it comes from', async () => {
    const { stdout } = await commandLine(['explain', '--scenario', 'smoke', '--set', 'task.rounds=3', '--json']);
    const { scenario, hash, values, resolved } = JSON.parse(stdout);
    expect(scenario).toBe('smoke');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(resolved.task.rounds).toBe(3);
    expect(values).toContainEqual({ path: 'task.rounds', value: 3, origin: '--set' });
    expect(values).toContainEqual({ path: 'task.model', value: 'logistic', origin: expect.stringMatching(/^scenarios\/smoke\.yaml:\d+$/) });
    expect(values).toContainEqual({ path: 'radio.uplink.noiseFigure', value: '5 dB', origin: 'default' });
  });

  it('prints a scenario that is one', async () => {
    const file = join(emptyFolder(), 'explained.yaml');
    writeFileSync(file, (await commandLine(['explain', '--scenario', 'smoke'])).stdout);
    const hashOf = async (scenario: string) => JSON.parse((await commandLine(['explain', '--scenario', scenario, '--json'])).stdout).hash;
    expect(await hashOf(file)).toBe(await hashOf('smoke'));
  });
});

describe('list', () => {
  it.each(['schemes', 'models', 'datasets', 'partitions', 'channel-models', 'planners', 'participations', 'aggregations', 'power-profiles', 'schedulers', 'engines', 'figures', 'scenarios'])('gives %s as names and sentences', async (kind) => {
    const rows = JSON.parse((await commandLine(['list', kind, '--json'])).stdout);
    expect(rows.length).toBeGreaterThan(0);
    for (const { name, describe: sentence } of rows) {
      expect(name).toMatch(/^[\w.+-]+$/);
      expect(sentence.length).toBeGreaterThan(10);
    }
    const { stdout } = await commandLine(['list', kind]);
    for (const { name } of rows) expect(stdout).toContain(name);
  });

  it('tells of each scheme what it sends, what it keeps and how far it follows its source', async () => {
    const rows: SchemeListing[] = JSON.parse((await commandLine(['list', 'schemes', '--json'])).stdout);
    const laq = rows.find(({ name }) => name === 'laq')!;
    expect(laq.footprint).toEqual({ uplinkBits: 8, downlinkBits: 32, clientBytes: 4, serverBytes: 0, serverBytesPerClient: 4 });
    const { stdout } = await commandLine(['list', 'schemes']);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`${laq.sends.uplink}: 8 bits per parameter`);
    expect(stdout).toContain('client 4, server 4 per client (bytes per parameter)');
    expect(stdout.replace(/\s+/g, ' ')).toContain(laq.source);
  });

  it('gives everything with its kind', async () => {
    const rows: { kind: string }[] = JSON.parse((await commandLine(['list', '--json'])).stdout);
    expect(new Set(rows.map(({ kind }) => kind)).size).toBe(13);
  });
});

describe('plan', () => {
  const problem = { uplink: [{ energyPerBitJ: 0.1, range: 1, weight: 0.5 }, { energyPerBitJ: 0.3, range: 2, weight: 0.5 }], downlink: { energyPerBitJ: 0.2, range: 3, weight: 1 }, budgetJ: 4 };

  it('solves a problem from stdin', () => {
    const { exitCode, stdout } = wflSim(['plan'], { input: JSON.stringify(problem) });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ uplinkBits: [6, 6], downlinkBits: 8, energyJ: 4, optimal: true, gap: 0 });
  });

  it('plans powers and bandwidth shares too where the problem leaves them open', () => {
    const upload = { gain: 1e-10, noiseWPerHz: 4e-21, maxPowerW: 0.2, amplifierEfficiency: 0.35, circuitPowerW: 0.1, range: 0.1, weight: 0.5, parameters: 5e4 };
    const joint = { uplink: [upload, { ...upload, gain: 1e-11 }], downlink: { energyPerBitJ: 0.002, range: 1, weight: 1 }, budgetJ: 0.06, bandwidthHz: 1e6, deadlineS: 1 };
    const { exitCode, stdout } = wflSim(['plan'], { input: JSON.stringify(joint) });
    expect(exitCode).toBe(0);
    const plan: { energyJ: number; gap: number; uses: { bandwidthHz: number }[] } = JSON.parse(stdout);
    expect(plan.energyJ).toBeLessThanOrEqual(0.06);
    expect(plan.uses[0].bandwidthHz + plan.uses[1].bandwidthHz).toBeCloseTo(1e6, 3);
  });

  it('solves the first round of a scenario, and draws lengths and energy by budget', async () => {
    const figure = join(emptyFolder(), 'budget.svg');
    const { exitCode, stdout } = await commandLine(['plan', '--scenario', 'smoke', '--set', 'schemes=[{name: fedaq}]', '--uplink-range', '0.1', '--figure', figure]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ optimal: true, scheme: 'fedaq', clients: [0, 1, 2, 3] });
    expect(readFileSync(figure, 'utf8')).toContain('Bit length (bit)');
  });

  it.each([['--uplink-range', '-1'], ['problem.json']])('refuses %s', async (...args) => {
    expect((await commandLine(['plan', '--scenario', 'smoke', ...args])).exitCode).toBe(2);
  });

  it.each([
    [JSON.stringify({ ...problem, budget: 3 }), ':1:169: unknown key "budget" (did you mean "budgetJ"?)'],
    [JSON.stringify({ ...problem, bMin: 1.5 }), ':1:176: bMin is 1.5; expected an integer'],
    [JSON.stringify({ ...problem, budgetJ: 0.5 }), 'at least 0.6 J, the smallest feasible budget'],
    [JSON.stringify({ ...problem, downlink: { ...problem.downlink, energyPerBitJ: -1 } }), 'the energy per bit of downlink is -1 J'],
    [JSON.stringify(problem).replace('"range":1', '"range":NaN'), ':1:41: uplink[0].range is "NaN"; expected a number'],
    [JSON.stringify({ ...problem, bMin: 0 }), 'bit lengths from 0 to 16'],
    ['{"uplink": [', ':1:13: this is not valid YAML'],
    ['', ':1:1: there is nothing in it'],
  ])('says what is wrong with a problem, and where: %s', async (text, sentence) => {
    const file = join(emptyFolder(), 'problem.json');
    writeFileSync(file, text);
    const { exitCode, stderr } = await commandLine(['plan', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
