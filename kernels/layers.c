/* Layers other than the matrix products: pooling, activations, losses, and moves of data. */
#include "functions.h"
#include "program.h"

/* y[r][c] of x[c][r]; x is `rows` by `columns`. */
static void transpose(const float *x, int rows, int columns, float *y) {
  for (int r0 = 0; r0 < rows; r0 += 16)
    for (int c0 = 0; c0 < columns; c0 += 16) {
      const int r1 = r0 + 16 < rows ? r0 + 16 : rows, c1 = c0 + 16 < columns ? c0 + 16 : columns;
      for (int c = c0; c < c1; c++)
        for (int r = r0; r < r1; r++) y[(ptrdiff_t)c * rows + r] = x[(ptrdiff_t)r * columns + c];
    }
}

/* y[kh-1-i][kw-1-j][f][c] = x[i][j][c][f]: the filters as the input gradient convolves with them. */
static void flip_filter(const float *x, int height, int width, int channels, int filters, float *y) {
  const ptrdiff_t size = (ptrdiff_t)channels * filters;
  for (int k = 0; k < height * width; k++) transpose(x + k * size, channels, filters, y + (height * width - 1 - k) * size);
}

/*
 * Copies an image of `height` x `width` x `channels` into the inside of a zero image: pixel (i, j)
 * goes to (top + i * dilateY, left + j * dilateX) of rows of `paddedWidth` pixels.
 */
static void border(const float *x, int height, int width, int channels, int top, int left, int dilateY, int dilateX,
                   int paddedWidth, float *y) {
  for (int i = 0; i < height; i++) {
    const float *from = x + (ptrdiff_t)i * width * channels;
    float *to = y + ((ptrdiff_t)(top + i * dilateY) * paddedWidth + left) * channels;
    if (dilateX == 1) __builtin_memcpy(to, from, sizeof(float) * (size_t)width * (size_t)channels);
    else
      for (int j = 0; j < width; j++) __builtin_memcpy(to + (ptrdiff_t)j * dilateX * channels, from + (ptrdiff_t)j * channels, sizeof(float) * (size_t)channels);
  }
}

/* The inside of a bordered image. */
static void crop(const float *x, int height, int width, int channels, int top, int left, int paddedWidth, float *y) {
  for (int i = 0; i < height; i++)
    __builtin_memcpy(y + (ptrdiff_t)i * width * channels, x + ((ptrdiff_t)(top + i) * paddedWidth + left) * channels, sizeof(float) * (size_t)width * (size_t)channels);
}

/* Windows hold at most 1024 places (shapes.ts). */
typedef struct {
  int height, width, channels, sizeY, sizeX, strideY, strideX, outputHeight, outputWidth;
} Window;

INLINE void vi_store_tail(int32_t *p, VI v, int count) { v_store_tail((float *)p, (V)v, count); }

/* First largest value of each window in row-major order, and which of the window it is. */
INLINE void max_pool_lanes(const Window w, const float *x, float *y, int32_t *where, int tail) {
  V best = tail ? v_load_tail(x, tail) : v_load(x);
  VI place = vi_splat(0);
  for (int i = 0; i < w.sizeY; i++)
    for (int j = 0; j < w.sizeX; j++) {
      const float *from = x + ((ptrdiff_t)i * w.width + j) * w.channels;
      const V value = tail ? v_load_tail(from, tail) : v_load(from);
      const VI larger = value > best;
      best = v_select(larger, value, best);
      place = vi_select(larger, vi_splat(i * w.sizeX + j), place);
    }
  if (tail) { v_store_tail(y, best, tail); vi_store_tail(where, place, tail); }
  else { v_store(y, best); __builtin_memcpy(where, &place, sizeof place); }
}

static void max_pool(Window w, const float *x, float *y, int32_t *where) {
  for (int oy = 0; oy < w.outputHeight; oy++)
    for (int ox = 0; ox < w.outputWidth; ox++) {
      const float *corner = x + ((ptrdiff_t)oy * w.strideY * w.width + ox * w.strideX) * w.channels;
      int c = 0;
      for (; c + LANES <= w.channels; c += LANES) max_pool_lanes(w, corner + c, y + c, where + c, 0);
      if (c < w.channels) max_pool_lanes(w, corner + c, y + c, where + c, w.channels - c);
      y += w.channels;
      where += w.channels;
    }
}

