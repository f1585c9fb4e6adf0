/*
 * Gated recurrent unit (Cho et al. 2014, with the reset gate applied after the recurrent product):
 *   r = sigmoid(a_r + h U_r + c_r), z = sigmoid(a_z + h U_z + c_z),
 *   q = h U_n + c_n, n = tanh(a_n + r q), h' = n + z (h - n)
 * where a = x W + b is computed for all steps at once by a dense operation. States hold length + 1
 * vectors of `units`, the first zero; gates hold r, z, n, q for each step.
 */
#include "functions.h"
#include "matrix.h"

typedef struct {
  int samples, length, units;
} Sequence;

static void gru_forward(Sequence s, const float *inputs, ptrdiff_t inputStride, const float *weights, const float *bias, float *states,
                        ptrdiff_t stateStride, float *gates, ptrdiff_t gateStride) {
  const int u = s.units;
  for (int n = 0; n < s.samples; n++) __builtin_memset(states + n * stateStride, 0, sizeof(float) * (size_t)u);
  for (int t = 0; t < s.length; t++) {
    /* h U + c into the places of r, z, n; what was n is q. */
    const Positions from = { states + (ptrdiff_t)t * u, stateStride, 0, 0 }, to = { gates + (ptrdiff_t)t * 4 * u, gateStride, 0, 0 };
    matrix_nn((Extents){ s.samples, 1, 1 }, from, 1, u, 0, weights, 3 * u, bias, to);
    for (int n = 0; n < s.samples; n++) {
      const float *a = inputs + n * inputStride + (ptrdiff_t)t * 3 * u;
      float *g = gates + n * gateStride + (ptrdiff_t)t * 4 * u, *h = states + n * stateStride + (ptrdiff_t)t * u;
#define BODY(LOAD, STORE)                                                                  \
      const V reset = v_sigmoid(LOAD(a + j) + LOAD(g + j));                                \
      const V update = v_sigmoid(LOAD(a + u + j) + LOAD(g + u + j));                       \
      const V recurrent = LOAD(g + 2 * u + j);                                             \
      const V candidate = v_tanh(v_fma(reset, recurrent, LOAD(a + 2 * u + j)));            \
      STORE(g + 3 * u + j, recurrent);                                                     \
      STORE(g + 2 * u + j, candidate);                                                     \
      STORE(g + u + j, update);                                                            \
      STORE(g + j, reset);                                                                 \
      STORE(h + u + j, v_fma(update, LOAD(h + j) - candidate, candidate));
      ELEMENTWISE(u, BODY);
#undef BODY
    }
  }
}

/*
 * Back through time. For each step, `slopes` gets the gradient of a (3 units) and of h U + c (3
 * units), which the parameter gradients are taken of afterwards. `carry` holds the gradient of the
 * state and room for its recurrent part, 2 units per sample. Where `every`, each state has an output gradient, else the last only.
 */
static void gru_backward(Sequence s, const float *dy, ptrdiff_t outputStride, int every, const float *transposed, const float *states,
                         ptrdiff_t stateStride, const float *gates, ptrdiff_t gateStride, float *slopes, ptrdiff_t slopeStride, float *carry,
                         ptrdiff_t carryStride) {
  const int u = s.units;
  for (int t = s.length - 1; t >= 0; t--) {
    for (int n = 0; n < s.samples; n++) {
      const float *g = gates + n * gateStride + (ptrdiff_t)t * 4 * u, *h = states + n * stateStride + (ptrdiff_t)t * u;
      const float *output = dy + n * outputStride + (every ? (ptrdiff_t)t * u : 0);
      float *d = slopes + n * slopeStride + (ptrdiff_t)t * 6 * u, *state = carry + n * carryStride;
      if (t == s.length - 1) __builtin_memcpy(state, output, sizeof(float) * (size_t)u);
      else if (every) add(state, output, u, state);
#define BODY(LOAD, STORE)                                                                  \
      const V one = v_splat(1.0f), slope = LOAD(state + j);                                \
      const V reset = LOAD(g + j), update = LOAD(g + u + j), candidate = LOAD(g + 2 * u + j); \
      const V inner = slope * (one - update) * v_fma(-candidate, candidate, one);          \
      const V ofUpdate = slope * (LOAD(h + j) - candidate) * update * (one - update);      \
      const V ofReset = inner * LOAD(g + 3 * u + j) * reset * (one - reset);               \
      STORE(d + j, ofReset);                                                               \
      STORE(d + u + j, ofUpdate);                                                          \
      STORE(d + 2 * u + j, inner);                                                         \
      STORE(d + 3 * u + j, ofReset);                                                       \
      STORE(d + 4 * u + j, ofUpdate);                                                      \
      STORE(d + 5 * u + j, inner * reset);                                                 \
      STORE(state + j, slope * update);
      ELEMENTWISE(u, BODY);
#undef BODY
    }
    if (t == 0) break;
    /* The state before reaches the loss through the recurrent product too: added after the direct part. */
    const Positions from = { slopes + ((ptrdiff_t)t * 6 + 3) * u, slopeStride, 0, 0 }, to = { carry + u, carryStride, 0, 0 };
    matrix_nn((Extents){ s.samples, 1, 1 }, from, 1, 3 * u, 0, transposed, u, 0, to);
    for (int n = 0; n < s.samples; n++) add(carry + n * carryStride, carry + n * carryStride + u, u, carry + n * carryStride);
  }
}
