import { ratioOfDecibels } from '../scenario/quantity.js';
import type { Direction, NodeId } from './contract.js';
import type { RateOptions } from './rate/index.js';

/**
 * Outer loop of link adaptation: a factor per link on the signal-to-noise ratio that rates are chosen
 * from. A first attempt that fails lowers it by 1 dB, one that arrives raises it by
 * 1 dB e / (1 - e), so that it stands still where the accepted part e of first attempts fails
 * (Pedersen et al., Frequency domain scheduling for OFDMA, VTC 2007).
 */
export interface OuterLoop {
  factor(client: NodeId, direction: Direction): number;
  /** The factor after a first attempt that started with this one. */
  next(factor: number, arrived: boolean): number;
  settle(client: NodeId, direction: Direction, arrived: boolean): void;
  state(): readonly number[];
}

const STEP_DB = 1;
/** The correction stays within these limits, so that a link that was cut off comes back. */
const LOWEST = ratioOfDecibels(-15);
const HIGHEST = ratioOfDecibels(6);

export function createOuterLoop(rate: RateOptions, clients: number, restored: readonly number[] | undefined): OuterLoop {
  if (rate.kind !== 'nr' || !rate.outerLoop) return { factor: () => 1, next: () => 1, settle: () => undefined, state: () => [] };
  const factors = restored === undefined ? new Float64Array(2 * clients).fill(1) : Float64Array.from(restored);
  const down = ratioOfDecibels(-STEP_DB);
  const up = ratioOfDecibels((STEP_DB * rate.blockErrorRate) / (1 - rate.blockErrorRate));
  const next = (factor: number, arrived: boolean): number => Math.min(HIGHEST, Math.max(LOWEST, factor * (arrived ? up : down)));
  const place = (client: NodeId, direction: Direction): number => 2 * client + (direction === 'uplink' ? 1 : 0);
  return {
    next,
    factor: (client, direction) => factors[place(client, direction)],
    settle(client, direction, arrived) {
      const index = place(client, direction);
      factors[index] = next(factors[index], arrived);
    },
    state: () => [...factors],
  };
}
