/**
 * Samples per second of local training (gradient and SGD step) for every engine beside PyTorch, one
 * thread each, in turn, in one run:
 *
 *   npm run bench:engine [-- --json] [-- --rounds 7 --seconds 0.25 --models lenet5 --batches 10,32 --engines native]
 *
 * Figures are samples per second of CPU time, so that other work on the machine disturbs them less.
 * Ratios are medians over paired rounds; the spread is half the interquartile range of the ratios
 * over their median (of the rates where there is no peer). The fraction of peak is nominal: it counts
 * all operations of a model, also those of zero gradients, which the kernels leave out. PyTorch is taken from $WFL_PYTHON or
 * python3; where it is absent, its ratios are null.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { parseArgs } from 'node:util';
import { createEngine, engines } from '../dist/learning/engines/index.js';
import { operationsPerSample } from '../dist/learning/model.js';
import { modelNamed, modelOfLayers, models } from '../dist/learning/models/index.js';
import { cpuSeconds, trainer } from './engine-trainer.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '0.25' },
    models: { type: 'string', default: 'logistic,mlp,lenet5,cnn-cifar,cnn4' },
    batches: { type: 'string', default: '10,32' },
    engines: { type: 'string', default: engines.names.join(',') },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const INPUTS = { 'cnn-cifar': [32, 32, 3] };
const say = (text) => process.stderr.write(`${text}\n`);

const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
};
const median = (values) => quantile(values, 0.5);
const spread = (values) => (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);

/** Floating-point operations per second of a dense layer whose matrices stay in the second-level cache: the kernels' own ceiling. */
function matrixRate(engine) {
  const [count, size, classes] = [96, 256, 2];
  const layers = [{ layer: 'dense', units: size }, { layer: 'dense', units: classes }];
  const network = engine.load(modelOfLayers(layers, [size], classes), count);
  const weights = network.vector();
  const batch = { count, inputs: network.vector(count * size), labels: new Int32Array(count) };
  let best = 0;
  for (let round = 0; round < 20; round++) {
    const start = cpuSeconds();
    for (let i = 0; i < 20; i++) network.evaluate(weights, batch);
    best = Math.max(best, (20 * 2 * count * size * (size + classes)) / (cpuSeconds() - start));
  }
  return best;
}

/** The PyTorch process, or null with the reason said. */
async function openPeer() {
  const child = spawn(process.env.WFL_PYTHON ?? 'python3', [new URL('engine-pytorch.py', import.meta.url).pathname], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise((resolve) => child.on('error', () => resolve({ done: true })));
  child.stdin.on('error', () => undefined);
  const { value: version, done } = await Promise.race([lines.next(), failed]);
  if (done) return null;
  return {
    version,
    async ask(question) {
      child.stdin.write(`${question}\n`);
      return Number((await lines.next()).value);
    },
    close: () => child.stdin.end(),
  };
}

/** Samples per second of wall clock with one and with two workers, each pair measured in turn: median ratio and spread. */
async function scaling(handle, model, batch) {
  const open = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('engine-worker.mjs', import.meta.url), { workerData: { handle, model, batch } });
      worker.once('message', () => resolve(worker));
      worker.once('error', reject);
    });
  const train = (worker) =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(SECONDS);
    });
  const workers = [await open(), await open()];
  const ratios = [];
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await train(workers[round % 2]);
    const together = await Promise.all(workers.map((worker) => train(worker)));
    ratios.push((together[0] + together[1]) / alone);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { model: model.name, batch, twoWorkers: median(ratios), spread: spread(ratios) };
}

const chosen = [];
const absent = [];
for (const name of options.engines.split(',')) {
  const entry = engines.find(name);
  const available = entry.available();
  if (available === true) {
    const handle = await entry.prepare();
    chosen.push({ name, handle, engine: createEngine(handle) });
  } else absent.push({ engine: name, reason: available });
}
const peer = await openPeer();
say(peer === null ? 'PyTorch: absent (set WFL_PYTHON to a Python that has it), ratios are null' : peer.version);
for (const { engine, reason } of absent) say(`${engine}: absent, ${reason}`);

