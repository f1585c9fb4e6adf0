/*
 * The kernels of wfl-sim, one source for every engine.
 *
 * Arithmetic is part of the definition of each kernel and does not depend on vector width, tiling,
 * the number of samples per block, or the host:
 *   - dense and convolution outputs start from the bias (+0 without one) and add x * w with fused
 *     multiply-add in ascending order of the input index (kernel row, kernel column, channel);
 *     zeros of the padding take part like any value;
 *   - parameter gradients start from +0 and add over samples in order, within a sample over output
 *     positions in row-major order;
 *   - input gradients of a dense layer add over its outputs in order; those of a convolution are
 *     the forward convolution of the zero-bordered output gradient with flipped filters;
 *   - elementary functions are those of functions.h.
 * Compile without contraction and without fast-math (kernels/build.mjs holds the flags).
 */
#include "matrix.c"
#include "layers.c"

/* Operand of sample `sample` of the block; the inputs hold all samples of the run, the arena one block. */
INLINE float *operand(const Run *run, const Operation *op, int index, int sample) {
  const Operand *o = &op->operand[index];
  if (o->base == BASE_NONE) return 0;
  const ptrdiff_t n = o->base == BASE_INPUTS ? run->first + sample : sample;
  return run->base[o->base] + o->offset + n * o->stride;
}

/* input, weights, bias, output; inputs, units */
static void dense_forward(const Run *run, const Operation *op, int count) {
  const Operand *input = &op->operand[0], *output = &op->operand[3];
  const Positions a = { operand(run, op, 0, 0), input->stride, 0, 0 }, c = { operand(run, op, 3, 0), output->stride, 0, 0 };
  matrix_nn((Extents){ count, 1, 1 }, a, 1, op->dim[0], 0, operand(run, op, 1, 0), op->dim[1], operand(run, op, 2, 0), c);
}

/* input, output gradient, weight gradient; inputs, units */
static void dense_weight_gradient(const Run *run, const Operation *op, int count) {
  /* Samples are columns here, so that the innermost loop runs over them. */
  const Positions a = { operand(run, op, 0, 0), 0, 0, op->operand[0].stride }, b = { operand(run, op, 1, 0), 0, 0, op->operand[1].stride };
  matrix_tn((Extents){ 1, 1, count }, a, b, op->dim[0], op->dim[1], operand(run, op, 2, 0), run->first > 0);
}

/* output gradient, bias gradient; positions per sample, units */
static void bias_gradient(const Run *run, const Operation *op, int count) {
  if (run->first == 0) __builtin_memset(operand(run, op, 1, 0), 0, sizeof(float) * (size_t)op->dim[1]);
  for (int n = 0; n < count; n++) column_sums(operand(run, op, 0, n), op->dim[0], op->dim[1], operand(run, op, 1, 0));
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
