export type { Partition, PartitionRequest } from './contract.js';
export type { Sizes } from './sizes.js';
export { sizesSchema } from './sizes.js';
export type { ClientDataRequest, PartitionChoice } from './table.js';
export { partitions, partitionSchema, splitAmongClients } from './table.js';