const peaks = { kernels: Math.max(...chosen.map(({ engine }) => (engine.name === 'tensorflow' ? 0 : matrixRate(engine)))), pytorch: peer === null ? null : await peer.ask('peak') };
const peak = Math.max(peaks.kernels, peaks.pytorch ?? 0);
say(`matrix-multiply peak: ${(peak / 1e9).toFixed(0)} GFLOP/s`);

const results = [];
for (const name of options.models.split(',').filter((each) => models.names.includes(each))) {
  const model = modelNamed(name, INPUTS[name] ?? [28, 28, 1], 10);
  const { forward, backward } = operationsPerSample(model);
  for (const batch of options.batches.split(',').map(Number)) {
    const runners = chosen.map(({ name: engine, engine: made }) => ({ engine, run: trainer(made, model, batch, cpuSeconds), rates: [], ratios: [] }));
    for (const { run } of runners) run(0.1);
    if (peer !== null) await peer.ask(`${name} ${batch} 0.05`);
    const peerRates = [];
    for (let round = 0; round < ROUNDS; round++) {
      const peerRate = peer === null ? null : await peer.ask(`${name} ${batch} ${SECONDS}`);
      if (peerRate !== null) peerRates.push(peerRate);
      for (const runner of runners) {
        const rate = runner.run(SECONDS);
        runner.rates.push(rate);
        if (peerRate !== null) runner.ratios.push(rate / peerRate);
      }
    }
    const row = (engine, rates, ratios) => ({
      engine,
      model: name,
      batch,
      samplesPerSecond: median(rates),
      ratioToPyTorch: ratios === null ? null : median(ratios),
      spread: spread(ratios ?? rates),
      fractionOfPeak: (median(rates) * (forward + backward)) / peak,
    });
    for (const { engine, rates, ratios } of runners) results.push(row(engine, rates, peer === null ? null : ratios));
    if (peer !== null) results.push(row('pytorch', peerRates, peerRates.map(() => 1)));
    for (const each of results.slice(-runners.length - (peer === null ? 0 : 1))) {
      const ratio = each.ratioToPyTorch === null ? '' : `  ${each.ratioToPyTorch.toFixed(2)}x PyTorch +-${(100 * each.spread).toFixed(0)} %`;
      say(`${name.padEnd(10)} batch ${String(batch).padEnd(3)} ${each.engine.padEnd(10)} ${each.samplesPerSecond.toFixed(0).padStart(9)} samples/s${ratio}  ${(100 * each.fractionOfPeak).toFixed(0)} % of peak`);
    }
  }
}
peer?.close();

const workers = [];
for (const { name, handle } of chosen.filter(({ name: each }) => each !== 'tensorflow')) {
  const result = await scaling(handle, modelNamed('lenet5', [28, 28, 1], 10), 10);
  workers.push({ engine: name, ...result });
  say(`lenet5     batch 10  ${name.padEnd(10)} two workers do ${result.twoWorkers.toFixed(2)}x one +-${(100 * result.spread).toFixed(0)} %`);
}
const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
say(`peak memory of this process: ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB`);

if (options.json) {
  const peers = [{ name: 'pytorch', present: peer !== null, version: peer?.version ?? null }, ...absent.map(({ engine, reason }) => ({ name: engine, present: false, reason }))];
  const machine = {
    cpu: os.cpus()[0].model,
    cores: os.cpus().length,
    node: process.version,
    instructionSets: Object.fromEntries(chosen.map(({ name, engine }) => [name, engine.instructionSet])),
    matrixPeakFlops: peak,
    matrixPeaks: peaks,
  };
  process.stdout.write(`${JSON.stringify({ results, peers, machine, workers, peakMemoryBytes }, null, 2)}\n`);
}
