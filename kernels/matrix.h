/*
 * The two matrix kernels. Both keep one accumulator per output element and add to it in ascending
 * order of the summed index, with fused multiply-add; tiles only choose which outputs are computed
 * side by side.
 */
#ifndef WFL_MATRIX_H
#define WFL_MATRIX_H

#include "vector.h"

/* Positions (sample, row, column) of an image, or (sample, 1, 1) of a flat vector. */
typedef struct {
  float *base;
  ptrdiff_t sample, row, column;
} Positions;

typedef struct {
  int samples, rows, columns;
} Extents;

INLINE float *position(const Positions *p, int sample, int row, int column) {
  return p->base + sample * p->sample + row * p->row + column * p->column;
}

/*
 * C[p][j] = start[j] + sum over s, k of A[p][s * segment + k] * B[s * length + k][j]
 * for every position p, j < n, in the order of s, then k. start is `bias`, or +0 where that is null.
 * B has n columns.
 */
static void matrix_nn(Extents extents, Positions a, int segments, int length, ptrdiff_t segment,
                      const float *b, int n, const float *bias, Positions c);

/*
 * C[i][j] = start[i][j] + sum over positions p of A[p][i] * B[p][j], i < m, j < n, in the order of
 * sample, row, column. start is C itself where `accumulate`, else +0. C has n columns.
 */
static void matrix_tn(Extents extents, Positions a, Positions b, int m, int n, float *c, int accumulate);

#endif
