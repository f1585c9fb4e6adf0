export { createKernel, type EventHandle, type Kernel, type KernelOptions } from './kernel.js';
export { createResource, type RequestHandle, type Resource } from './resource.js';
