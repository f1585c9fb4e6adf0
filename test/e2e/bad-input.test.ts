import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../cli/command-line.js';
import { temporaryFolder, wflSim, wflSimIn } from './command.js';

const folder = temporaryFolder();
const outDir = join(folder, 'never');

/** The sentences a smoke study with these arguments is refused with: exit code 2, nothing on stdout, no folder made. */
async function refusal(...args: string[]): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await commandLine(['run', '--scenario', 'smoke', '--out', outDir, '--json', ...args]);
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at |inside the program|undefined|\[object/m);
  expect(existsSync(outDir)).toBe(false);
  return stderr.trimEnd().split('\n');
}

describe('a wrong value', () => {
  it.each([
    ['task.rouns=3', 'unknown key "rouns" in task (did you mean "rounds"?)'],
    ['radio.uplink.bandwidth=5 s', '"s" is not a unit of frequency but of time, for radio.uplink.bandwidth; expected a frequency such as "20 MHz"'],
    ['radio.uplink.bandwidth=5', '5 has no unit, for radio.uplink.bandwidth; expected a frequency'],
    ['radio.uplink.bandwidth=-5 MHz', '"-5 MHz" is negative, for radio.uplink.bandwidth; expected a frequency above zero'],
    ['radio.uplink.power=null', 'radio.uplink.power is null; expected a power such as "23 dBm"'],
    ['radio.uplink.power=0 W', '"0 W" is too small, for radio.uplink.power; expected a power above zero'],
    ['schemes=[{name: fedaqq}]', '"fedaqq" is not known as schemes[0].name (did you mean "fedaq"?)'],
    ['schemes=[]', 'schemes'],
    ['schemes=[{name: fixed},{name: fedavg},{name: fixed}]', 'the label "fixed" is taken by entry 1; expected a label of its own for each scheme'],
    ['schemes=[{name: fedavg, label: "../x"}]', 'expected letters, digits and . _ + - only'],
    ['training.learningRate=0.1*(', 'this is not an expression: unexpected end of expression, at character 6 of "0.1*("'],
    ['training.learningRate=process.exit(1)', 'an expression cannot reach into a value, at character 8'],
    ['training.learningRate=0.1/(round-2)', 'the schedule "0.1/(round-2)" gives -0.1 in round 1, which is negative'],
    ['training.learningRate=0.1*rond', 'rond'],
    ['training.learningRate=-1', '-1 is negative, for training.learningRate; expected a number above zero'],
    ['protocol.deadline=0 s', '"0 s" is too small, for protocol.deadline; expected a time above zero'],
    ['protocol.deadline=-1 s', '"-1 s" is negative, for protocol.deadline'],
    ['clients.count=0', '0 is too small for clients.count; expected an integer of at least 1'],
    ['clients.count=2.5', 'clients.count is 2.5; expected an integer'],
    ['task.rounds=', 'task.rounds is null; expected an integer'],
    ['task.model=lenet', '"lenet" is not known as task.model (did you mean "lenet5"?); expected one of logistic, mlp, lenet5'],
    ['task.dataset=mnits', '"mnits" is not known as task.dataset (did you mean "mnist"?)'],
    ['training.input=gradients', '(did you mean "gradient"?)'],
    ['accuracyTarget=95', '95 is too large for accuracyTarget'],
    ['budget.planner.name=fedqa', '(did you mean "fedaq"?)'],
    ['radio.uplink.access=cdma', '"cdma" is not known as radio.uplink.access (did you mean "fdma"?); expected one of fdma, tdma, ofdma'],
    ['radio.uplink.access={kind: ofdma, scheduler: fair}', '"fair" is not known as radio.uplink.access.scheduler; expected one of round-robin, proportional-fair, max-rate'],
    ["radio.baseStation.profile='38.865'", '(did you mean "38.864"?); expected one of plain, 38.864'],
    ['channel.fading={kind: tdl, profile: Z}', '"Z" is not known as channel.fading.profile'],
    ['radio.interference={kind: explicit, interferers: [{direction: uplink, y: 3 m, power: 1 W}]}', 'missing "x" in radio.interference.interferers[0]; expected a length such as "250 m" (units: m, km, cm, mm)'],
    ['clients.battery=-2 J', '"-2 J" is negative, for clients.battery; expected an energy'],
    ['schemes=[{name: laq, controlVariates: scaffold}]', 'laq leaves out uploads'],
    ['schemes.fixed-8.options.downlink=[]', 'unknown key "downlink" in schemes[1].options; expected one of bits, uplinkBits, downlinkBits'],
    ['schemes=[{name: laq, options: {downlink: [{top-k: {ratio: 1 %}}]}}]', 'step top-k would leave parameters of the model out; expected it on the uplink only'],
    ['schemes=[{name: drive, options: {downlink: [{quantize: {bits: planned}}]}}]', 'a chain has planned lengths on the uplink only; expected a number of bits'],
    ['schemes=[{name: qsgd, options: {bits: planned, downlink: [{quantize: {bits: 8}}, {entropy: rans}]}}]', 'a plan of the uplink must know the size of the downlink'],
    ['schemes=[{name: fedavg, options: {downlink: float8}}]', '"float8" is not known as schemes[0].options.downlink (did you mean "float32"?); expected one of float32, float16, bfloat16, or a list'],
    ['schemes.*.options.donwlink=[]', 'no item of the list knows "options.donwlink" (did you mean "downlink"?)'],
    ['radio.packet.reliability=until-deadline', 'expected protocol.deadline, such as "2 s"'],
    ['radio', 'this is not a path and a value; expected --set path=value'],
    ['=3', 'this is not a path and a value'],
    ['schemes[9].name=fedavg', 'there is no "9" in this list; expected one of fedavg, fixed-8, fedaq, or an index from 0 to 2'],
    ['__proto__.polluted=1', '"__proto__"'],
  ])('--set %s is one sentence that says so', async (override, sentence) => {
    const lines = await refusal('--set', override);
    expect(lines).toHaveLength(1);
    expect(lines[0].startsWith(`--set ${override}: `), lines[0]).toBe(true);
    expect(lines[0]).toContain(sentence);
  });

  it('that only a scheme or a model can tell is found before a folder is made', async () => {
    expect(await refusal('--set', 'schemes=[{name: laq, options: {bits: 3}}]')).toEqual([expect.stringContaining('does not work with 3 bits per parameter; expected at least 6')]);
    expect(await refusal('--set', 'channel.motion={kind: trace, file: nowhere.csv}')).toEqual([expect.stringMatching(/nowhere\.csv" cannot be read; expected a CSV file/)]);
    expect(await refusal('--set', 'radio.interference={kind: neighbours, distance: 1 m, load: 50 %, clients: 3}'))
      .toEqual(['wfl-sim: radio.interference.distance puts neighbouring sites at 1 m, within the cell; expected at least the radius of the cell, 120 m']);
    expect(await refusal('--set', 'channel.pathLoss.model=okumura-hata')).toEqual([expect.stringContaining('expected 0.15 to 1.5 GHz')]);
  });

  it('is found with all others at once, each on a line of its own', async () => {
    const lines = await refusal('--set', 'task.rounds=0', '--set', 'clients.count=0', '--set', 'radio.uplink.power=3 km');
    expect(lines).toEqual([expect.stringContaining('task.rounds'), expect.stringContaining('clients.count'), expect.stringContaining('radio.uplink.power')]);
  });

  it('is found in a file by line and column, and a file that is no scenario by what it is', () => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const ofFile = (file: string): string => {
      const { status, stdout, stderr } = wflSim('--scenario', file, '--out', outDir);
      expect({ status, stdout }, stderr).toEqual({ status: 2, stdout: '' });
      expect(existsSync(outDir)).toBe(false);
      return stderr;
    };
    const wrong = write('wrong.yaml', 'extends: smoke\nradio:\n  uplink:\n    powr: 23 dBm\n');
    expect(ofFile(wrong)).toContain(`${wrong}:4:5: unknown key "powr" in radio.uplink (did you mean "power"?)`);
    const broken = write('broken.yaml', 'task: [1, 2\n');
    expect(ofFile(broken)).toMatch(/^\S+broken\.yaml:\d+:\d+: this is not valid YAML/);
    const list = write('list.yaml', '- 1\n');
    expect(ofFile(list)).toContain('list.yaml:1:1: this is a list; expected a mapping of keys and values');
    expect(ofFile(folder)).not.toContain('inside the program');
  });
});

describe('values that do not fit together', () => {
  it.each([
    [['budget=null'], 'the bit lengths of scheme "fedaq" are planned by fedaq, which divides an energy budget, and the scenario sets none; expected budget.energyPerRound'],
    [['budget.bMin=20', 'budget.bMax=24'], 'no bit length is left for scheme "fedaq": it takes 1 to 16 bits, and the budget 20 to 24'],
    [['clients.partition={name: classes, classesPerClient: 11}'], '11 classes per client are asked for and the data set has 10; expected a number from 1 to 10'],
    [['clients.samplesPerClient=null', 'task.trainSamples=100', 'clients.count=1000'], '1000 clients cannot share 100 training samples; expected at most 100 clients'],
    [['task.trainSamples=100', 'clients.samplesPerClient=50'], '4 clients with 50 samples each need 200 training samples and there are 100; expected at most 25 samples per client'],
  ])('%j', async (overrides, sentence) => {
    const lines = await refusal(...overrides.flatMap((override) => ['--set', override]));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(sentence);
  });

  it('are found for every seed before the first is run', async () => {
    // Of ten classes five have 21 samples and five have 20: 41 can be had of two classes or not, by the classes drawn.
    const split = ['clients.partition={name: classes, classesPerClient: 2}', 'clients.count=1', 'task.trainSamples=205', 'clients.samplesPerClient=41', 'schemes=[{name: fedavg}]']
      .flatMap((override) => ['--set', override]);
    const possible = new Map<boolean, number>();
    for (let seed = 1; seed <= 20; seed++) {
      const { exitCode } = await commandLine(['run', '--scenario', 'smoke', '--dry-run', '--seed', String(seed), ...split]);
      possible.set(exitCode === 0, seed);
    }
    const [good, bad] = [possible.get(true), possible.get(false)];
    expect([good, bad]).not.toContain(undefined);
    expect((await refusal('--seeds', `${good},${bad}`, ...split))[0]).toContain('too few samples');
  });
});

describe('a wrong option', () => {
  it.each([
    [['--engine', 'natve'], 'there is no engine named "natve" (did you mean "native"?)'],
    [['--engine', 'cuda'], 'there is no engine named "cuda"; expected one of '],
    [['--seeds', '3..1'], '--seeds is "3..1"; expected seeds from 0 to 4294967295, such as 1..5 or 1,2,3'],
    [['--seeds', '1,1'], '--seeds is "1,1"; expected each seed once'],
    [['--seed', '1.5'], '--seed is "1.5"; expected a whole number from 0 to 4294967295'],
    [['--workers', '0'], '--workers is "0"; expected a whole number from 1 to 256'],
    [['--workers', '1e3'], '--workers is "1e3"'],
    [['--colour'], 'there is no option "--colour"'],
    [['--dryrun'], 'there is no option "--dryrun" (did you mean "--dry-run"?)'],
  ])('%j', async (args, sentence) => {
    const lines = await refusal(...args);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(sentence);
  });
});

describe('a folder that cannot take the run', () => {
  it('lies below a file, or is one', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, 'mine');
    for (const out of [join(file, 'run'), file]) {
      const { status, stderr } = wflSim('--scenario', 'smoke', '--out', out);
      expect(status, stderr).toBe(2);
      expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(`the run cannot be written to ${out}`)]);
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('holds something already, which stays as it is', () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'notes.txt'), 'mine');
    const { status, stderr } = wflSim('--scenario', 'smoke', '--out', full);
    expect(status).toBe(2);
    expect(stderr).toContain(`the folder ${full} exists and is not empty, and a run is never overwritten`);
    expect(readdirSync(full)).toEqual(['notes.txt']);
  });

  it('would be runs/ of a folder where runs is a file', () => {
    const cwd = join(folder, 'no-runs');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'runs'), 'mine');
    const { status, stderr } = wflSimIn(cwd, '--scenario', 'smoke');
    expect(status, stderr).toBe(2);
    expect(stderr).toContain('the run cannot be written to runs');
  });
});

