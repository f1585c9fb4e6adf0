import { inputError } from '../../errors.js';
import type { Normalisation, Split } from './contract.js';

/** An empty split in shared memory. */
export function allocateSplit(count: number, sampleSize: number): Split {
  return {
    count,
    pixels: new Uint8Array(new SharedArrayBuffer(count * sampleSize)),
    labels: new Uint8Array(new SharedArrayBuffer(count)),
  };
}

/** The first `count` samples, sharing the memory of the whole. Asking for more than there are is an input error. */
export function firstSamples(split: Split, count: number | undefined, sampleSize: number, what: string): Split {
  if (count === undefined || count === split.count) return split;
  if (!Number.isInteger(count) || count < 1 || count > split.count) {
    throw inputError('DATASET_TOO_SMALL', `${what} holds ${split.count} samples and ${count} are asked for`, {
      expected: `a number of samples from 1 to ${split.count}`,
    });
  }
  return { count, pixels: split.pixels.subarray(0, count * sampleSize), labels: split.labels.subarray(0, count) };
}

/**
 * The normalised value of each byte, 256 floats per channel: (v / 255 - mean) / std, rounded once
 * from double, so that every worker and engine sees the same input bits.
 */
export function normalisationTable({ mean, std }: Normalisation): Float32Array {
  const table = new Float32Array(256 * mean.length);
  for (let channel = 0; channel < mean.length; channel++) {
    for (let value = 0; value < 256; value++) {
      table[channel * 256 + value] = (value / 255 - mean[channel]) / std[channel];
    }
  }
  return table;
}

/**
 * Writes the samples `indices[start .. start + count)` of a split into `out` (row-major, normalised
 * by `table`, see `normalisationTable`) and their labels into `labelsOut`. `indices` null takes the
 * samples in their own order. The hot path of training and evaluation: no allocation, no branch per pixel.
 */
export function gather(
  split: Split,
  indices: Int32Array | null,
  start: number,
  count: number,
  table: Float32Array,
  out: Float32Array,
  labelsOut: Uint8Array | Int32Array,
): void {
  const { pixels, labels } = split;
  const size = pixels.length / split.count;
  const channels = table.length / 256;
  for (let row = 0; row < count; row++) {
    const sample = indices === null ? start + row : indices[start + row];
    const source = sample * size;
    const target = row * size;
    labelsOut[row] = labels[sample]!;
    if (channels === 1) {
      for (let j = 0; j < size; j++) out[target + j] = table[pixels[source + j]]!;
    } else {
      for (let j = 0; j < size; j += channels) {
        for (let channel = 0; channel < channels; channel++) {
          out[target + j + channel] = table[channel * 256 + pixels[source + j + channel]]!;
        }
      }
    }
  }
}

/** Samples per class. */
export function labelCounts(labels: Uint8Array, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  return counts;
}

/**
 * Mean and (population) standard deviation per channel on the scale 0 .. 1, from the exact integer
 * counts of the 256 byte values, so that the result does not depend on an order of summation.
 * A constant channel gets deviation 1.
 */
export function measureNormalisation(pixels: Uint8Array, channels: number): Normalisation {
  const counts = new Float64Array(256 * channels);
  for (let j = 0; j < pixels.length; j += channels) {
    for (let channel = 0; channel < channels; channel++) counts[channel * 256 + pixels[j + channel]]++;
  }
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let sumOfSquares = 0;
    for (let value = 0; value < 256; value++) {
      const count = counts[channel * 256 + value];
      sum += count * value;
      sumOfSquares += count * value * value;
    }
    const n = pixels.length / channels;
    const variance = (sumOfSquares - (sum * sum) / n) / n;
    mean.push(sum / n / 255);
    std.push(variance > 0 ? Math.sqrt(variance) / 255 : 1);
  }
  return { mean, std };
}
