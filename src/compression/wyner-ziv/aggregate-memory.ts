import type { ClientRound, SchemeState, SchemeWorld } from '../contract.js';
import { floatsIn, numberIn, orNull } from '../state.js';

/**
 * What a client knows of the last aggregate. The broadcasts of two rounds in a row tell it: the model
 * moves by the aggregate. A client measures its deviation by it and leaves decoding to the server, so
 * that single precision is enough.
 */
export interface AggregateMemory {
  /**
   * The aggregate (trainable part) of the round before `round`, which opens with the model `start`; null
   * where the client was not there, where the model has not moved, or where models do not tell it: a server optimiser
   * moves them by something else, or they come rounded (`isExact` is false).
   */
  recall(round: number, start: Float32Array): Float32Array | null;
  /** The client trains in that round from `start`. */
  remember(round: Pick<ClientRound, 'round' | 'learningRate'>, start: Float32Array): void;
  state(): SchemeState;
}

export function aggregateMemory({ layout, input, serverOptimizer }: SchemeWorld, isExact: boolean, restored: SchemeState | undefined): AggregateMemory {
  const size = layout.trainableSize;
  const isTold = isExact && (serverOptimizer === undefined || serverOptimizer.kind === 'none');
  let model = orNull(restored?.['model'], (value) => floatsIn(value, 'model of a round', size));
  let seenIn = orNull(restored?.['seenIn'], (value) => numberIn(value, 'round of a model'));
  let stepPerAggregate = orNull(restored?.['stepPerAggregate'], (value) => numberIn(value, 'step per aggregate'));
  return {
    recall(round, start) {
      if (model === null || stepPerAggregate === null || stepPerAggregate === 0 || seenIn !== round - 1) return null;
      const aggregate = new Float32Array(size);
      let hasMoved = false;
      for (let j = 0; j < size; j++) {
        const step = start[j] - model[j];
        if (step !== 0) hasMoved = true;
        aggregate[j] = step / stepPerAggregate;
      }
      return hasMoved ? aggregate : null;
    },
    remember({ round, learningRate }, start) {
      if (!isTold) return;
      model = start.slice(0, size);
      seenIn = round;
      stepPerAggregate = input === 'gradient' ? -learningRate : 1;
    },
    state: () => (isTold ? { model, seenIn, stepPerAggregate } : {}),
  };
}
