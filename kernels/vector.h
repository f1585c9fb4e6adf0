/*
 * One vector type and its operations for every target. Each lane computes exactly what a scalar
 * would, so that no result depends on the width: IEEE 754 binary32, round to nearest even, every
 * multiply-add fused, no flush to zero, no estimates.
 *
 *   V              LANES floats
 *   v_load, v_store            any alignment
 *   v_load_tail, v_store_tail  only the first `count` lanes (0 < count < LANES); the others read as
 *                              anything and are never stored
 *   v_fma(a, b, c)             a * b + c, rounded once
 *   v_select(mask, a, b)       lane of a where the mask is all ones, lane of b where it is zero
 */
#ifndef WFL_VECTOR_H
#define WFL_VECTOR_H

#include <stdint.h>
#include <stddef.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(WFL_AVX512)
#include <immintrin.h>
#define LANES 16
#elif defined(WFL_AVX2)
#include <immintrin.h>
#define LANES 8
#elif defined(WFL_NEON)
#include <arm_neon.h>
#define LANES 4
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define LANES 4
#else
#error "no vector unit was chosen"
#endif

typedef float V __attribute__((vector_size(4 * LANES)));
typedef int32_t VI __attribute__((vector_size(4 * LANES)));

INLINE V v_load(const float *p) { V v; __builtin_memcpy(&v, p, sizeof v); return v; }
INLINE void v_store(float *p, V v) { __builtin_memcpy(p, &v, sizeof v); }
INLINE VI vi_load(const int32_t *p) { VI v; __builtin_memcpy(&v, p, sizeof v); return v; }
INLINE V v_select(VI mask, V a, V b) { return (V)(((VI)a & mask) | ((VI)b & ~mask)); }
INLINE VI vi_select(VI mask, VI a, VI b) { return (a & mask) | (b & ~mask); }

#if defined(WFL_AVX512)

#define NN_ROWS 12
#define TN_ROWS 12
INLINE V v_splat(float x) { return (V)_mm512_set1_ps(x); }
INLINE VI vi_splat(int32_t x) { return (VI)_mm512_set1_epi32(x); }
INLINE V v_fma(V a, V b, V c) { return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
INLINE V v_load_tail(const float *p, int count) { return (V)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p); }
INLINE void v_store_tail(float *p, V v, int count) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)v); }

#elif defined(WFL_AVX2)

#define NN_ROWS 6
#define TN_ROWS 6
INLINE V v_splat(float x) { return (V)_mm256_set1_ps(x); }
INLINE VI vi_splat(int32_t x) { return (VI)_mm256_set1_epi32(x); }
INLINE V v_fma(V a, V b, V c) { return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
static const int32_t tail_masks[16] = { -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0 };
INLINE __m256i tail_mask(int count) { return _mm256_loadu_si256((const __m256i *)(tail_masks + 8 - count)); }
INLINE V v_load_tail(const float *p, int count) { return (V)_mm256_maskload_ps(p, tail_mask(count)); }
INLINE void v_store_tail(float *p, V v, int count) { _mm256_maskstore_ps(p, tail_mask(count), (__m256)v); }

#else /* four lanes */

#if defined(WFL_NEON)
#define NN_ROWS 8
#define TN_ROWS 8
#else
#define NN_ROWS 4
#define TN_ROWS 4
#endif

INLINE V v_splat(float x) { return (V){ x, x, x, x }; }
INLINE VI vi_splat(int32_t x) { return (VI){ x, x, x, x }; }
INLINE V v_load_tail(const float *p, int count) {
#if defined(__wasm_simd128__)
  /* Reading on is safe: the engine keeps LANES floats of slack behind everything it allocates. */
  (void)count;
  return v_load(p);
#else
  V v = { p[0], count > 1 ? p[1] : 0.0f, count > 2 ? p[2] : 0.0f, 0.0f };
  return v;
#endif
}
INLINE void v_store_tail(float *p, V v, int count) {
  p[0] = v[0];
  if (count > 1) p[1] = v[1];
  if (count > 2) p[2] = v[2];
}

#if defined(WFL_NEON)

INLINE V v_fma(V a, V b, V c) { return (V)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }

#elif defined(WFL_RELAXED)

/* Fused where the host's CPU can fuse; the engine checks that with a test vector before it is used. */
INLINE V v_fma(V a, V b, V c) { return (V)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c); }

#else

/*
 * Exact fused multiply-add from plain operations. The product of two floats is exact in binary64;
 * the sum is rounded to odd (Boldo and Melquiond 2008), after which rounding to binary32 gives the
 * result of one single rounding. The error of the sum is Knuth's two-sum.
 */
typedef double D __attribute__((vector_size(16)));
typedef int64_t DI __attribute__((vector_size(16)));
INLINE D sum_to_odd(D p, D c) {
  D s = p + c;
  D t = s - p;
  D error = (p - (s - t)) + (c - t);
  DI inexact = (error < 0.0) | (error > 0.0);
  DI even = ((DI)s & 1) - 1;
  /* Towards the error: away from zero (+1) where it has the sign of the sum, else towards zero. */
  DI away = ((DI)error ^ (DI)s) >> 63;
  DI step = (away | 1);
  return (D)((DI)s + (step & inexact & even));
}
INLINE V v_fma(V a, V b, V c) {
  D al = (D)wasm_f64x2_promote_low_f32x4((v128_t)a), bl = (D)wasm_f64x2_promote_low_f32x4((v128_t)b);
  D cl = (D)wasm_f64x2_promote_low_f32x4((v128_t)c);
  D ah = (D)wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle((v128_t)a, (v128_t)a, 2, 3, 2, 3));
  D bh = (D)wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle((v128_t)b, (v128_t)b, 2, 3, 2, 3));
  D ch = (D)wasm_f64x2_promote_low_f32x4(wasm_i32x4_shuffle((v128_t)c, (v128_t)c, 2, 3, 2, 3));
  v128_t low = wasm_f32x4_demote_f64x2_zero((v128_t)sum_to_odd(al * bl, cl));
  v128_t high = wasm_f32x4_demote_f64x2_zero((v128_t)sum_to_odd(ah * bh, ch));
  return (V)wasm_i32x4_shuffle(low, high, 0, 1, 4, 5);
}

#endif
#endif

#endif
