/** A keyed, counter-based generator. Nothing else in the program draws random numbers. */
export interface Stream {
  /** Uniform on 0 .. 2^32 - 1. */
  uint32(): number;
  /** Uniform on [0, 1), a multiple of 2^-53. */
  uniform(): number;
}
