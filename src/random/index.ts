export { stream, type Stream } from './stream.js';
export { permutation, sampleWithoutReplacement, shuffle, uniformInteger } from './selection.js';
export {
  beta,
  dirichlet,
  exponential,
  gamma,
  logGammaVariate,
  logNormal,
  nakagamiPower,
  normal,
  rayleighPower,
  ricianPower,
} from './samplers.js';
