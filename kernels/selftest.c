/*
 * Does this build compute what the definition says, on this host? `self_test` hashes (FNV-1a) the
 * bits of fused multiply-adds on operands where rounding once and rounding twice differ, and of the
 * elementary functions over a sweep, and the shape of a program. Every engine must give the same
 * number, whatever its width, and the one that the planner was written for.
 */
#include "functions.h"
#include "program.h"

static uint32_t hash_lanes(uint32_t hash, V v) {
  float lanes[LANES];
  v_store(lanes, v);
  for (int lane = 0; lane < LANES; lane++) {
    union { float value; uint32_t bits; } u = { lanes[lane] };
    hash = (hash ^ u.bits) * 16777619u;
  }
  return hash;
}

/* Finite floats of every exponent from a linear congruential generator. */
static float next_float(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  union { uint32_t bits; float value; } u = { *seed ^ (*seed >> 15) };
  if (((u.bits >> 23) & 0xff) == 255) u.bits ^= 0x40000000u;
  return u.value;
}

/* e^x (0), tanh (1) or 1 / (1 + e^-x) (2) of each element, for the tests of functions.h. */
static void elementary(int which, const float *x, float *y, int size) {
  for (int j = 0; j < size; j++) {
    const V value = v_splat(x[j]);
    float lanes[LANES];
    v_store(lanes, which == 0 ? v_exp(value) : which == 1 ? v_tanh(value) : v_sigmoid(value));
    y[j] = lanes[0];
  }
}

static uint32_t self_test(void) {
  uint32_t sums = 2166136261u, exponentials = sums, tangents = sums, seed = 1;
  for (int round = 0; round < 512; round += LANES) {
    float a[LANES], b[LANES], c[LANES], x[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      a[lane] = next_float(&seed);
      b[lane] = next_float(&seed);
      const float other = next_float(&seed);
      /* Every other sum is the rounding error of the product, which only a fused operation gives. */
      c[lane] = (round + lane) & 1 ? -(a[lane] * b[lane]) : other;
      x[lane] = (float)(round + lane - 256) * 0.34375f;
    }
    const V sum = v_fma(v_load(a), v_load(b), v_load(c));
    /* NaN has no defined bits. */
    sums = hash_lanes(sums, v_select(sum == sum, sum, v_splat(0.0f)));
    exponentials = hash_lanes(exponentials, v_exp(v_load(x)));
    tangents = hash_lanes(tangents, v_tanh(v_load(x) * v_splat(0.0625f)));
  }
  union { double value; uint64_t bits; } logarithm = { log_of(7.25) };
  const uint32_t interface = (uint32_t)sizeof(Operation) * 65536u + (uint32_t)CODES_END;
  return interface ^ sums ^ (exponentials * 3u) ^ (tangents * 5u) ^ (uint32_t)logarithm.bits ^ (uint32_t)(logarithm.bits >> 32);
}
