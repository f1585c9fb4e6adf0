import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { inputError } from '../../errors.js';
import type { DatasetFiles, FileCatalogueEntry, FileSpec } from './catalogue.js';
import type { Dataset, DatasetRequest, DatasetSource, Split } from './contract.js';
import { parseIdx } from './idx.js';
import { allocateSplit, firstSamples, measureNormalisation } from './split.js';

/** A data set read from four IDX files of the data directory. */
export function idxDataset(entry: FileCatalogueEntry): DatasetSource {
  return {
    name: entry.name,
    describe: entry.describe,
    schema: z.strictObject({}),
    classes: entry.classes,
    origin: 'files',
    load: (request) => load(entry, request),
  };
}

/**
 * The path of each of the four files in the first folder that has the training images; undefined
 * where no folder has them. Files may be gzip (`.gz`) or plain.
 */
export function locateFiles(dataDir: string, entry: Pick<FileCatalogueEntry, 'folders' | 'files'>): LocatedFiles | undefined {
  for (const folder of entry.folders) {
    const path = resolve(dataDir, folder);
    if (existingFile(path, entry.files.trainImages) !== undefined) return { folder: path, path: (file) => existingFile(path, file) };
  }
  return undefined;
}

export interface LocatedFiles {
  readonly folder: string;
  /** Where that file lies, or undefined where it is missing. */
  path(file: FileSpec): string | undefined;
}

function existingFile(folder: string, { name }: FileSpec): string | undefined {
  return [`${name}.gz`, name].map((candidate) => join(folder, candidate)).find((candidate) => existsSync(candidate));
}

function load(entry: FileCatalogueEntry, { dataDir, trainCount, testCount }: DatasetRequest): Dataset {
  if (dataDir === undefined) {
    throw inputError('DATA_DIR_MISSING', `data set "${entry.name}" is read from files, and no data directory is given`, {
      expected: 'a data directory by --data-dir or the environment variable WFL_DATA_DIR',
      hint: entry.source,
    });
  }
  const located = locateFiles(dataDir, entry);
  if (located === undefined) {
    throw inputError('DATASET_NOT_FOUND', `data set "${entry.name}" is not in the data directory "${dataDir}"`, {
      expected: `${entry.files.trainImages.name}[.gz] and its three companions in ${entry.folders.map((folder) => `"${folder}"`).join(' or ')}`,
      hint: `${entry.source}, or name another directory by --data-dir or WFL_DATA_DIR`,
    });
  }
  const train = readSplit(located, entry, entry.files.trainImages, entry.files.trainLabels);
  const test = readSplit(located, entry, entry.files.testImages, entry.files.testLabels);
  const { height, width, channels } = train;
  if (test.height !== height || test.width !== width || test.channels !== channels) {
    throw inputError('IDX_DIMENSIONS', `the test images are ${test.height} x ${test.width} x ${test.channels}`, {
      place: { file: test.file, byteOffset: 8 },
      expected: `${height} x ${width} x ${channels}, as the training images`,
    });
  }
  const size = height * width * channels;
  return {
    name: entry.name,
    classes: entry.classes,
    height,
    width,
    channels,
    normalisation: measureNormalisation(train.split.pixels, channels),
    train: firstSamples(train.split, trainCount, size, `the training half of "${entry.name}"`),
    test: firstSamples(test.split, testCount, size, `the test half of "${entry.name}"`),
  };
}

interface ReadSplit {
  readonly file: string;
  readonly split: Split;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

function readSplit(located: LocatedFiles, entry: FileCatalogueEntry, imagesFile: FileSpec, labelsFile: FileSpec): ReadSplit {
  const file = required(located, entry, imagesFile);
  const labelPath = required(located, entry, labelsFile);
  const images = parseIdx(readBytes(file), file, [3, 4]);
  const labels = parseIdx(readBytes(labelPath), labelPath, [1]);
  const [count, height, width] = images.dimensions;
  const channels = images.dimensions.length === 4 ? images.dimensions[3] : 1;
  if (labels.dimensions[0] !== count) {
    throw inputError('IDX_COUNT', `there are ${labels.dimensions[0]} labels for ${count} images`, {
      place: { file: labelPath, byteOffset: 4 },
      expected: `${count} labels`,
    });
  }
  const split = allocateSplit(count, height * width * channels);
  split.pixels.set(images.values);
  for (let i = 0; i < count; i++) {
    const label = labels.values[i] - entry.firstLabel;
    if (label < 0 || label >= entry.classes) {
      throw inputError('IDX_LABEL', `label ${labels.values[i]} of sample ${i} is out of range`, {
        place: { file: labelPath, byteOffset: labels.valuesOffset + i },
        expected: `a label from ${entry.firstLabel} to ${entry.firstLabel + entry.classes - 1}`,
      });
    }
    split.labels[i] = label;
  }
  return { file, split, height, width, channels };
}

function required(located: LocatedFiles, entry: FileCatalogueEntry, file: FileSpec): string {
  const path = located.path(file);
  if (path !== undefined) return path;
  throw inputError('DATASET_INCOMPLETE', `data set "${entry.name}" lacks the file ${file.name}[.gz] in "${located.folder}"`, {
    expected: `the four files ${fileNames(entry.files).join(', ')}`,
    hint: entry.source,
  });
}

function fileNames(files: DatasetFiles): string[] {
  return [files.trainImages, files.trainLabels, files.testImages, files.testLabels].map(({ name }) => name);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw inputError('DATASET_UNREADABLE', `the file cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, { place: { file }, cause });
  }
}
