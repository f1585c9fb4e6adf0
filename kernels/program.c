/*
 * The kernels of wfl-sim, one source for every engine.
 *
 * Arithmetic is part of the definition of each kernel and does not depend on vector width, tiling,
 * the number of samples per block, or the host:
 *   - dense and convolution outputs start from the bias (+0 without one) and add x * w with fused
 *     multiply-add in ascending order of the input index (kernel row, kernel column, channel);
 *     zeros of the padding take part like any value;
 *   - parameter gradients start from +0 and add over samples in order, within a sample over output
 *     positions in row-major order; behind max pooling, over the pooled outputs in row-major order,
 *     gradients of zero left out;
 *   - input gradients of a dense layer add over its outputs in order; those of a convolution are
 *     the forward convolution of the zero-bordered output gradient with flipped filters, or (few
 *     channels, or max pooling behind it) add patch by patch, gradients of zero left out (sparse.c);
 *   - sums of normalisation run over samples and positions in order, in binary64 (normalisation.c);
 *   - elementary functions are those of functions.h.
 * Compile without contraction and without fast-math (kernels/build.mjs holds the flags).
 */
#include "matrix.c"
#include "layers.c"
#include "sparse.c"
#include "planar.c"
#include "normalisation.c"
#include "recurrent.c"

/* Operand of sample `sample` of the block; the inputs hold all samples of the run, the arena one block. */
INLINE float *operand(const Run *run, const Operation *op, int index, int sample) {
  const Operand *o = &op->operand[index];
  if (o->base == BASE_NONE) return 0;
  const ptrdiff_t n = o->base == BASE_INPUTS ? run->first + sample : sample;
  return run->base[o->base] + o->offset + n * o->stride;
}

/* input, weights, bias, output; inputs, units, positions per sample, their stride in the input and in the output */
static void dense_forward(const Run *run, const Operation *op, int count) {
  const int *d = op->dim;
  const Positions a = { operand(run, op, 0, 0), op->operand[0].stride, 0, d[3] }, c = { operand(run, op, 3, 0), op->operand[3].stride, 0, d[4] };
  matrix_nn((Extents){ count, 1, d[2] }, a, 1, d[0], 0, operand(run, op, 1, 0), d[1], operand(run, op, 2, 0), c);
}

/* input, output gradient, weight gradient; as dense_forward */
static void dense_weight_gradient(const Run *run, const Operation *op, int count) {
  const int *d = op->dim;
  const ptrdiff_t left = op->operand[0].stride, right = op->operand[1].stride;
  float *from = operand(run, op, 0, 0), *slope = operand(run, op, 1, 0), *to = operand(run, op, 2, 0);
  /* One position per sample: samples are columns then, so that the innermost loop runs over them. */
  if (d[2] == 1) matrix_tn((Extents){ 1, 1, count }, (Positions){ from, 0, 0, left }, (Positions){ slope, 0, 0, right }, d[0], d[1], to, run->first > 0);
  else matrix_tn((Extents){ count, 1, d[2] }, (Positions){ from, left, 0, d[3] }, (Positions){ slope, right, 0, d[4] }, d[0], d[1], to, run->first > 0);
}

/* output gradient, bias gradient; positions per sample, units, stride of positions */
static void bias_gradient(const Run *run, const Operation *op, int count) {
  if (run->first == 0) __builtin_memset(operand(run, op, 1, 0), 0, sizeof(float) * (size_t)op->dim[1]);
  for (int n = 0; n < count; n++) column_sums(operand(run, op, 0, n), op->dim[0], op->dim[1], op->dim[2], operand(run, op, 1, 0));
}

/*
 * bordered input, weights, bias, output; output height, output width, filters, kernel height,
 * kernel width * channels, input row stride, input row step, input column step
 */
