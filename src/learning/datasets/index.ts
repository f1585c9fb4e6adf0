export type { Dataset, DatasetRequest, DatasetSource, Normalisation, Split } from './contract.js';
export { gather, labelCounts, normalisationTable, sampleSize } from './split.js';
export { datasets, loadDataset } from './table.js';
