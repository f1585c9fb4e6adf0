/*
 * Convolution of a one-channel image with few filters, and the 2x2 max pooling behind it. Filters
 * would leave lanes empty here, so vectors run along the rows of the image instead: outputs are
 * planes, one per filter, with rows of a multiple of 16. Values and their order of summation are
 * those of conv_forward and max_pool.
 */
#include "vector.h"

enum { PLANAR_FILTERS = 6, PLANAR_VECTORS = 4 };
#if LANES == 16
#define PLANAR_TILE 24
#elif LANES == 8 || defined(WFL_NEON)
#define PLANAR_TILE 12
#else
#define PLANAR_TILE 8
#endif

typedef struct {
  int rows, columns, filters, height, width;
  /* Elements from one image row to the next, from one output row to the input of the next, and of a row of a plane. */
  ptrdiff_t image, step, packed;
} Planar;

INLINE void planar_tile(const int filters, const int vectors, const Planar *p, const float *x, const float *weights, const float *bias, float *y) {
  V sum[PLANAR_FILTERS][PLANAR_VECTORS];
#pragma GCC unroll 8
  for (int f = 0; f < filters; f++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) sum[f][v] = v_splat(bias ? bias[f] : 0.0f);
  for (int i = 0; i < p->height; i++)
    for (int j = 0; j < p->width; j++, weights += p->filters) {
      V pixel[PLANAR_VECTORS];
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) pixel[v] = v_load(x + i * p->image + j + v * LANES);
#pragma GCC unroll 8
      for (int f = 0; f < filters; f++) {
        const V weight = v_splat(weights[f]);
#pragma GCC unroll 8
        for (int v = 0; v < vectors; v++) sum[f][v] = v_fma(pixel[v], weight, sum[f][v]);
      }
    }
#pragma GCC unroll 8
  for (int f = 0; f < filters; f++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) v_store(y + f * p->rows * p->packed + v * LANES, sum[f][v]);
}

#define PLANAR_CASE(F, N) case (F) * 8 + (N): planar_tile(F, N, p, x, weights, bias, y); break;
static void planar_block(int filters, int vectors, const Planar *p, const float *x, const float *weights, const float *bias, float *y) {
  switch (filters * 8 + vectors) {
    PLANAR_CASE(1, 1) PLANAR_CASE(2, 1) PLANAR_CASE(3, 1) PLANAR_CASE(4, 1) PLANAR_CASE(5, 1) PLANAR_CASE(6, 1)
    PLANAR_CASE(1, 2) PLANAR_CASE(2, 2) PLANAR_CASE(3, 2) PLANAR_CASE(4, 2)
    PLANAR_CASE(1, 3) PLANAR_CASE(2, 3)
    PLANAR_CASE(1, 4) PLANAR_CASE(2, 4)
#if PLANAR_TILE > 8
    PLANAR_CASE(5, 2) PLANAR_CASE(6, 2) PLANAR_CASE(3, 3) PLANAR_CASE(4, 3) PLANAR_CASE(3, 4)
#endif
#if PLANAR_TILE > 12
    PLANAR_CASE(5, 3) PLANAR_CASE(6, 3) PLANAR_CASE(4, 4) PLANAR_CASE(5, 4) PLANAR_CASE(6, 4)
#endif
  }
}

static void conv_planar(Planar p, const float *x, const float *weights, const float *bias, float *y) {
  const int total = (p.columns + LANES - 1) / LANES;
  for (int row = 0; row < p.rows; row++)
    for (int first = 0; first < total;) {
      const int vectors = total - first < PLANAR_VECTORS ? total - first : PLANAR_VECTORS;
      const int most = PLANAR_TILE / vectors < PLANAR_FILTERS ? PLANAR_TILE / vectors : PLANAR_FILTERS;
      for (int f = 0; f < p.filters;) {
        const int filters = p.filters - f < most ? p.filters - f : most;
        planar_block(filters, vectors, &p, x + row * p.step + first * LANES, weights + f, bias ? bias + f : 0,
                     y + (f * p.rows + row) * p.packed + first * LANES);
        f += filters;
      }
      first += vectors;
    }
}

/* Elements 0, 2, 4 ... and 1, 3, 5 ... of two vectors in a row. */
#if LANES == 16
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif LANES == 8
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#else
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#endif
#if defined(__clang__)
#define SHUFFLED(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLED(a, b, ...) __builtin_shuffle(a, b, (VI){ __VA_ARGS__ })
#endif

/* y and where are [rows][columns][filters]; planes have `height` rows. */
static void max_pool_planar(int rows, int columns, int filters, int height, ptrdiff_t packed, const float *x, float *y, int32_t *where) {
  for (int row = 0; row < rows; row++)
    for (int f = 0; f < filters; f++) {
      const float *upper = x + ((ptrdiff_t)f * height + 2 * row) * packed, *lower = upper + packed;
      for (int first = 0; first < columns; first += LANES) {
        const V a = v_load(upper + 2 * first), b = v_load(upper + 2 * first + LANES);
        const V c = v_load(lower + 2 * first), d = v_load(lower + 2 * first + LANES);
        const V values[4] = { SHUFFLED(a, b, EVEN), SHUFFLED(a, b, ODD), SHUFFLED(c, d, EVEN), SHUFFLED(c, d, ODD) };
        V best = values[0];
        VI place = vi_splat(0);
        for (int k = 1; k < 4; k++) {
          const VI larger = values[k] > best;
          best = v_select(larger, values[k], best);
          place = vi_select(larger, vi_splat(k), place);
        }
        float value[LANES];
        int32_t which[LANES];
        v_store(value, best);
        __builtin_memcpy(which, &place, sizeof place);
        const int count = columns - first < LANES ? columns - first : LANES;
        const ptrdiff_t at = ((ptrdiff_t)row * columns + first) * filters + f;
        for (int i = 0; i < count; i++) {
          y[at + (ptrdiff_t)i * filters] = value[i];
          where[at + (ptrdiff_t)i * filters] = which[i];
        }
      }
    }
}
