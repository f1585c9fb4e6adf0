import { z } from 'zod';
import { inputError } from '../../errors.js';
import { stream } from '../../random/index.js';
import type { DatasetSource, Split } from './contract.js';
import { drawDigit } from './digits/draw.js';
import { SIDE } from './digits/raster.js';
import { allocateSplit } from './split.js';

const CLASSES = 10;
const DEFAULT_TRAIN = 6000;
const DEFAULT_TEST = 2000;
const MAX_COUNT = 1_000_000;

/** Mean and deviation over the 6,000 training images of seed 1. */
const NORMALISATION = { mean: [0.1979], std: [0.2294] };

/**
 * Digits drawn by the program itself: image `i` of a split is a function of (seed, split, i), and
 * its class is i mod 10, so that any first part of a split is balanced and more images can be asked
 * for without changing those that are there.
 */
export const syntheticDigits: DatasetSource = {
  name: 'synthetic-digits',
  describe: 'hand-drawn-looking digits that the program draws itself (28x28, 10 classes, no download)',
  schema: z.strictObject({}),
  classes: CLASSES,
  origin: 'drawn',
  load: ({ seed, trainCount, drawnTrainCount, testCount }) => ({
    name: 'synthetic-digits',
    classes: CLASSES,
    height: SIDE,
    width: SIDE,
    channels: 1,
    normalisation: NORMALISATION,
    train: drawSplit(seed, 0, trainCount ?? drawnTrainCount ?? DEFAULT_TRAIN),
    test: drawSplit(seed, 1, testCount ?? DEFAULT_TEST),
  }),
};

function drawSplit(seed: number, half: 0 | 1, count: number): Split {
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw inputError('DATASET_COUNT', `${count} images of synthetic-digits are asked for`, {
      expected: `a whole number from 1 to ${MAX_COUNT}`,
    });
  }
  const split = allocateSplit(count, SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    split.labels[i] = i % CLASSES;
    drawDigit(i % CLASSES, stream(seed, 'synthetic-digits', half, i), split.pixels, i * SIDE * SIDE);
  }
  return split;
}
