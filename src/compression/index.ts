export type * from './contract.js';
export { schemes } from './schemes/table.js';
