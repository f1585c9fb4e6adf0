import { log } from './logarithm.js';

/** Coefficients of algorithm AS 241 (PPND16), Wichura, Applied Statistics 37 (1988), lowest power first. */
const CENTRE_NUMERATOR = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const CENTRE_DENOMINATOR = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
];
const FLANK_NUMERATOR = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const FLANK_DENOMINATOR = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-09,
];
const TAIL_NUMERATOR = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-05, 2.0103343992922881e-07,
];
const TAIL_DENOMINATOR = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-05, 1.421511758316446e-07, 2.0442631033899397e-15,
];

function ratio(numerator: readonly number[], denominator: readonly number[], x: number): number {
  let above = numerator[7];
  let below = denominator[7];
  for (let i = 6; i >= 0; i--) {
    above = above * x + numerator[i];
    below = below * x + denominator[i];
  }
  return above / below;
}

/**
 * The x with P(Z <= x) = probability for a standard normal Z, relative error below 2e-15;
 * infinite at 0 and 1, NaN outside.
 */
export function normalQuantile(probability: number): number {
  const centred = probability - 0.5;
  if (Math.abs(centred) <= 0.425) return centred * ratio(CENTRE_NUMERATOR, CENTRE_DENOMINATOR, 0.180625 - centred * centred);
  const tail = centred < 0 ? probability : 1 - probability;
  if (!(tail > 0)) return tail === 0 ? (centred < 0 ? -Infinity : Infinity) : NaN;
  const depth = Math.sqrt(-log(tail));
  const magnitude =
    depth <= 5 ? ratio(FLANK_NUMERATOR, FLANK_DENOMINATOR, depth - 1.6) : ratio(TAIL_NUMERATOR, TAIL_DENOMINATOR, depth - 5);
  return centred < 0 ? -magnitude : magnitude;
}

/** The x with Q(x) = probability, accurate for small probabilities. */
export function inverseQFunction(probability: number): number {
  return -normalQuantile(probability);
}
