/* The kernels of one instruction set, as the addon calls them. */
#ifndef WFL_KERNELS_H
#define WFL_KERNELS_H

#include "program.h"

typedef struct {
  const char *name;
  void (*run)(Run *run, const Operation *prologue, int prologueLength, const Operation *body, int bodyLength, int block);
  void (*axpy)(float a, const float *x, float *y, int size);
  void (*decayAndAdd)(float m, float *v, const float *x, int size);
  uint32_t (*selfTest)(void);
} Kernels;

#if defined(__x86_64__) || defined(_M_X64)
extern const Kernels kernels_avx512, kernels_avx2;
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif

#endif