/* Adds each output's gradient where its value came from, outputs in row-major order. */
static void max_pool_backward(Window w, const float *dy, const int32_t *where, float *dx) {
  ptrdiff_t offset[1024];
  for (int i = 0; i < w.sizeY; i++)
    for (int j = 0; j < w.sizeX; j++) offset[i * w.sizeX + j] = ((ptrdiff_t)i * w.width + j) * w.channels;
  __builtin_memset(dx, 0, sizeof(float) * (size_t)w.height * (size_t)w.width * (size_t)w.channels);
  for (int oy = 0; oy < w.outputHeight; oy++)
    for (int ox = 0; ox < w.outputWidth; ox++) {
      float *corner = dx + ((ptrdiff_t)oy * w.strideY * w.width + ox * w.strideX) * w.channels;
      for (int c = 0; c < w.channels; c++) corner[offset[where[c]] + c] += dy[c];
      dy += w.channels;
      where += w.channels;
    }
}

/* Sum of the window in row-major order, times 1 / size. */
static void avg_pool(Window w, const float *x, float *y) {
  const float scale = 1.0f / (float)(w.sizeY * w.sizeX);
  for (int oy = 0; oy < w.outputHeight; oy++)
    for (int ox = 0; ox < w.outputWidth; ox++, y += w.channels) {
      const float *corner = x + ((ptrdiff_t)oy * w.strideY * w.width + ox * w.strideX) * w.channels;
      for (int c = 0; c < w.channels; c++) y[c] = 0.0f;
      for (int i = 0; i < w.sizeY; i++)
        for (int j = 0; j < w.sizeX; j++) {
          const float *from = corner + ((ptrdiff_t)i * w.width + j) * w.channels;
          for (int c = 0; c < w.channels; c++) y[c] += from[c];
        }
      for (int c = 0; c < w.channels; c++) y[c] *= scale;
    }
}

static void avg_pool_backward(Window w, const float *dy, float *dx) {
  const float scale = 1.0f / (float)(w.sizeY * w.sizeX);
  __builtin_memset(dx, 0, sizeof(float) * (size_t)w.height * (size_t)w.width * (size_t)w.channels);
  for (int oy = 0; oy < w.outputHeight; oy++)
    for (int ox = 0; ox < w.outputWidth; ox++, dy += w.channels) {
      float *corner = dx + ((ptrdiff_t)oy * w.strideY * w.width + ox * w.strideX) * w.channels;
      for (int i = 0; i < w.sizeY; i++)
        for (int j = 0; j < w.sizeX; j++) {
          float *to = corner + ((ptrdiff_t)i * w.width + j) * w.channels;
          for (int c = 0; c < w.channels; c++) to[c] += dy[c] * scale;
        }
    }
}

/* Runs LANES-wide over `size` elements with `full` and `rest` bodies that differ in loads and stores only. */
#define ELEMENTWISE(size, BODY)                      \
  do {                                               \
    int j = 0;                                       \
    for (; j + LANES <= (size); j += LANES) {        \
      BODY(v_load, v_store)                          \
    }                                                \
    const int rest = (size) - j;                     \
    if (rest > 0) {                                  \
      BODY(LOAD_REST, STORE_REST)                    \
    }                                                \
  } while (0)
#define LOAD_REST(p) v_load_tail(p, rest)
#define STORE_REST(p, v) v_store_tail(p, v, rest)

