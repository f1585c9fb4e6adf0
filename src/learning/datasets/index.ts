export type { Dataset, DatasetRequest, DatasetSource, Normalisation, Split } from './contract.js';
export { gather, labelCounts, normalisationTable } from './split.js';
export type { OwnDataset } from './own-dataset.js';
export { ownDatasetSchema } from './own-dataset.js';
export { datasets, loadDataset } from './table.js';
export type { FetchedFile, FetchRequest } from './fetch.js';
export { fetchDataset } from './fetch.js';
export type { DatasetFindings } from './inspect.js';
export { inspectDatasets } from './inspect.js';
