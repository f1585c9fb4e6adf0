#!/usr/bin/env node
/**
 * Compares the `tensorflow` engine on libtensorflow with the kernels, on a built copy of the project
 * whose @tensorflow/tfjs-node loads (see build.mjs): node check.mjs ROOT [--json]
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = process.argv[2];
const json = process.argv.includes('--json');
const TOLERANCE = 1e-5;
const BATCH = 10;
const INPUTS = { 'cnn-cifar': [32, 32, 3], 'cnn-resfed': [32, 32, 3], resnet8: [32, 32, 3], 'char-gru': [20] };

const learning = (file) => import(pathToFileURL(join(root, 'dist', 'learning', file)).href);
const { createEngine, selectEngine, modelNamed, models, initialWeights } = await learning('index.js');
const { stream } = await import(pathToFileURL(join(root, 'dist', 'random', 'index.js')).href);

const handle = await selectEngine('tensorflow');
if (handle.backend !== 'node') throw new Error(`the tensorflow engine passed libtensorflow over: ${handle.notice}`);
const tensorflow = createEngine(handle);
const kernels = createEngine(await selectEngine('portable'));
const tf = createRequire(join(root, 'package.json'))('@tensorflow/tfjs-node');
const versions = { tfjs: tf.version.tfjs, tfjsNode: tf.version['tfjs-node'], libtensorflow: tf.backend().binding.TF_Version };

function batchFor(model) {
  const draws = stream(1, 'inputs');
  const [first] = model.layers;
  const draw = first.layer === 'embedding' ? () => Math.floor(draws.uniform() * first.vocabulary) : () => 2 * draws.uniform() - 1;
  return {
    count: BATCH,
    inputs: Float32Array.from({ length: BATCH * model.input.reduce((a, b) => a * b, 1) }, draw),
    labels: Int32Array.from({ length: BATCH }, () => Math.floor(draws.uniform() * model.classes)),
    dropoutKey: 7,
  };
}

/** Largest difference relative to the largest value. */
function relativeDifference(a, b) {
  const largest = a.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return a.reduce((max, value, j) => Math.max(max, Math.abs(value - b[j])), 0) / largest;
}

function samplesPerSecond(network, weights, batch) {
  const gradient = new Float32Array(weights.length);
  const start = performance.now();
  let steps = 0;
  while (performance.now() - start < 1000) {
    network.gradient(weights, batch, gradient);
    steps++;
  }
  return (1000 * steps * BATCH) / (performance.now() - start);
}

const results = models.names.map((name) => {
  const model = modelNamed(name, INPUTS[name] ?? [28, 28, 1], name === 'char-gru' ? 60 : 10);
  const batch = batchFor(model);
  const [a, b] = [tensorflow, kernels].map((engine) => {
    const network = engine.load(model, BATCH);
    const weights = initialWeights(model, 1);
    const gradient = new Float32Array(weights.length);
    return { loss: network.gradient(weights, batch, gradient), gradient, evaluation: network.evaluate(weights, batch), network, weights };
  });
  return {
    model: name,
    lossDifference: Math.abs(a.loss - b.loss) / Math.abs(b.loss),
    gradientDifference: relativeDifference(b.gradient, a.gradient),
    evaluationDifference: Math.abs(a.evaluation.lossSum - b.evaluation.lossSum) / Math.abs(b.evaluation.lossSum),
    samplesPerSecond: samplesPerSecond(a.network, a.weights, batch),
  };
});

if (json) console.log(JSON.stringify({ engine: tensorflow.instructionSet, versions, batch: BATCH, results }, null, 2));
else {
  console.log(`${tensorflow.instructionSet}, ${JSON.stringify(versions)}`);
  for (const { model, lossDifference, gradientDifference, samplesPerSecond } of results) {
    console.log(`${model.padEnd(10)} loss differs by ${lossDifference.toExponential(1)}, gradient by ${gradientDifference.toExponential(1)}; ${samplesPerSecond.toFixed(0)} samples/s at batch ${BATCH}`);
  }
}
const wrong = results.filter(({ lossDifference, gradientDifference, evaluationDifference }) => !(Math.max(lossDifference, gradientDifference, evaluationDifference) < TOLERANCE));
if (wrong.length > 0) {
  console.error(`the engines differ by more than ${TOLERANCE} on ${wrong.map(({ model }) => model).join(', ')}`);
  process.exitCode = 1;
}