static void conv_forward(const Run *run, const Operation *op, int count) {
  const int *d = op->dim;
  const Positions a = { operand(run, op, 0, 0), op->operand[0].stride, d[6], d[7] };
  const Positions c = { operand(run, op, 3, 0), op->operand[3].stride, (ptrdiff_t)d[1] * d[2], d[2] };
  matrix_nn((Extents){ count, d[0], d[1] }, a, d[3], d[4], d[5], operand(run, op, 1, 0), d[2], operand(run, op, 2, 0), c);
}

/* bordered input, output gradient, weight gradient; as conv_forward */
static void conv_weight_gradient(const Run *run, const Operation *op, int count) {
  const int *d = op->dim;
  const Positions b = { operand(run, op, 1, 0), op->operand[1].stride, (ptrdiff_t)d[1] * d[2], d[2] };
  for (int ky = 0; ky < d[3]; ky++) {
    const Positions a = { operand(run, op, 0, 0) + (ptrdiff_t)ky * d[5], op->operand[0].stride, d[6], d[7] };
    matrix_tn((Extents){ count, d[0], d[1] }, a, b, d[4], d[2], operand(run, op, 2, 0) + (ptrdiff_t)ky * d[4] * d[2], run->first > 0);
  }
}

INLINE Window window_of(const Operation *op) {
  const int *d = op->dim;
  return (Window){ d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8] };
}

/* outputs, output gradient or none, exponentials; classes */
static void loss(Run *run, const Operation *op, int count) {
  const int classes = op->dim[0];
  const float scale = 1.0f / (float)run->count;
  for (int n = 0; n < count; n++) {
    const float *x = operand(run, op, 0, n);
    const int label = run->labels[run->first + n];
    run->correct += first_largest(x, classes) == label;
    run->lossSum += op->code == SOFTMAX_LOSS
      ? softmax_loss(x, classes, label, scale, operand(run, op, 2, 0), operand(run, op, 1, n))
      : squared_loss(x, classes, label, scale, operand(run, op, 1, n));
  }
}

INLINE float real(int32_t bits) {
  union { int32_t bits; float value; } u = { bits };
  return u.value;
}

/*
 * BATCH_NORM: input, scale, shift, output, statistics, running mean, running variance;
 * BATCH_NORM_BACKWARD: output gradient, scale, statistics, input, input gradient, scale gradient, shift gradient;
 * BATCH_NORM_EVALUATE: input, scale, shift, output, statistics, running mean, running variance;
 * positions per sample, channels, epsilon, momentum
 */
static void batch_norm(const Run *run, const Operation *op, int count) {
  const Batch batch = { count, op->dim[0], op->dim[1], op->operand[0].stride, op->operand[3].stride };
  float *o[OPERANDS];
  for (int i = 0; i < OPERANDS; i++) o[i] = operand(run, op, i, 0);
  switch (op->code) {
    case BATCH_NORM: batch_norm_forward(batch, o[0], o[1], o[2], o[3], o[4], o[5], o[6], real(op->dim[2]), real(op->dim[3])); break;
    case BATCH_NORM_BACKWARD: batch_norm_backward(batch, o[0], o[1], o[2], o[3], o[4], op->operand[4].stride, o[5], o[6]); break;
    default: batch_norm_evaluate(batch, o[0], o[1], o[2], o[3], o[4], o[5], o[6], real(op->dim[2]));
  }
}

/*
 * GROUP_NORM: input, scale, shift, output, statistics; GROUP_NORM_BACKWARD: output gradient, scale,
 * statistics, input, input gradient, scale gradient, shift gradient; positions, channels, groups, epsilon
 */
static void group_norm(const Run *run, const Operation *op, int n) {
  float *o[OPERANDS];
  for (int i = 0; i < OPERANDS; i++) o[i] = operand(run, op, i, n);
  const int *d = op->dim;
  if (op->code == GROUP_NORM) group_norm_forward(d[0], d[1], d[2], o[0], o[1], o[2], o[3], o[4], real(d[3]));
  else group_norm_backward(d[0], d[1], d[2], o[0], o[1], o[2], o[3], o[4], o[5], o[6], run->first + n == 0);
}