/* max(x, 0) by compare-and-select; NaN stays NaN, so that broken weights show in the loss. */
static void relu(const float *x, int size, float *y) {
#define BODY(LOAD, STORE)                                                       \
  const V value = LOAD(x + j);                                                  \
  STORE(y + j, v_select(value <= v_splat(0.0f), v_splat(0.0f), value));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/* dy where the output was positive. */
static void relu_backward(const float *dy, const float *y, int size, float *dx) {
#define BODY(LOAD, STORE)                                                       \
  const V output = LOAD(y + j), slope = LOAD(dy + j);                           \
  STORE(dx + j, v_select(output <= v_splat(0.0f), v_splat(0.0f), slope));
  ELEMENTWISE(size, BODY);
#undef BODY
}

static void tangent(const float *x, int size, float *y) {
#define BODY(LOAD, STORE) STORE(y + j, v_tanh(LOAD(x + j)));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/* dx = dy (1 - y^2) */
static void tangent_backward(const float *dy, const float *y, int size, float *dx) {
#define BODY(LOAD, STORE)                                                       \
  const V output = LOAD(y + j), slope = LOAD(dy + j);                           \
  STORE(dx + j, slope * v_fma(-output, output, v_splat(1.0f)));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/* y[j] = fma(a, x[j], y[j]) */
static void axpy(float a, const float *x, float *y, int size) {
  const V factor = v_splat(a);
#define BODY(LOAD, STORE) STORE(y + j, v_fma(factor, LOAD(x + j), LOAD(y + j)));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/* v[j] = fma(m, v[j], x[j]) */
static void decay_and_add(float m, float *v, const float *x, int size) {
  const V factor = v_splat(m);
#define BODY(LOAD, STORE) STORE(v + j, v_fma(factor, LOAD(v + j), LOAD(x + j)));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/* z[j] = x[j] + y[j] */
static void add(const float *x, const float *y, int size, float *z) {
#define BODY(LOAD, STORE) STORE(z + j, LOAD(x + j) + LOAD(y + j));
  ELEMENTWISE(size, BODY);
#undef BODY
}

/*
 * Keeps an element, times `scale`, where a hash of (key, layer, sample, element) is at least
 * `threshold`, else 0; on gradients the same. Hash: the finaliser of MurmurHash3 (Appleby), twice.
 */
static uint32_t mixed(uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h = (h ^ (h >> 13)) * 0xc2b2ae35u;
  return h ^ (h >> 16);
}
static void dropout(const float *x, int size, uint32_t key, uint32_t layer, uint32_t sample, uint32_t threshold, float scale, float *y) {
  const uint32_t stream = mixed(mixed(key + layer * 0x9e3779b9u) + sample);
  for (int j = 0; j < size; j++) y[j] = mixed(stream + (uint32_t)j) >= threshold ? x[j] * scale : 0.0f;
}

/* Row `codes[t]` of the table for each t; codes are whole numbers in floats, checked before. */
static void embedding(const float *codes, int length, int dimension, const float *table, float *y) {
  for (int t = 0; t < length; t++)
    __builtin_memcpy(y + (ptrdiff_t)t * dimension, table + (ptrdiff_t)codes[t] * dimension, sizeof(float) * (size_t)dimension);
}

static void embedding_backward(const float *codes, int length, int dimension, const float *dy, float *table) {
  for (int t = 0; t < length; t++) {
    float *row = table + (ptrdiff_t)codes[t] * dimension;
    add(row, dy + (ptrdiff_t)t * dimension, dimension, row);
  }
}

/* Sums over positions, in order: sum[c] += x[p][c]. */
static void column_sums(const float *x, int positions, int columns, ptrdiff_t stride, float *sum) {
  int c = 0;
  for (; c + LANES <= columns; c += LANES) {
    V total = v_load(sum + c);
    for (int p = 0; p < positions; p++) total = total + v_load(x + p * stride + c);
    v_store(sum + c, total);
  }
  const int rest = columns - c;
  if (rest > 0) {
    V total = v_load_tail(sum + c, rest);
    for (int p = 0; p < positions; p++) total = total + v_load_tail(x + p * stride + c, rest);
    v_store_tail(sum + c, total, rest);
  }
}

/* Index of the first largest of `classes` values. */
static int first_largest(const float *x, int classes) {
  int best = 0;
  for (int c = 1; c < classes; c++) best = x[c] > x[best] ? c : best;
  return best;
}

/*
 * Softmax cross-entropy of one sample: with m the largest output and e_c = exp(x_c - m), the loss is
 * ln(sum e) - (x_label - m), the sum in the order of the classes in binary32, the rest in binary64.
 * The gradient is (e_c / sum - [c = label]) * scale; none is written where `dx` is null.
 * `exponentials` holds `classes` floats.
 */
static double softmax_loss(const float *x, int classes, int label, float scale, float *exponentials, float *dx) {
  const float largest = x[first_largest(x, classes)];
  const V shift = v_splat(largest);
#define BODY(LOAD, STORE) STORE(exponentials + j, v_exp(LOAD(x + j) - shift));
  ELEMENTWISE(classes, BODY);
#undef BODY
  float sum = 0.0f;
  for (int c = 0; c < classes; c++) sum += exponentials[c];
  if (dx) {
    const V total = v_splat(sum), factor = v_splat(scale);
#define BODY(LOAD, STORE) STORE(dx + j, LOAD(exponentials + j) / total * factor);
    ELEMENTWISE(classes, BODY);
#undef BODY
    dx[label] = (exponentials[label] / sum - 1.0f) * scale;
  }
  return log_of((double)sum) - ((double)x[label] - (double)largest);
}

/* Mean over the classes of (x_c - [c = label])^2, squares summed in binary64; gradient 2 (x_c - t_c) / classes * scale. */
static double squared_loss(const float *x, int classes, int label, float scale, float *dx) {
  double sum = 0.0;
  const float factor = 2.0f / (float)classes * scale;
  for (int c = 0; c < classes; c++) {
    const float error = x[c] - (c == label ? 1.0f : 0.0f);
    sum += (double)error * (double)error;
    if (dx) dx[c] = error * factor;
  }
  return sum / (double)classes;
}
