export type { Evaluation } from './evaluation.js';
export { evaluate, EVALUATION_BATCH, evaluateRange } from './evaluation.js';
export type { LocalTrainingRequest } from './local-training.js';
export { FULL_BATCH_CHUNK, localTraining } from './local-training.js';
export type { LocalTrainingOptions } from './options.js';
export { batchMax } from './batch-max.js';
