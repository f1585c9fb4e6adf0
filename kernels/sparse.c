/*
 * Convolution gradients that leave out what is zero. Behind max pooling one output in four or fewer
 * has a gradient, and behind ReLU fewer still; both kernels here add only those, patch by patch, in a
 * register tile of kernel rows by vectors. A patch is the part of the input that one output sees:
 * `height` rows of `length` = kernel width * channels elements.
 */
#include "matrix.h"

enum { PATCH_ROWS = 5, PATCH_VECTORS = 4, WINDOW_MAX = 1024 };
#if LANES == 16
#define PATCH_TILE 20
#else
#define PATCH_TILE 12
#endif

typedef struct {
  int height, length;
  /* Elements from one row of the image to the next. */
  ptrdiff_t row;
} Patch;

/* Elements of a kernel row in packed filters and sums: a multiple of every vector width. */
INLINE int packed_length(int length) { return (length + 15) / 16 * 16; }

/* Output gradients of one position that are not zero: filter and value. */
typedef struct {
  int count;
  const int32_t *filter;
  const float *value;
} Slopes;

/* image patch += sum over slopes of value * filter, filters in order. */
INLINE void scatter_tile(const int rows, const int vectors, Slopes s, const float *filters, ptrdiff_t size, ptrdiff_t packed,
                         float *image, ptrdiff_t row, int last) {
  V sum[PATCH_ROWS][PATCH_VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) sum[r][v] = v_load(image + r * row + v * LANES);
  for (int i = 0; i < s.count; i++) {
    const float *filter = filters + s.filter[i] * size;
    const V slope = v_splat(s.value[i]);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(slope, v_load(filter + r * packed + v * LANES), sum[r][v]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) {
      float *to = image + r * row + v * LANES;
      if (v == vectors - 1 && last < LANES) v_store_tail(to, sum[r][v], last);
      else v_store(to, sum[r][v]);
    }
}

/* Where the outputs of one filter with a gradient are: patch of the input and value. */
typedef struct {
  int count;
  const float *const *patch;
  const float *value;
} Selected;

/* sums += sum over the selected outputs of value * patch. */
INLINE void gather_tile(const int rows, const int vectors, Selected s, ptrdiff_t from, ptrdiff_t row, float *sums, ptrdiff_t packed) {
  V sum[PATCH_ROWS][PATCH_VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) sum[r][v] = v_load(sums + r * packed + v * LANES);
  for (int i = 0; i < s.count; i++) {
    const float *patch = s.patch[i] + from;
    const V slope = v_splat(s.value[i]);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; v++) sum[r][v] = v_fma(slope, v_load(patch + r * row + v * LANES), sum[r][v]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; v++) v_store(sums + r * packed + v * LANES, sum[r][v]);
}

/* Calls TILE(rows, vectors) with compile-time sizes. */
#define TILE_ROWS(R)                                   \
  case R:                                              \
    switch (vectors) {                                 \
      case 1: TILE(R, 1); break;                       \
      case 2: TILE(R, 2); break;                       \
      case 3: TILE(R, 3); break;                       \
      case 4: TILE(R, 4); break;                       \
    }                                                  \
    break;
#define TILE_SWITCH(rows) \
  switch (rows) { TILE_ROWS(1) TILE_ROWS(2) TILE_ROWS(3) TILE_ROWS(4) TILE_ROWS(5) }

INLINE int tile_vectors(int rows, int left) {
  const int most = PATCH_TILE / rows < PATCH_VECTORS ? PATCH_TILE / rows : PATCH_VECTORS;
  return left < most ? left : most;
}

static void scatter_patch(Slopes s, Patch p, const float *filters, float *image) {
  const ptrdiff_t packed = packed_length(p.length), size = p.height * packed;
  for (int top = 0; top < p.height; top += PATCH_ROWS) {
    const int rows = p.height - top < PATCH_ROWS ? p.height - top : PATCH_ROWS;
    for (int c = 0; c < p.length;) {
      const int vectors = tile_vectors(rows, (p.length - c + LANES - 1) / LANES);
      const int left = p.length - c - (vectors - 1) * LANES, last = left < LANES ? left : LANES;
      const float *from = filters + top * packed + c;
      float *to = image + top * p.row + c;
#define TILE(R, N) scatter_tile(R, N, s, from, size, packed, to, p.row, last)
      TILE_SWITCH(rows)
#undef TILE
      c += vectors * LANES;
    }
  }
}

static void gather_patches(Selected s, Patch p, float *sums) {
  const ptrdiff_t packed = packed_length(p.length);
  for (int top = 0; top < p.height; top += PATCH_ROWS) {
    const int rows = p.height - top < PATCH_ROWS ? p.height - top : PATCH_ROWS;
    for (int c = 0; c < p.length;) {
      const int vectors = tile_vectors(rows, (p.length - c + LANES - 1) / LANES);
      const ptrdiff_t from = top * p.row + c;
      float *to = sums + top * packed + c;
#define TILE(R, N) gather_tile(R, N, s, from, p.row, to, packed)
      TILE_SWITCH(rows)
#undef TILE
      c += vectors * LANES;
    }
  }
}

/* filters[f][i][k] of weights[i][k][f], rows packed. */
static void pack_filters(const float *weights, int height, int length, int filters, float *y) {
  const int packed = packed_length(length);
  for (int i = 0; i < height; i++)
    for (int k = 0; k < length; k++)
      for (int f = 0; f < filters; f++) y[((ptrdiff_t)f * height + i) * packed + k] = weights[((ptrdiff_t)i * length + k) * filters + f];
}

/*
 * Input gradient of a convolution, one sample: zero, then output positions in row-major order add
 * value * filter to their patch, filters in order, gradients of zero left out.
 */
static void conv_scatter(const float *dy, int rows, int columns, int filters, const float *packed, Patch p, ptrdiff_t rowStep,
                         ptrdiff_t columnStep, float *dx, ptrdiff_t size) {
  int32_t filter[256];
  float value[256];
  __builtin_memset(dx, 0, sizeof(float) * (size_t)size);
  const ptrdiff_t each = p.height * packed_length(p.length);
  for (int y = 0; y < rows; y++)
    for (int x = 0; x < columns; x++, dy += filters)
      for (int f0 = 0; f0 < filters; f0 += 256) {
        const int f1 = filters - f0 < 256 ? filters - f0 : 256;
        int count = 0;
        for (int f = 0; f < f1; f++) {
          filter[count] = f;
          value[count] = dy[f0 + f];
          count += dy[f0 + f] != 0.0f;
        }
        if (count > 0) scatter_patch((Slopes){ count, filter, value }, p, packed + f0 * each, dx + y * rowStep + x * columnStep);
      }
}

/* Rows of pooled outputs whose input stays in the first-level cache while every filter passes over it. */
INLINE int pooled_rows(int outputs, ptrdiff_t stepElements) {
  const ptrdiff_t rows = 8192 / stepElements;
  return rows < 1 ? 1 : rows < outputs ? (int)rows : outputs;
}

/*
 * Filter gradient of a convolution behind which max pooling follows, one sample: every pooled output
 * adds value * the patch that the selected output saw, outputs in row-major order. `sums` are packed
 * as filters are, and zero before the first sample.
 */
static void pooled_gradient(const float *x, const float *dy, const int32_t *places, int rows, int columns, int filters, int sizeY, int sizeX,
                            ptrdiff_t poolRow, ptrdiff_t poolColumn, ptrdiff_t rowStep, ptrdiff_t columnStep, Patch p, float *sums) {
  ptrdiff_t offset[WINDOW_MAX];
  const float *patch[512];
  float value[512];
  const ptrdiff_t each = p.height * packed_length(p.length);
  for (int i = 0; i < sizeY; i++)
    for (int j = 0; j < sizeX; j++) offset[i * sizeX + j] = i * rowStep + j * columnStep;
  const int height = pooled_rows(rows, poolRow);
  for (int top = 0; top < rows; top += height) {
    const int bottom = top + height < rows ? top + height : rows;
    for (int f = 0; f < filters; f++) {
      int count = 0;
      for (int y = top; y < bottom; y++)
        for (int c = 0; c < columns; c++) {
          const ptrdiff_t at = ((ptrdiff_t)y * columns + c) * filters + f;
          patch[count] = x + y * poolRow + c * poolColumn + offset[places[at]];
          value[count] = dy[at];
          count += dy[at] != 0.0f;
          if (count == 512) {
            gather_patches((Selected){ count, patch, value }, p, sums + f * each);
            count = 0;
          }
        }
      if (count > 0) gather_patches((Selected){ count, patch, value }, p, sums + f * each);
    }
  }
}

/* weights[i][k][f] of packed sums[f][i][k]. */
static void unpack_filters(const float *sums, int height, int length, int filters, float *weights) {
  const int packed = packed_length(length);
  for (int i = 0; i < height; i++)
    for (int k = 0; k < length; k++)
      for (int f = 0; f < filters; f++) weights[((ptrdiff_t)i * length + k) * filters + f] = sums[((ptrdiff_t)f * height + i) * packed + k];
}
