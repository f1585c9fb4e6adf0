/*
 * A network as a program: operations in order, each on operands given as (base, offset, stride per
 * sample). The planner (src/learning/engines/plan) writes it, `run` in program.c executes it for
 * blocks of samples. Both sides must agree on this file; the numbers are ABI.
 */
#ifndef WFL_PROGRAM_H
#define WFL_PROGRAM_H

#include <stdint.h>

enum Base { BASE_NONE = -1, BASE_ARENA = 0, BASE_WEIGHTS = 1, BASE_GRADIENT = 2, BASE_INPUTS = 3, BASES = 4 };

/* Operands and dimensions are named in the comment of each operation's function in program.c. */
enum Code {
  DENSE_FORWARD = 1,
  DENSE_WEIGHT_GRADIENT = 2,
  BIAS_GRADIENT = 3,
  TRANSPOSE = 4,
  BORDER = 5,
  CONV_FORWARD = 6,
  CONV_WEIGHT_GRADIENT = 7,
  FLIP_FILTER = 8,
  MAX_POOL = 9,
  MAX_POOL_BACKWARD = 10,
  AVG_POOL = 11,
  AVG_POOL_BACKWARD = 12,
  RELU = 13,
  RELU_BACKWARD = 14,
  TANH = 15,
  TANH_BACKWARD = 16,
  SOFTMAX_LOSS = 17,
  SQUARED_LOSS = 18,
  ADD = 19,
  BATCH_NORM = 20,
  BATCH_NORM_BACKWARD = 21,
  BATCH_NORM_EVALUATE = 22,
  GROUP_NORM = 23,
  GROUP_NORM_BACKWARD = 24,
  DROPOUT = 25,
  EMBEDDING = 26,
  EMBEDDING_BACKWARD = 27,
  GRU = 28,
  GRU_BACKWARD = 29,
  CONV_POOLED_GRADIENT = 30,
  CONV_SCATTER = 31,
  PACK_FILTERS = 32,
  CROP = 33,
  CONV_PLANAR = 34,
  MAX_POOL_PLANAR = 35,
  CODES_END
};

enum { OPERANDS = 7, DIMENSIONS = 10 };

typedef struct {
  int32_t base, offset, stride;
} Operand;

/* 32 integers. */
typedef struct {
  int32_t code;
  Operand operand[OPERANDS];
  int32_t dim[DIMENSIONS];
} Operation;

/* What a run reads and writes beside the program. */
typedef struct {
  float *base[BASES];
  const int32_t *labels;
  /* Key of the dropout masks. */
  uint32_t key;
  int32_t count;
  /* First sample of the block at hand. */
  int32_t first;
  double lossSum;
  int32_t correct;
} Run;

#endif
