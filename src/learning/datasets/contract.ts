import type { Entry } from '../../table.js';

/** One half of a data set. Pixels and labels lie in shared memory, so that all workers use one copy. */
export interface Split {
  readonly count: number;
  /** `count * height * width * channels` bytes, row-major, channels innermost. */
  readonly pixels: Uint8Array<SharedArrayBuffer>;
  /** Class index of each sample, 0 .. classes - 1. */
  readonly labels: Uint8Array<SharedArrayBuffer>;
}

/** Mean and standard deviation per channel of pixels on the scale 0 .. 1. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images with class labels; a plain record that can be posted to a worker without a copy. */
export interface Dataset {
  readonly name: string;
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly normalisation: Normalisation;
  readonly train: Split;
  readonly test: Split;
}

export interface DatasetRequest {
  /** Where data files lie; not needed by data sets that the program draws itself. */
  readonly dataDir?: string | undefined;
  /** Seed of data sets that the program draws itself. */
  readonly seed: number;
  /** Samples wanted of each half, taken from its start; all of them where absent. More than there are is an input error. */
  readonly trainCount?: number | undefined;
  readonly testCount?: number | undefined;
  /** Training samples that a data set of no fixed size draws where `trainCount` is absent; its own default without it. */
  readonly drawnTrainCount?: number | undefined;
}

/** An entry of the data set table. */
export interface DatasetSource extends Entry {
  readonly classes: number;
  /** Whether the program draws the data set itself or reads files. */
  readonly origin: 'drawn' | 'files';
  load(request: DatasetRequest): Dataset;
}