/** `count` images of 28 x 28 and their labels in the layout of MNIST; small enough to be damaged in every way. */
function mnist(name: string, count: number): { readonly dataDir: string; readonly images: string } {
  const dataDir = join(folder, name);
  mkdirSync(join(dataDir, 'mnist'), { recursive: true });
  const idx = (dimensions: readonly number[], values: Uint8Array): Buffer => {
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.writeUInt32BE(0x0800 + dimensions.length);
    dimensions.forEach((dimension, index) => header.writeUInt32BE(dimension, 4 + 4 * index));
    return Buffer.concat([header, values]);
  };
  for (const half of ['train', 't10k']) {
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 2_654_435_761) >>> 24);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    writeFileSync(join(dataDir, 'mnist', `${half}-images-idx3-ubyte`), idx([count, 28, 28], pixels));
    writeFileSync(join(dataDir, 'mnist', `${half}-labels-idx1-ubyte.gz`), gzipSync(idx([count], labels)));
  }
  return { dataDir, images: join(dataDir, 'mnist', 'train-images-idx3-ubyte') };
}

describe('data files', () => {
  const USE = ['--set', 'task.dataset=mnist', '--set', 'clients.samplesPerClient=5', '--set', 'task.testSamples=20'];

  it('that are well run', async () => {
    const { dataDir } = mnist('good', 60);
    const out = join(folder, 'good-run');
    const { exitCode, stderr } = await commandLine(['run', '--scenario', 'smoke', ...USE, '--data-dir', dataDir, '--out', out, '--set', 'clients.partition={name: iid}', '--set', 'schemes=[{name: fedavg}]', '--quiet']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('that are missing: the sentence says how to get them', async () => {
    expect((await refusal('--set', 'task.dataset=mnist'))[0]).toMatch(/"mnist" is read from files, and no data directory is given; expected a data directory by --data-dir .*"wfl-sim data fetch mnist"/);
    const elsewhere = join(folder, 'elsewhere');
    expect((await refusal(...USE, '--data-dir', elsewhere))[0]).toContain(`data set "mnist" is not in the data directory "${elsewhere}"`);
  });

  it('that are cut off: the file and the byte', async () => {
    const { dataDir, images } = mnist('truncated', 60);
    writeFileSync(images, readFileSync(images).subarray(0, 10_000));
    expect(await refusal(...USE, '--data-dir', dataDir)).toEqual([`${images} at byte 10000: the file ends early; expected 47056 bytes for 60 x 28 x 28 values`]);
    writeFileSync(images, gzipSync(readFileSync(mnist('whole', 60).images)).subarray(0, 1000));
    expect((await refusal(...USE, '--data-dir', dataDir))[0]).toContain(`${images} at byte 1000: the gzip data is damaged or cut off`);
  });

  it('with another magic number: what it is and what was expected', async () => {
    const { dataDir, images } = mnist('magic', 60);
    const bytes = readFileSync(images);
    bytes.writeUInt32BE(0x0d03);
    writeFileSync(images, bytes);
    expect(await refusal(...USE, '--data-dir', dataDir)).toEqual([`${images} at byte 0: the magic number is 0x00000d03; expected 0x00000803 or 0x00000804`]);
  });

  it('with more labels than images, or a label out of range', async () => {
    const { dataDir, images } = mnist('labels', 60);
    const labels = images.replace('images-idx3', 'labels-idx1') + '.gz';
    cpSync(join(mnist('more', 61).dataDir, 'mnist', 'train-labels-idx1-ubyte.gz'), labels);
    expect((await refusal(...USE, '--data-dir', dataDir))[0]).toContain('there are 61 labels for 60 images');
    writeFileSync(labels, gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 60, ...Array.from({ length: 60 }, (_, i) => (i === 7 ? 10 : 1))])));
    expect((await refusal(...USE, '--data-dir', dataDir))[0]).toContain(`${labels} at byte 15: label 10 of sample 7 is out of range; expected a label from 0 to 9`);
  });

  it('with fewer samples than clients', async () => {
    const { dataDir } = mnist('few', 12);
    expect((await refusal('--set', 'task.dataset=mnist', '--data-dir', dataDir, '--set', 'clients.count=20', '--set', 'clients.samplesPerClient=null', '--set', 'task.testSamples=12'))[0])
      .toContain('20 clients cannot share 12 training samples; expected at most 12 clients, or a larger data set');
  });
});
