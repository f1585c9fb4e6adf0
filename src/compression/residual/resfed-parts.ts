import type { BitReader } from '../bits.js';
import type { SchemeState, SchemeWorld, StateValue } from '../contract.js';
import { subtract } from '../elementwise.js';
import type { FrameKind, MessageWriter } from '../frame.js';
import { medianTree } from '../quantizers/median-tree.js';
import { floatsIn, listIn, recordIn } from '../state.js';
import { canPredict, predict, PREDICTION_NEEDS, type PredictionRule, type Trajectory } from './prediction.js';
import { addResidual, writeResidual, type ResidualFormat } from './residual-codec.js';

export interface ResFedOptions {
  readonly uplinkRule: PredictionRule;
  /** `none`: the model goes down in full, to all at once. */
  readonly downlinkRule: PredictionRule | 'none';
  readonly uplinkSparsity: number;
  readonly downlinkSparsity: number;
  readonly depth: number;
  readonly format: ResidualFormat;
}

export interface ResFedParts {
  readonly world: SchemeWorld;
  readonly options: ResFedOptions;
  readonly downlinkKind: FrameKind;
  readonly uplinkKind: FrameKind;
}

/** What both ends have recovered: models that came down and local models that went up, newest last. */
export interface Trajectories {
  readonly [key: string]: Trajectory;
  readonly down: Trajectory;
  readonly up: Trajectory;
}

export const NO_TRAJECTORIES: Trajectories = { down: [], up: [] };
export const RESFED_CONTROL = { uplinkBits: false, accepted: true };

export function readTrajectories(value: StateValue, size: number): Trajectories {
  const { down, up }: SchemeState = recordIn(value, 'trajectories');
  const read = (saved: StateValue | undefined): Trajectory => listIn(saved, 'trajectory').map((entry) => floatsIn(entry, 'trajectory', size));
  return { down: read(down), up: read(up) };
}

/** Appends, and drops what no rule looks at any more; two entries at least, by which start-up is told. */
export function extend({ uplinkRule, downlinkRule }: ResFedOptions, direction: 'down' | 'up', trajectories: Trajectories, vector: Float32Array): Trajectories {
  const up = PREDICTION_NEEDS[uplinkRule];
  const down = downlinkRule === 'none' ? { own: 0, opposite: 0 } : PREDICTION_NEEDS[downlinkRule];
  const depth = direction === 'down' ? Math.max(2, down.own, up.opposite) : Math.max(2, up.own, down.opposite);
  return { ...trajectories, [direction]: [...trajectories[direction], vector].slice(-depth) };
}

/** The prediction of what goes in that direction next, or null at start-up, when all is sent in full. */
export function prediction({ uplinkRule, downlinkRule }: ResFedOptions, direction: 'down' | 'up', { down, up }: Trajectories): Float32Array | null {
  const rule = direction === 'down' ? downlinkRule : uplinkRule;
  const own = direction === 'down' ? down : up;
  const opposite = direction === 'down' ? up : down;
  if (rule === 'none' || !canPredict(rule, own, opposite)) return null;
  // The authors' rules never predict in the first exchange. What looks back at nothing has no start-up.
  if (PREDICTION_NEEDS[rule].own > 0 && opposite.length < 2) return null;
  return predict(rule, own, opposite);
}

/** Writes `target` as a residual against the prediction, or in full where there is none; both ends know which. */
export function writeRecoverable(out: MessageWriter, target: Float32Array, predicted: Float32Array | null, sparsity: number, { depth, format }: ResFedOptions): void {
  if (predicted === null) {
    out.part('values');
    out.writeFloats(target);
    return;
  }
  const residual = new Float32Array(target.length);
  subtract(residual, target, predicted);
  writeResidual(out, medianTree(residual, sparsity, depth), format);
}

/** What the message recovers at either end; `predicted` is used up. */
export function readRecoverable(body: BitReader, size: number, predicted: Float32Array | null, { format }: ResFedOptions): Float32Array {
  if (predicted === null) return body.readFloats(size);
  addResidual(body, predicted, format);
  return predicted;
}
