/* Entry points of the WebAssembly builds. Pointers are byte addresses in the imported memory. */
#include "program.c"
#include "selftest.c"

#define EXPORT(name) __attribute__((export_name(name)))

extern unsigned char __heap_base;
static Run state;

/* First byte of memory that the kernels do not use themselves. */
EXPORT("heapBase") unsigned heap_base(void) { return (unsigned)&__heap_base; }

EXPORT("run") double run(const Operation *prologue, int prologueLength, const Operation *body, int bodyLength, int block, int count,
                         float *arena, float *weights, float *gradient, float *inputs, const int32_t *labels, uint32_t key) {
  state = (Run){ .base = { arena, weights, gradient, inputs }, .labels = labels, .key = key, .count = count };
  run_program(&state, prologue, prologueLength, body, bodyLength, block);
  return state.lossSum;
}

EXPORT("correct") int correct(void) { return state.correct; }
EXPORT("axpy") void export_axpy(float a, const float *x, float *y, int size) { axpy(a, x, y, size); }
EXPORT("decayAndAdd") void export_decay_and_add(float m, float *v, const float *x, int size) { decay_and_add(m, v, x, size); }
EXPORT("selfTest") uint32_t export_self_test(void) { return self_test(); }
EXPORT("elementary") void export_elementary(int which, const float *x, float *y, int size) { elementary(which, x, y, size); }
