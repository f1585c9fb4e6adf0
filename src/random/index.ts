export { stream, type Stream } from './stream.js';
