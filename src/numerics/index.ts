export { exp, expm1 } from './exponential.js';
export { log, log10, log1p, log2 } from './logarithm.js';
export { cbrt, hypot, pow } from './power.js';
export { cos, sin, tan } from './trigonometric.js';
export { acos, asin, atan, atan2 } from './inverse-trigonometric.js';
export { tanh } from './hyperbolic.js';
