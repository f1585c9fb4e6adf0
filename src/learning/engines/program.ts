/**
 * The program a network is compiled to, as kernels/program.h defines it: operations of 32 integers,
 * executed by the same C code in every engine. The numbers here and there are one interface.
 */
export const CODES = {
  denseForward: 1,
  denseWeightGradient: 2,
  biasGradient: 3,
  transpose: 4,
  border: 5,
  convForward: 6,
  convWeightGradient: 7,
  flipFilter: 8,
  maxPool: 9,
  maxPoolBackward: 10,
  avgPool: 11,
  avgPoolBackward: 12,
  relu: 13,
  reluBackward: 14,
  tanh: 15,
  tanhBackward: 16,
  softmaxLoss: 17,
  squaredLoss: 18,
  add: 19,
  batchNorm: 20,
  batchNormBackward: 21,
  batchNormEvaluate: 22,
  groupNorm: 23,
  groupNormBackward: 24,
  dropout: 25,
  embedding: 26,
  embeddingBackward: 27,
  gru: 28,
  gruBackward: 29,
  convPooledGradient: 30,
  convScatter: 31,
  packFilters: 32,
  crop: 33,
  convPlanar: 34,
  maxPoolPlanar: 35,
} as const;

export type OperationName = keyof typeof CODES;

export type Base = 'arena' | 'weights' | 'gradient' | 'inputs';
const BASES: Record<Base, number> = { arena: 0, weights: 1, gradient: 2, inputs: 3 };

/** Where an operand lies: elements from its base, and the step from one sample to the next (0 where shared). */
export interface Operand {
  readonly base: Base;
  readonly offset: number;
  readonly stride: number;
}

export interface Operation {
  readonly name: OperationName;
  readonly operands: readonly (Operand | null)[];
  readonly dimensions: readonly number[];
}

export interface Program {
  /** Once per run: rearranged weights for the backward pass. */
  readonly prologue: readonly Operation[];
  /** For each block of samples: forward, loss, backward. */
  readonly training: readonly Operation[];
  /** For each block of samples: forward and loss. */
  readonly evaluation: readonly Operation[];
  /** Elements of the weights, those of them that a training run moves on by itself, and elements of one sample. */
  readonly parameters: number;
  readonly buffers: number;
  readonly inputSize: number;
  /** Elements of working memory, which must be zero at first. */
  readonly arenaSize: number;
  /** Samples per block. */
  readonly block: number;
  /** Whether a training run must fit one block, because a layer looks at all its samples. */
  readonly wholeBatch: boolean;
  /** Whether a training run needs a key for its dropout masks. */
  readonly drops: boolean;
}

const OPERANDS = 7;
const DIMENSIONS = 10;
export const OPERATION_INTEGERS = 1 + 3 * OPERANDS + DIMENSIONS;

const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** The bits of a float32, for a dimension that is a real number. */
export function floatBits(value: number): number {
  FLOAT[0] = value;
  return BITS[0];
}

/** The integers of kernels/program.h `Operation`. */
export function encodeOperations(operations: readonly Operation[]): Int32Array {
  const code = new Int32Array(operations.length * OPERATION_INTEGERS);
  for (const [index, { name, operands, dimensions }] of operations.entries()) {
    const at = index * OPERATION_INTEGERS;
    code[at] = CODES[name];
    for (let o = 0; o < OPERANDS; o++) {
      const operand = operands[o] ?? null;
      code.set(operand === null ? [-1, 0, 0] : [BASES[operand.base], operand.offset, operand.stride], at + 1 + 3 * o);
    }
    code.set(dimensions, at + 1 + 3 * OPERANDS);
  }
  return code;
}
