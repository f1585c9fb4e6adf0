#include "matrix.h"

/* Compile-time `rows` and `vectors` unroll into a register tile; `tail` is 0 or the lanes of the last vector. */
INLINE void nn_tile(const int rows, const int vectors, const int tail, const float *const *a, int segments,
                    int length, ptrdiff_t segment, const float *b, int n, const float *bias, float *const *c, int j) {
  V sum[NN_ROWS][2];
  V start[2];
#pragma GCC unroll 2
  for (int v = 0; v < vectors; v++) {
    const int partial = tail && v == vectors - 1;
    start[v] = !bias ? v_splat(0.0f) : partial ? v_load_tail(bias + j + v * LANES, tail) : v_load(bias + j + v * LANES);
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sum[r][v] = start[v];
  const float *row = b + j;
  for (int s = 0; s < segments; s++) {
    const ptrdiff_t from = s * segment;
    for (ptrdiff_t k = from; k < from + length; k++, row += n) {
      V right[2];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) {
        const int partial = tail && v == vectors - 1;
        right[v] = partial ? v_load_tail(row + v * LANES, tail) : v_load(row + v * LANES);
      }
#pragma GCC unroll 16
      for (int r = 0; r < rows; r++) {
        V left = v_splat(a[r][k]);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(left, right[v], sum[r][v]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      float *to = c[r] + j + v * LANES;
      if (tail && v == vectors - 1) v_store_tail(to, sum[r][v], tail);
      else v_store(to, sum[r][v]);
    }
}

INLINE void nn_rows(const int rows, const float *const *a, int segments, int length, ptrdiff_t segment,
                    const float *b, int n, const float *bias, float *const *c) {
  int j = 0;
  for (; j + 2 * LANES <= n; j += 2 * LANES) nn_tile(rows, 2, 0, a, segments, length, segment, b, n, bias, c, j);
  const int rest = n - j;
  if (rest > LANES) nn_tile(rows, 2, rest - LANES, a, segments, length, segment, b, n, bias, c, j);
  else if (rest == LANES) nn_tile(rows, 1, 0, a, segments, length, segment, b, n, bias, c, j);
  else if (rest > 0) nn_tile(rows, 1, rest, a, segments, length, segment, b, n, bias, c, j);
}

#define NN_ARGUMENTS a, segments, length, segment, b, n, bias, c
#define NN_CASE(R) case R: nn_rows(R, NN_ARGUMENTS); break;
static __attribute__((noinline)) void nn_block(int rows, const float *const *a, int segments, int length,
                                               ptrdiff_t segment, const float *b, int n, const float *bias, float *const *c) {
  switch (rows) {
    NN_CASE(1) NN_CASE(2) NN_CASE(3) NN_CASE(4)
#if NN_ROWS > 4
    NN_CASE(5) NN_CASE(6)
#endif
#if NN_ROWS > 6
    NN_CASE(7) NN_CASE(8)
#endif
#if NN_ROWS > 8
    NN_CASE(9) NN_CASE(10) NN_CASE(11) NN_CASE(12)
#endif
  }
}

static void matrix_nn(Extents extents, Positions a, int segments, int length, ptrdiff_t segment,
                      const float *b, int n, const float *bias, Positions c) {
  const int total = extents.samples * extents.rows * extents.columns;
  int sample = 0, row = 0, column = 0;
  for (int done = 0; done < total;) {
    /* Blocks of nearly equal height, none above NN_ROWS. */
    const int left = total - done, blocks = (left + NN_ROWS - 1) / NN_ROWS, height = (left + blocks - 1) / blocks;
    const float *from[NN_ROWS];
    float *to[NN_ROWS];
    for (int r = 0; r < height; r++) {
      from[r] = position(&a, sample, row, column);
      to[r] = position(&c, sample, row, column);
      if (++column == extents.columns) {
        column = 0;
        if (++row == extents.rows) { row = 0; sample++; }
      }
    }
    nn_block(height, from, segments, length, segment, b, n, bias, to);
    done += height;
  }
}

INLINE void tn_tile(const int rows, const int vectors, const int tail, Extents extents, const Positions *a,
                    const Positions *b, int i, int j, int n, float *c, int accumulate) {
  V sum[TN_ROWS][2];
  float *corner = c + (ptrdiff_t)i * n + j;
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      const float *from = corner + (ptrdiff_t)r * n + v * LANES;
      const int partial = tail && v == vectors - 1;
      sum[r][v] = !accumulate ? v_splat(0.0f) : partial ? v_load_tail(from, tail) : v_load(from);
    }
  for (int sample = 0; sample < extents.samples; sample++)
    for (int row = 0; row < extents.rows; row++) {
      const float *left = position(a, sample, row, 0) + i;
      const float *right = position(b, sample, row, 0) + j;
      for (int column = 0; column < extents.columns; column++, left += a->column, right += b->column) {
        V values[2];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
          const int partial = tail && v == vectors - 1;
          values[v] = partial ? v_load_tail(right + v * LANES, tail) : v_load(right + v * LANES);
        }
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++) {
          V factor = v_splat(left[r]);
#pragma GCC unroll 2
          for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(factor, values[v], sum[r][v]);
        }
      }
    }
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      float *to = corner + (ptrdiff_t)r * n + v * LANES;
      if (tail && v == vectors - 1) v_store_tail(to, sum[r][v], tail);
      else v_store(to, sum[r][v]);
    }
}

INLINE void tn_rows(const int rows, Extents extents, const Positions *a, const Positions *b, int i, int n, float *c, int accumulate) {
  int j = 0;
  for (; j + 2 * LANES <= n; j += 2 * LANES) tn_tile(rows, 2, 0, extents, a, b, i, j, n, c, accumulate);
  const int rest = n - j;
  if (rest > LANES) tn_tile(rows, 2, rest - LANES, extents, a, b, i, j, n, c, accumulate);
  else if (rest == LANES) tn_tile(rows, 1, 0, extents, a, b, i, j, n, c, accumulate);
  else if (rest > 0) tn_tile(rows, 1, rest, extents, a, b, i, j, n, c, accumulate);
}

#define TN_CASE(R) case R: tn_rows(R, extents, a, b, i, n, c, accumulate); break;
static __attribute__((noinline)) void tn_block(int rows, Extents extents, const Positions *a, const Positions *b, int i, int n, float *c, int accumulate) {
  switch (rows) {
    TN_CASE(1) TN_CASE(2) TN_CASE(3) TN_CASE(4)
#if TN_ROWS > 4
    TN_CASE(5) TN_CASE(6)
#endif
#if TN_ROWS > 6
    TN_CASE(7) TN_CASE(8)
#endif
#if TN_ROWS > 8
    TN_CASE(9) TN_CASE(10) TN_CASE(11) TN_CASE(12)
#endif
  }
}

static void matrix_tn(Extents extents, Positions a, Positions b, int m, int n, float *c, int accumulate) {
  for (int i = 0; i < m;) {
    const int left = m - i, blocks = (left + TN_ROWS - 1) / TN_ROWS, height = (left + blocks - 1) / blocks;
    tn_block(height, extents, &a, &b, i, n, c, accumulate);
    i += height;
  }
}
