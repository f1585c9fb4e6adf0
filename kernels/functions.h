/*
 * Elementary functions with fixed bits: a fixed sequence of IEEE operations, the same on every
 * target. Bounds on their errors are in the tests of the kernels.
 */
#ifndef WFL_FUNCTIONS_H
#define WFL_FUNCTIONS_H

#include "vector.h"

/*
 * e^x: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 7 in r, times 2^n. Below
 * -87.33 (where the result would be subnormal) 0, above 88.3 the value at 88.3. NaN stays NaN.
 */
INLINE V v_exp(V x) {
  const VI tooSmall = x < v_splat(-87.33f);
  x = v_select(x > v_splat(88.3f), v_splat(88.3f), x);
  x = v_select(tooSmall, v_splat(-87.33f), x);
  const V magic = v_splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
  const V shifted = v_fma(x, v_splat(1.44269504f), magic);
  const V n = shifted - magic;
  V r = v_fma(n, v_splat(-0.693359375f), x);
  r = v_fma(n, v_splat(2.12194440e-4f), r);
  V p = v_splat(1.98412698e-4f);
  p = v_fma(p, r, v_splat(1.38888889e-3f));
  p = v_fma(p, r, v_splat(8.33333333e-3f));
  p = v_fma(p, r, v_splat(4.16666667e-2f));
  p = v_fma(p, r, v_splat(1.66666667e-1f));
  p = v_fma(p, r, v_splat(0.5f));
  p = v_fma(p, r, v_splat(1.0f));
  p = v_fma(p, r, v_splat(1.0f));
  /* The low bits of `shifted` hold n in two's complement. */
  const VI exponent = (((VI)shifted - (VI)magic) + 127) << 23;
  return v_select(tooSmall, v_splat(0.0f), p * (V)exponent);
}

/* tanh x: below 0.625 an odd polynomial (Cephes, Moshier), above 1 - 2 / (e^2|x| + 1), with the sign of x. */
INLINE V v_tanh(V x) {
  const VI sign = (VI)x & (int32_t)0x80000000;
  const V magnitude = (V)((VI)x & 0x7fffffff);
  const V z = x * x;
  V p = v_splat(-5.70498872745e-3f);
  p = v_fma(p, z, v_splat(2.06390887954e-2f));
  p = v_fma(p, z, v_splat(-5.37397155531e-2f));
  p = v_fma(p, z, v_splat(1.33314422036e-1f));
  p = v_fma(p, z, v_splat(-3.33332819422e-1f));
  const V near = v_fma(p * z, magnitude, magnitude);
  const V far = v_splat(1.0f) - v_splat(2.0f) / (v_exp(magnitude + magnitude) + v_splat(1.0f));
  return (V)((VI)v_select(magnitude < v_splat(0.625f), near, far) | sign);
}

/* 1 / (1 + e^-x) */
INLINE V v_sigmoid(V x) { return v_splat(1.0f) / (v_splat(1.0f) + v_exp(-x)); }

/* ln x in binary64 for a positive normal x, from plain operations: ln(2^n m) = n ln 2 + 2 artanh((m - 1) / (m + 1)). */
static double log_of(double x) {
  union { double value; uint64_t bits; } u = { x };
  if (!(x > 0.0)) return x < 0.0 || x != x ? x - x + (0.0 / 0.0) : -1.0 / 0.0;
  if (u.bits >= 0x7ff0000000000000u) return x;
  int n = (int)(u.bits >> 52) - 1023;
  u.bits = (u.bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
  if (u.value > 1.4142135623730951) { u.value *= 0.5; n++; }
  const double s = (u.value - 1.0) / (u.value + 1.0), z = s * s;
  double p = 1.0 / 19.0;
  p = p * z + 1.0 / 17.0;
  p = p * z + 1.0 / 15.0;
  p = p * z + 1.0 / 13.0;
  p = p * z + 1.0 / 11.0;
  p = p * z + 1.0 / 9.0;
  p = p * z + 1.0 / 7.0;
  p = p * z + 1.0 / 5.0;
  p = p * z + 1.0 / 3.0;
  p = p * z + 1.0;
  return n * 0.6931471805599453 + 2.0 * s * p;
}

#endif
