import { initialWeights } from '../dist/learning/model.js';
import { stream } from '../dist/random/stream.js';

/**
 * Trains on eight prepared batches in the engine's own memory, as the PyTorch side does on sliced
 * tensors. The function it returns trains for so many seconds of wall clock and gives the samples
 * per second of `clock` (wall clock by default).
 */
export function trainer(engine, model, batch, clock = wallSeconds) {
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
    const start = clock();
    for (;;) {
      step();
      steps++;
      const elapsed = clock() - start;
      if (elapsed >= seconds) return (steps * batch) / elapsed;
    }
  };
}

export const wallSeconds = () => performance.now() / 1000;

export const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
