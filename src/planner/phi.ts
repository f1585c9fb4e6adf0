/**
 * phi(b) = 2^b / (2^b - 1)^3, the shape of the derivative of the quantization error:
 * d/db 1/(2^b - 1)^2 = -2 ln2 phi(b). Here in terms of the number of intervals y = 2^b - 1, as
 * (1 + y) / y^3; strictly decreasing for y > 0.
 */
export const TWO_LN2 = 1.386_294_361_119_890_6;

export function phiOfIntervals(intervals: number): number {
  return (1 + intervals) / (intervals * intervals * intervals);
}

/**
 * The inverse: y > 0 with (1 + y) / y^3 = slope, that is, the positive root of
 * y^3 - y/slope - 1/slope = 0. With y = z / sqrt(slope) it is the root above 1 of
 * z^3 - z = sqrt(slope) (reconstructed closed form: Cardano, with a hyperbolic and a trigonometric
 * branch). The cubic is convex and increasing there and 1 + sqrt(slope)/2 is never below the root,
 * so Newton's method falls onto it monotonically, five steps for slope <= 2 (b >= 1). It is used
 * instead of Cardano's formula because that subtracts nearly equal cube roots and needs two more
 * transcendental functions; the tests compare both.
 */
export function intervalsOfSlope(slope: number): number {
  const kappa = Math.sqrt(slope);
  let z = 1 + kappa / 2;
  for (;;) {
    const square = z * z;
    const next = (2 * z * square + kappa) / (3 * square - 1);
    if (!(next < z)) return z / kappa;
    z = next;
  }
}