/*
 * GRU: gate inputs, recurrent weights, recurrent bias, states, gates; GRU_BACKWARD: gradient of the
 * output states, transposed recurrent weights, states, gates, gate gradients, state gradient;
 * length, units, whether every state is an output
 */
static void gru(const Run *run, const Operation *op, int count) {
  const Sequence s = { count, op->dim[0], op->dim[1] };
  float *o[OPERANDS];
  for (int i = 0; i < OPERANDS; i++) o[i] = operand(run, op, i, 0);
  const Operand *p = op->operand;
  if (op->code == GRU) gru_forward(s, o[0], p[0].stride, o[1], o[2], o[3], p[3].stride, o[4], p[4].stride);
  else gru_backward(s, o[0], p[0].stride, op->dim[2], o[1], o[2], p[2].stride, o[3], p[3].stride, o[4], p[4].stride, o[5], p[5].stride);
}

/* dim: rows, columns, filters of the output; kernel height, row length, image row, row step, column step; elements of the image */
INLINE Patch patch_of(const Operation *op) { return (Patch){ op->dim[3], op->dim[4], op->dim[5] }; }

/*
 * input, pooled gradient, places, weight gradient, sums; pooled rows, pooled columns, filters, kernel
 * height, row length, input row, row step, column step, pool size (rows * 1024 + columns), pool
 * stride (the same)
 */
static void conv_pooled_gradient(const Run *run, const Operation *op, int count) {
  const int *d = op->dim;
  const Patch p = patch_of(op);
  float *sums = operand(run, op, 4, 0);
  const ptrdiff_t poolRow = (ptrdiff_t)(d[9] / 1024) * d[6], poolColumn = (ptrdiff_t)(d[9] % 1024) * d[7];
  if (run->first == 0) __builtin_memset(sums, 0, sizeof(float) * (size_t)d[2] * (size_t)d[3] * (size_t)packed_length(d[4]));
  for (int n = 0; n < count; n++)
    pooled_gradient(operand(run, op, 0, n), operand(run, op, 1, n), (const int32_t *)operand(run, op, 2, n), d[0], d[1], d[2],
                    d[8] / 1024, d[8] % 1024, poolRow, poolColumn, d[6], d[7], p, sums);
  if (run->first + count == run->count) unpack_filters(sums, d[3], d[4], d[2], operand(run, op, 3, 0));
}

