import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { mnistFiles } from './catalogue.js';
import type { DatasetSource } from './contract.js';
import { idxDataset } from './idx-dataset.js';

/** A data set of one's own in a scenario. */
export const ownDatasetSchema = z.strictObject({
  folder: z.string().min(1).meta({ description: 'folder with four IDX files under the names of MNIST: below the data directory, or an absolute path' }),
  classes: z.int().min(2).max(256).default(10).meta({ description: 'classes; labels are 0 .. classes - 1' }),
});
export type OwnDataset = z.output<typeof ownDatasetSchema>;

/**
 * A data set from a folder of IDX files: images [count, height, width] or, with colours, [count,
 * height, width, channels]; one label byte each. Any data can be brought in this way, offline.
 */
export function ownDataset({ folder, classes }: OwnDataset): DatasetSource {
  const source = idxDataset({
    name: folder,
    describe: `IDX files in ${folder}`,
    classes,
    firstLabel: 0,
    folders: [folder],
    files: mnistFiles(),
    mirrors: [],
    source: `Put the four IDX files into the folder "${folder}"`,
  });
  // An absolute folder needs no data directory.
  return { ...source, load: (request) => source.load(isAbsolute(folder) ? { ...request, dataDir: folder } : request) };
}
