import { describe, expect, it } from 'vitest';
import { aggregateMemory } from '../../src/compression/wyner-ziv/aggregate-memory.js';
import { layoutOf, worldOf } from './world.js';

const layout = layoutOf([3], 1);
const first = Float32Array.of(1, 2, 3, 9);
const second = Float32Array.of(1.5, 2, 1, 8);

describe('what a client knows of the last aggregate', () => {
  it('is the step of the model between two rounds in a row, per learning rate where gradients are sent', () => {
    const ofUpdates = aggregateMemory(worldOf(layout), true, undefined);
    ofUpdates.remember({ round: 4, learningRate: 0.5 }, first);
    expect(ofUpdates.recall(5, second)).toEqual(Float32Array.of(0.5, 0, -2));
    const ofGradients = aggregateMemory(worldOf(layout, 'gradient'), true, undefined);
    ofGradients.remember({ round: 4, learningRate: 0.5 }, first);
    expect(ofGradients.recall(5, second)).toEqual(Float32Array.of(-1, -0, 4));
  });

  it('is nothing before the first round, after a round away, where the model stands still, and with a server optimiser', () => {
    const memory = aggregateMemory(worldOf(layout), true, undefined);
    expect(memory.recall(0, first)).toBeNull();
    memory.remember({ round: 4, learningRate: 0.5 }, first);
    expect(memory.recall(6, second)).toBeNull();
    expect(memory.recall(5, first)).toBeNull();
    const optimised = aggregateMemory({ ...worldOf(layout), serverOptimizer: { kind: 'momentum', rate: 1, momentum: 0.9 } }, true, undefined);
    optimised.remember({ round: 4, learningRate: 0.5 }, first);
    expect(optimised.recall(5, second)).toBeNull();
    expect(optimised.state()).toEqual({});
  });

  it('survives its saved state', () => {
    const memory = aggregateMemory(worldOf(layout), true, undefined);
    memory.remember({ round: 4, learningRate: 0.5 }, first);
    expect(aggregateMemory(worldOf(layout), true, structuredClone(memory.state())).recall(5, second)).toEqual(memory.recall(5, second));
  });
});
