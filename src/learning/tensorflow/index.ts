export { BACKENDS, nodeBackendProblem } from './backends.js';
export type { BackendName } from './backends.js';
export type { TensorflowHandle } from './engine.js';
export { createTensorflow, prepareTensorflow, tensorflowEngine } from './engine.js';
