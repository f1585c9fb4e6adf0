/* Compiled once per instruction set, with the flag that chooses the vector unit (build-native.mjs). */
#include "kernels.h"
#include "program.c"
#include "selftest.c"

#if defined(WFL_AVX512)
const Kernels kernels_avx512 = { "AVX-512", run_program, axpy, decay_and_add, self_test };
#elif defined(WFL_AVX2)
const Kernels kernels_avx2 = { "AVX2", run_program, axpy, decay_and_add, self_test };
#elif defined(WFL_NEON)
const Kernels kernels_neon = { "NEON", run_program, axpy, decay_and_add, self_test };
#endif
