/*
 * Batch normalisation (Ioffe and Szegedy 2015) and group normalisation (Wu and He 2018). Sums run in
 * binary64, per channel over samples and positions in order; a group adds its channels in order.
 * Variances are E[x^2] - E[x]^2 in binary64, where the cancellation costs nothing that binary32 would
 * keep. Products of two floats are exact there, so that no fused operation is needed.
 */
#include "vector.h"

typedef double VD __attribute__((vector_size(8 * LANES)));

INLINE VD widen(V v) { return __builtin_convertvector(v, VD); }
INLINE V load_some(const float *p, int lanes) { return lanes == LANES ? v_load(p) : v_load_tail(p, lanes); }
INLINE void store_some(float *p, V v, int lanes) {
  if (lanes == LANES) v_store(p, v);
  else v_store_tail(p, v, lanes);
}

typedef struct {
  int samples, positions, channels;
  /* Elements from one sample to the next in the first and in the fourth operand. */
  ptrdiff_t stride, otherStride;
} Batch;

/* sums[c] = sum of x, products[c] = sum of x * (y - center[c]), or of x * x where y is null. */
static void channel_sums(int samples, int positions, int channels, const float *x, ptrdiff_t stride, const float *y,
                         ptrdiff_t otherStride, const float *center, double *sums, double *products) {
  for (int c = 0; c < channels; c += LANES) {
    const int lanes = channels - c < LANES ? channels - c : LANES;
    VD sum = { 0 }, product = { 0 };
    const V middle = y ? load_some(center + c, lanes) : v_splat(0.0f);
    for (int n = 0; n < samples; n++)
      for (int p = 0; p < positions; p++) {
        const ptrdiff_t at = (ptrdiff_t)p * channels + c;
        const V value = load_some(x + n * stride + at, lanes);
        const VD wide = widen(value);
        sum = sum + wide;
        product = product + wide * (y ? widen(load_some(y + n * otherStride + at, lanes) - middle) : wide);
      }
    double lane[LANES];
    __builtin_memcpy(lane, &sum, sizeof sum);
    for (int i = 0; i < lanes; i++) sums[c + i] = lane[i];
    __builtin_memcpy(lane, &product, sizeof product);
    for (int i = 0; i < lanes; i++) products[c + i] = lane[i];
  }
}

/* Mean and 1 / sqrt(variance + epsilon) from sums over m values; returns the variance. */
static double moments(double sum, double squares, double m, float epsilon, float *mean, float *inverse) {
  const double average = sum / m, raw = squares / m - average * average;
  const double variance = raw < 0.0 ? 0.0 : raw;
  *mean = (float)average;
  *inverse = (float)(1.0 / __builtin_sqrt(variance + (double)epsilon));
  return variance;
}

/* y = fma(x - mean, scale * inverse, shift) */
static void normalise(int positions, int channels, const float *x, const float *scale, const float *shift, const float *mean,
                      const float *inverse, float *y) {
  for (int c = 0; c < channels; c += LANES) {
    const int lanes = channels - c < LANES ? channels - c : LANES;
    const V factor = load_some(scale + c, lanes) * load_some(inverse + c, lanes);
    const V offset = load_some(shift + c, lanes), middle = load_some(mean + c, lanes);
    for (int p = 0; p < positions; p++) {
      const ptrdiff_t at = (ptrdiff_t)p * channels + c;
      store_some(y + at, v_fma(load_some(x + at, lanes) - middle, factor, offset), lanes);
    }
  }
}

/*
 * Statistics of the whole batch; the running ones move towards them by `momentum`, the variance in
 * its unbiased form. `statistics` holds channels means, channels inverse deviations, and room for 2
 * channels of binary64.
 */
static void batch_norm_forward(Batch b, const float *x, const float *scale, const float *shift, float *y, float *statistics,
                               float *runningMean, float *runningVariance, float epsilon, float momentum) {
  float *mean = statistics, *inverse = statistics + b.channels;
  double *sums = (double *)(statistics + 2 * b.channels), *squares = sums + b.channels;
  const double m = (double)b.samples * b.positions, unbiased = m > 1.0 ? m / (m - 1.0) : 1.0;
  channel_sums(b.samples, b.positions, b.channels, x, b.stride, 0, 0, 0, sums, squares);
  for (int c = 0; c < b.channels; c++) {
    const double variance = moments(sums[c], squares[c], m, epsilon, mean + c, inverse + c);
    runningMean[c] = (float)((1.0 - (double)momentum) * runningMean[c] + (double)momentum * (sums[c] / m));
    runningVariance[c] = (float)((1.0 - (double)momentum) * runningVariance[c] + (double)momentum * (variance * unbiased));
  }
  for (int n = 0; n < b.samples; n++) normalise(b.positions, b.channels, x + n * b.stride, scale, shift, mean, inverse, y + n * b.otherStride);
}

static void batch_norm_evaluate(Batch b, const float *x, const float *scale, const float *shift, float *y, float *statistics,
                                const float *runningMean, const float *runningVariance, float epsilon) {
  float *inverse = statistics + b.channels;
  for (int c = 0; c < b.channels; c++) inverse[c] = (float)(1.0 / __builtin_sqrt((double)runningVariance[c] + (double)epsilon));
  for (int n = 0; n < b.samples; n++) normalise(b.positions, b.channels, x + n * b.stride, scale, shift, runningMean, inverse, y + n * b.otherStride);
}

