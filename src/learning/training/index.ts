export type { Evaluation } from './evaluation.js';
export { evaluate, evaluateRange } from './evaluation.js';
export type { LocalTrainingRequest } from './local-training.js';
export { localTraining } from './local-training.js';
export type { LocalTrainingOptions } from './options.js';
export { batchMax, EVALUATION_BATCH, FULL_BATCH_CHUNK } from './batch-max.js';
