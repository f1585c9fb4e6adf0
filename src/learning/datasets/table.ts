import { defineTable } from '../../table.js';
import { FILE_CATALOGUE } from './catalogue.js';
import type { Dataset, DatasetRequest, DatasetSource } from './contract.js';
import { idxDataset } from './idx-dataset.js';
import type { OwnDataset } from './own-dataset.js';
import { ownDataset } from './own-dataset.js';
import { syntheticDigits } from './synthetic-digits.js';

/** The data sets a scenario can name. */
export const datasets = defineTable<DatasetSource>('data set', [syntheticDigits, ...FILE_CATALOGUE.map(idxDataset)]);

/** Loads or draws a data set into shared memory. Unknown names, missing and damaged files are input errors. */
export function loadDataset(choice: string | OwnDataset, request: DatasetRequest): Dataset {
  return typeof choice === 'string' ? datasets.find(choice).load(request) : ownDataset(choice).load(request);
}