/* dx = ((dy - meanOf(dy)) - (x - mean) k) scale inverse, with k = inverse^2 meanOf(dy (x - mean)); dx may be null. */
static void batch_norm_backward(Batch b, const float *dy, const float *scale, float *statistics, const float *x, float *dx,
                                ptrdiff_t gradientStride, float *scaleGradient, float *shiftGradient) {
  const float *mean = statistics, *inverse = statistics + b.channels;
  double *sums = (double *)(statistics + 2 * b.channels), *products = sums + b.channels;
  const double m = (double)b.samples * b.positions;
  channel_sums(b.samples, b.positions, b.channels, dy, b.stride, x, b.otherStride, mean, sums, products);
  for (int c = 0; c < b.channels; c++) {
    shiftGradient[c] = (float)sums[c];
    scaleGradient[c] = (float)(products[c] * (double)inverse[c]);
  }
  if (!dx) return;
  for (int c = 0; c < b.channels; c += LANES) {
    const int lanes = b.channels - c < LANES ? b.channels - c : LANES;
    float averages[LANES] = { 0 }, slopes[LANES] = { 0 };
    for (int i = 0; i < lanes; i++) {
      averages[i] = (float)(sums[c + i] / m);
      slopes[i] = (float)(-(products[c + i] * (double)inverse[c + i] * (double)inverse[c + i] / m));
    }
    const V average = v_load(averages), slope = v_load(slopes), middle = load_some(mean + c, lanes);
    const V factor = load_some(scale + c, lanes) * load_some(inverse + c, lanes);
    for (int n = 0; n < b.samples; n++)
      for (int p = 0; p < b.positions; p++) {
        const ptrdiff_t at = (ptrdiff_t)p * b.channels + c;
        const V centred = load_some(x + n * b.otherStride + at, lanes) - middle;
        store_some(dx + n * gradientStride + at, v_fma(centred, slope, load_some(dy + n * b.stride + at, lanes) - average) * factor, lanes);
      }
  }
}

/* One sample. `statistics` as for batch norm, per sample; every channel carries the values of its group. */
static void group_norm_forward(int positions, int channels, int groups, const float *x, const float *scale, const float *shift,
                               float *y, float *statistics, float epsilon) {
  float *mean = statistics, *inverse = statistics + channels;
  double *sums = (double *)(statistics + 2 * channels), *squares = sums + channels;
  const int width = channels / groups;
  channel_sums(1, positions, channels, x, 0, 0, 0, 0, sums, squares);
  for (int g = 0; g < channels; g += width) {
    double sum = 0.0, square = 0.0;
    for (int c = g; c < g + width; c++) { sum += sums[c]; square += squares[c]; }
    moments(sum, square, (double)positions * width, epsilon, mean + g, inverse + g);
    for (int c = g + 1; c < g + width; c++) { mean[c] = mean[g]; inverse[c] = inverse[g]; }
  }
  normalise(positions, channels, x, scale, shift, mean, inverse, y);
}

/* dx = (scale dy - average - (x - mean) k) inverse over the group; gradients of scale and shift add up over samples. */
static void group_norm_backward(int positions, int channels, int groups, const float *dy, const float *scale, float *statistics,
                                const float *x, float *dx, float *scaleGradient, float *shiftGradient, int first) {
  const float *mean = statistics, *inverse = statistics + channels;
  double *sums = (double *)(statistics + 2 * channels), *products = sums + channels;
  const int width = channels / groups;
  channel_sums(1, positions, channels, dy, 0, x, 0, mean, sums, products);
  for (int c = 0; c < channels; c++) {
    shiftGradient[c] = (first ? 0.0f : shiftGradient[c]) + (float)sums[c];
    scaleGradient[c] = (first ? 0.0f : scaleGradient[c]) + (float)(products[c] * (double)inverse[c]);
  }
  if (!dx) return;
  const double m = (double)positions * width;
  for (int g = 0; g < channels; g += width) {
    double sum = 0.0, product = 0.0;
    for (int c = g; c < g + width; c++) { sum += (double)scale[c] * sums[c]; product += (double)scale[c] * products[c]; }
    const double deviation = (double)inverse[g];
    for (int c = g; c < g + width; c++) { sums[c] = sum / m; products[c] = -(product * deviation * deviation / m); }
  }
  for (int c = 0; c < channels; c += LANES) {
    const int lanes = channels - c < LANES ? channels - c : LANES;
    float averages[LANES] = { 0 }, slopes[LANES] = { 0 };
    for (int i = 0; i < lanes; i++) { averages[i] = (float)-sums[c + i]; slopes[i] = (float)products[c + i]; }
    const V average = v_load(averages), slope = v_load(slopes), middle = load_some(mean + c, lanes);
    const V weight = load_some(scale + c, lanes), factor = load_some(inverse + c, lanes);
    for (int p = 0; p < positions; p++) {
      const ptrdiff_t at = (ptrdiff_t)p * channels + c;
      const V centred = load_some(x + at, lanes) - middle;
      store_some(dx + at, v_fma(centred, slope, v_fma(weight, load_some(dy + at, lanes), average)) * factor, lanes);
    }
  }
}
