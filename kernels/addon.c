/*
 * The Node-API binding of the native kernels. Everything is checked in TypeScript before it comes
 * here (src/learning/engines/network.ts), so arguments are taken as they are.
 */
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include "kernels.h"

enum { SETS_MAX = 2, ALIGNMENT = 64 };

/* Instruction sets of this CPU, the widest first; every one of them fuses multiply-add. */
static int instruction_sets(const Kernels *sets[SETS_MAX]) {
  int count = 0;
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma")) sets[count++] = &kernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets[count++] = &kernels_avx2;
#elif defined(__aarch64__)
  sets[count++] = &kernels_neon;
#endif
  return count;
}

typedef struct {
  const Kernels *kernels;
  Operation *prologue, *training, *evaluation;
  int prologueLength, trainingLength, evaluationLength, block;
  void *memory;
  float *arena;
  Run run;
} Network;

static int32_t integer(napi_env env, napi_value value) {
  int32_t result = 0;
  napi_get_value_int32(env, value, &result);
  return result;
}

static double number(napi_env env, napi_value value) {
  double result = 0;
  napi_get_value_double(env, value, &result);
  return result;
}

/* First element of a typed array, and its length in elements. */
static void *elements(napi_env env, napi_value value, size_t *length) {
  void *data = 0;
  napi_get_typedarray_info(env, value, 0, length, &data, 0, 0);
  return data;
}

static Operation *operations(napi_env env, napi_value value, int *length) {
  size_t integers = 0;
  const void *code = elements(env, value, &integers);
  Operation *copy = malloc(integers * sizeof(int32_t) + 1);
  if (copy && integers > 0) memcpy(copy, code, integers * sizeof(int32_t));
  *length = (int)(integers * sizeof(int32_t) / sizeof(Operation));
  return copy;
}

static void release(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  Network *network = data;
  free(network->prologue);
  free(network->training);
  free(network->evaluation);
  free(network->memory);
  free(network);
}

static const Kernels *kernels_at(int index) {
  const Kernels *sets[SETS_MAX] = { 0 };
  return index < instruction_sets(sets) ? sets[index] : 0;
}

#define ARGUMENTS(count)           \
  napi_value argument[count];      \
  size_t given = count;            \
  napi_get_cb_info(env, info, &given, argument, 0, 0)

/* () -> names of the instruction sets */
static napi_value names(napi_env env, napi_callback_info info) {
  (void)info;
  const Kernels *sets[SETS_MAX];
  const int count = instruction_sets(sets);
  napi_value list, name;
  napi_create_array(env, &list);
  for (int i = 0; i < count; i++) {
    napi_create_string_utf8(env, sets[i]->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, (uint32_t)i, name);
  }
  return list;
}

/* (instruction set) -> hash */
static napi_value self_test(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  napi_value result;
  napi_create_uint32(env, kernels_at(integer(env, argument[0]))->selfTest(), &result);
  return result;
}

/* (instruction set, prologue, training, evaluation, arena elements, block) -> network */
static napi_value create(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  napi_value result = 0;
  Network *network = calloc(1, sizeof *network);
  if (!network) goto failed;
  network->kernels = kernels_at(integer(env, argument[0]));
  network->prologue = operations(env, argument[1], &network->prologueLength);
  network->training = operations(env, argument[2], &network->trainingLength);
  network->evaluation = operations(env, argument[3], &network->evaluationLength);
  network->block = integer(env, argument[5]);
  network->memory = calloc((size_t)number(env, argument[4]) + ALIGNMENT, sizeof(float));
  if (!network->prologue || !network->training || !network->evaluation || !network->memory) {
    release(env, network, 0);
    goto failed;
  }
  network->arena = (float *)(((uintptr_t)network->memory + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  napi_create_external(env, network, release, 0, &result);
  return result;
failed:
  napi_throw_error(env, "ENGINE_MEMORY", "not enough memory for this network");
  return 0;
}

/* (network, weights, gradient or null, inputs, labels, count, dropout key) -> sum of losses */
static napi_value run(napi_env env, napi_callback_info info) {
  ARGUMENTS(7);
  Network *network;
  napi_get_value_external(env, argument[0], (void **)&network);
  napi_valuetype type;
  napi_typeof(env, argument[2], &type);
  const int training = type != napi_null;
  float *gradient = training ? elements(env, argument[2], 0) : 0;
  network->run = (Run){
    .base = { network->arena, elements(env, argument[1], 0), gradient, elements(env, argument[3], 0) },
    .labels = elements(env, argument[4], 0),
    .key = (uint32_t)integer(env, argument[6]),
    .count = integer(env, argument[5]),
  };
  network->kernels->run(&network->run, network->prologue, training ? network->prologueLength : 0,
                        training ? network->training : network->evaluation,
                        training ? network->trainingLength : network->evaluationLength, network->block);
  napi_value result;
  napi_create_double(env, network->run.lossSum, &result);
  return result;
}

/* (network) -> right answers of the last run */
static napi_value correct(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Network *network;
  napi_get_value_external(env, argument[0], (void **)&network);
  napi_value result;
  napi_create_int32(env, network->run.correct, &result);
  return result;
}

/* (instruction set, a, x, y, length) */
static napi_value axpy(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  kernels_at(integer(env, argument[0]))->axpy((float)number(env, argument[1]), elements(env, argument[2], 0), elements(env, argument[3], 0), integer(env, argument[4]));
  return 0;
}

/* (instruction set, m, v, x, length) */
static napi_value decay_and_add(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  kernels_at(integer(env, argument[0]))->decayAndAdd((float)number(env, argument[1]), elements(env, argument[2], 0), elements(env, argument[3], 0), integer(env, argument[4]));
  return 0;
}

/* (elements) -> zeroed Float32Array that starts on a cache line */
static napi_value vector(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const size_t length = (size_t)number(env, argument[0]);
  void *data = 0;
  napi_value buffer, result = 0;
  if (napi_create_arraybuffer(env, length * sizeof(float) + ALIGNMENT, &data, &buffer) != napi_ok) {
    napi_throw_error(env, "ENGINE_MEMORY", "not enough memory for a vector");
    return 0;
  }
  const size_t offset = (ALIGNMENT - (uintptr_t)data % ALIGNMENT) % ALIGNMENT;
  napi_create_typedarray(env, napi_float32_array, length, buffer, offset, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const struct { const char *name; napi_callback function; } functions[] = {
    { "instructionSets", names }, { "selfTest", self_test }, { "create", create }, { "run", run },
    { "correct", correct }, { "axpy", axpy }, { "decayAndAdd", decay_and_add }, { "vector", vector },
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value value;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, 0, &value);
    napi_set_named_property(env, exports, functions[i].name, value);
  }
  return exports;
}