/* Operations on one sample at a time. */
static void per_sample(const Run *run, const Operation *op, int n) {
  float *x = operand(run, op, 0, n), *y = operand(run, op, 1, n), *z = operand(run, op, 2, n);
  const int *d = op->dim;
  switch (op->code) {
    /* image, bordered image; height, width, channels, top, left, dilations, padded width */
    case BORDER: border(x, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], y); break;
    /* image, pooled, places; the fields of Window */
    case MAX_POOL: max_pool(window_of(op), x, y, (int32_t *)z); break;
    /* pooled gradient, image gradient, places */
    case MAX_POOL_BACKWARD: max_pool_backward(window_of(op), x, (const int32_t *)z, y); break;
    case AVG_POOL: avg_pool(window_of(op), x, y); break;
    case AVG_POOL_BACKWARD: avg_pool_backward(window_of(op), x, y); break;
    /* input, output; size */
    case RELU: relu(x, d[0], y); break;
    /* output gradient, input gradient, output; size */
    case RELU_BACKWARD: relu_backward(x, z, d[0], y); break;
    case TANH: tangent(x, d[0], y); break;
    case TANH_BACKWARD: tangent_backward(x, z, d[0], y); break;
    /* input, other input, sum; size */
    case ADD: add(x, y, d[0], z); break;
    /* bordered image, weights, bias, planes; the fields of Planar */
    case CONV_PLANAR:
      conv_planar((Planar){ d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7] }, x, y, z, operand(run, op, 3, n));
      break;
    /* planes, pooled, places; pooled rows, pooled columns, filters, rows of a plane, elements of a row */
    case MAX_POOL_PLANAR: max_pool_planar(d[0], d[1], d[2], d[3], d[4], x, y, (int32_t *)z); break;
    /* output gradient, image gradient, packed filters; see patch_of */
    case CONV_SCATTER: conv_scatter(x, d[0], d[1], d[2], z, patch_of(op), d[6], d[7], y, d[8]); break;
    /* bordered image, image; height, width, channels, top, left, padded width */
    case CROP: crop(x, d[0], d[1], d[2], d[3], d[4], d[5], y); break;
    case GROUP_NORM:
    case GROUP_NORM_BACKWARD: group_norm(run, op, n); break;
    /* input, output; size, layer, threshold, scale */
    case DROPOUT: dropout(x, d[0], run->key, (uint32_t)d[1], (uint32_t)(run->first + n), (uint32_t)d[2], real(d[3]), y); break;
    /* codes, output, table; length, dimension */
    case EMBEDDING: embedding(x, d[0], d[1], z, y); break;
    /* codes, output gradient, table gradient; length, dimension, entries */
    case EMBEDDING_BACKWARD:
      if (run->first + n == 0) __builtin_memset(z, 0, sizeof(float) * (size_t)d[1] * (size_t)d[2]);
      embedding_backward(x, d[0], d[1], y, z);
      break;
  }
}

static void execute(Run *run, const Operation *op, int count) {
  switch (op->code) {
    case DENSE_FORWARD: dense_forward(run, op, count); break;
    case DENSE_WEIGHT_GRADIENT: dense_weight_gradient(run, op, count); break;
    case BIAS_GRADIENT: bias_gradient(run, op, count); break;
    /* matrix, transposed; rows, columns */
    case TRANSPOSE: transpose(operand(run, op, 0, 0), op->dim[0], op->dim[1], operand(run, op, 1, 0)); break;
    case CONV_FORWARD: conv_forward(run, op, count); break;
    case CONV_WEIGHT_GRADIENT: conv_weight_gradient(run, op, count); break;
    /* filters, flipped filters; kernel height, kernel width, channels, filters */
    case FLIP_FILTER: flip_filter(operand(run, op, 0, 0), op->dim[0], op->dim[1], op->dim[2], op->dim[3], operand(run, op, 1, 0)); break;
    case CONV_POOLED_GRADIENT: conv_pooled_gradient(run, op, count); break;
    /* weights, packed filters; kernel height, row length, filters */
    case PACK_FILTERS: pack_filters(operand(run, op, 0, 0), op->dim[0], op->dim[1], op->dim[2], operand(run, op, 1, 0)); break;
    case BATCH_NORM:
    case BATCH_NORM_BACKWARD:
    case BATCH_NORM_EVALUATE: batch_norm(run, op, count); break;
    case GRU:
    case GRU_BACKWARD: gru(run, op, count); break;
    case SOFTMAX_LOSS:
    case SQUARED_LOSS: loss(run, op, count); break;
    default:
      for (int n = 0; n < count; n++) per_sample(run, op, n);
  }
}

/* Runs `prologue` once, then `body` for every block of at most `block` samples. */
static void run_program(Run *run, const Operation *prologue, int prologueLength, const Operation *body, int bodyLength, int block) {
  run->lossSum = 0.0;
  run->correct = 0;
  run->first = 0;
  for (int i = 0; i < prologueLength; i++) execute(run, prologue + i, 0);
  for (; run->first < run->count; run->first += block) {
    const int left = run->count - run->first, count = left < block ? left : block;
    for (int i = 0; i < bodyLength; i++) execute(run, body + i, count);
  }
}
