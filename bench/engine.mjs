/**
 * Samples per second of local training (gradient and SGD step) for every engine beside PyTorch, one
 * thread each, in turn, in one run:
 *
 *   npm run bench:engine [-- --json] [-- --rounds 7 --seconds 0.25 --models lenet5 --batches 10,32 --engines native]
 *
 * Figures are samples per second of CPU time, so that other work on the machine disturbs them less.
 * Ratios are medians over paired rounds; the spread is half the interquartile range of the ratios
 * over their median (of the rates where there is no peer). PyTorch is taken from $WFL_PYTHON or
 * python3; where it is absent, its ratios are null.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { createEngine, engines } from '../dist/learning/engines/index.js';
import { initialWeights, operationsPerSample } from '../dist/learning/model.js';
import { modelNamed, modelOfLayers, models } from '../dist/learning/models/index.js';
import { stream } from '../dist/random/stream.js';

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

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const quantile = (values, q) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
};
const median = (values) => quantile(values, 0.5);
const spread = (values) => (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);

/** Trains on eight prepared batches in the engine's own memory, as the PyTorch side does on sliced tensors. */
function ownRunner(engine, model, batch) {
  const network = engine.load(model, batch);
  const { inputSize, layout } = network;
  const values = stream(1, 'bench-inputs');
  const batches = Array.from({ length: 8 }, () => {
    const inputs = network.vector(batch * inputSize);
    for (let j = 0; j < inputs.length; j++) inputs[j] = 2 * values.uniform() - 1;
    return { count: batch, inputs, labels: Int32Array.from({ length: batch }, () => Math.floor(values.uniform() * model.classes)) };
  });
  const [weights, gradient] = [network.vector(), network.vector()];
  weights.set(initialWeights(model, 1));
  let at = 0;
  const step = () => {
    network.gradient(weights, batches[at], gradient);
    network.axpy(-0.01, gradient, weights, layout.trainableSize);
    at = (at + 1) % batches.length;
  };
  return (seconds) => {
    step();
    let steps = 0;
    const start = cpuSeconds();
    for (;;) {
      step();
      steps++;
      const elapsed = cpuSeconds() - start;
      if (elapsed >= seconds) return (steps * batch) / elapsed;
    }
  };
}

/** Floating-point operations per second of a dense layer whose matrices stay in the second-level cache: the kernels' own ceiling. */
function matrixRate(engine) {
  const [count, size] = [96, 256];
  const network = engine.load(modelOfLayers([{ layer: 'dense', units: size, bias: false }], [size], size), count);
  const weights = network.vector();
  const batch = { count, inputs: network.vector(count * size), labels: new Int32Array(count) };
  let best = 0;
  for (let round = 0; round < 20; round++) {
    const start = cpuSeconds();
    for (let i = 0; i < 20; i++) network.evaluate(weights, batch);
    best = Math.max(best, (20 * 2 * count * size * size) / (cpuSeconds() - start));
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

const chosen = [];
const absent = [];
for (const name of options.engines.split(',')) {
  const entry = engines.find(name);
  const available = entry.available();
  if (available === true) chosen.push({ name, engine: createEngine(await entry.prepare()) });
  else absent.push({ engine: name, reason: available });
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
    const runners = chosen.map(({ name: engine, engine: made }) => ({ engine, run: ownRunner(made, model, batch), rates: [], ratios: [] }));
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
  process.stdout.write(`${JSON.stringify({ results, peers, machine }, null, 2)}\n`);
}
