import { describe, expect, it } from 'vitest';
import { createKernel, createResource } from '../../src/des/index.js';
import { studentTQuantile } from '../../src/numerics/index.js';
import { exponential, stream } from '../../src/random/index.js';

/**
 * Mean waiting time in the queue of a single server with Poisson arrivals, as an interval of 99 %
 * confidence from the means of independent replications, each begun after a warm-up.
 */
async function waitingTime(arrivalRate: number, serviceS: (draw: () => number) => number, replications: number, customers: number) {
  const means: number[] = [];
  for (let replication = 0; replication < replications; replication++) {
    const kernel = createKernel();
    const server = createResource(kernel, 1);
    const arrivals = stream(20, 'arrivals', replication);
    const services = stream(20, 'services', replication);
    const warmUp = Math.floor(customers / 10);
    let waitedS = 0;
    let arrived = 0;
    const leave = (): void => server.release();
    const start = ({ number, arrivedS }: { number: number; arrivedS: number }): void => {
      if (number >= warmUp) waitedS += kernel.now - arrivedS;
      kernel.schedule(serviceS(() => exponential(services)), leave, null, 'service');
    };
    const arrive = (): void => {
      server.request(start, { number: arrived++, arrivedS: kernel.now }, 'arrival');
      if (arrived < customers) kernel.schedule(exponential(arrivals) / arrivalRate, arrive, null, 'arrival');
    };
    kernel.schedule(exponential(arrivals) / arrivalRate, arrive, null, 'arrival');
    await kernel.run();
    means.push(waitedS / (customers - warmUp));
  }
  const mean = means.reduce((a, b) => a + b, 0) / replications;
  const variance = means.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (replications - 1);
  return { mean, halfWidth: studentTQuantile(0.995, replications - 1) * Math.sqrt(variance / replications) };
}

describe('mean waiting times against closed form (20 replications of 20,000 customers, load 0.7, 99 % intervals)', () => {
  const arrivalRate = 0.7;
  it('meets rho / (mu - lambda) for exponential service (M/M/1)', async () => {
    const { mean, halfWidth } = await waitingTime(arrivalRate, (draw) => draw(), 20, 20_000);
    const expected = 0.7 / (1 - 0.7);
    expect(halfWidth).toBeLessThan(0.05 * expected);
    expect(Math.abs(mean - expected)).toBeLessThan(halfWidth);
  });

  it('meets rho / (2 mu (1 - rho)) for constant service (M/D/1)', async () => {
    const { mean, halfWidth } = await waitingTime(arrivalRate, () => 1, 20, 20_000);
    const expected = 0.7 / (2 * (1 - 0.7));
    expect(halfWidth).toBeLessThan(0.05 * expected);
    expect(Math.abs(mean - expected)).toBeLessThan(halfWidth);
  });
});
