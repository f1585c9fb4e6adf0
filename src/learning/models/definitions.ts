import type { LayerInput } from '../layers/schema.js';
import type { Shape } from '../layers/shapes.js';

/** A model by its layers, for any number of classes and, where it says so, any size of image. */
export interface ModelDefinition {
  readonly name: string;
  readonly describe: string;
  readonly layers: (classes: number, input: Shape) => readonly LayerInput[];
}

const conv3 = (filters: number, options: { bias?: boolean; stride?: number } = {}): LayerInput => ({ layer: 'conv2d', filters, kernel: 3, padding: 1, ...options });
/** Convolution, batch norm and ReLU. */
const block = (filters: number): readonly LayerInput[] => [conv3(filters, { bias: false }), { layer: 'batchNorm' }, { layer: 'relu' }];
const pool: LayerInput = { layer: 'maxPool' };

const logistic: ModelDefinition = {
  name: 'logistic',
  describe: 'Multinomial logistic regression: one dense layer.',
  layers: (classes) => [{ layer: 'flatten' }, { layer: 'dense', units: classes }],
};

const mlp: ModelDefinition = {
  name: 'mlp',
  describe: 'One hidden layer of 200 ReLU units.',
  layers: (classes) => [{ layer: 'flatten' }, { layer: 'dense', units: 200 }, { layer: 'relu' }, { layer: 'dense', units: classes }],
};

const lenet5: ModelDefinition = {
  name: 'lenet5',
  describe: 'LeNet-5 with ReLU and max pooling: two 5x5 convolutions, three dense layers; 61,706 parameters on 28x28x1.',
  layers: (classes) => [
    { layer: 'conv2d', filters: 6, kernel: 5, padding: 2 },
    { layer: 'relu' },
    pool,
    { layer: 'conv2d', filters: 16, kernel: 5 },
    { layer: 'relu' },
    pool,
    { layer: 'flatten' },
    { layer: 'dense', units: 120 },
    { layer: 'relu' },
    { layer: 'dense', units: 84 },
    { layer: 'relu' },
    { layer: 'dense', units: classes },
  ],
};

const cnn4: ModelDefinition = {
  name: 'cnn4',
  describe: 'The four-layer CNN of FedMRN: 3x3 convolutions of 32, 64, 128, 256 without biases, each with batch norm, ReLU and pooling; 390,880 trainable parameters on 28x28x1.',
  layers: (classes) => [...[32, 64, 128, 256].flatMap((filters) => [...block(filters), pool]), { layer: 'flatten' }, { layer: 'dense', units: classes, bias: false }],
};

const cnnCifar: ModelDefinition = {
  name: 'cnn-cifar',
  describe: '3x3 convolutions of 32, 32, pool, 64, 64, pool, then dense; 106,538 parameters on 32x32x3.',
  layers: (classes) => [
    ...[32, 64].flatMap((filters): readonly LayerInput[] => [conv3(filters), { layer: 'relu' }, conv3(filters), { layer: 'relu' }, pool]),
    { layer: 'flatten' },
    { layer: 'dense', units: classes },
  ],
};

const cnnResfed: ModelDefinition = {
  name: 'cnn-resfed',
  describe: 'The CNN of ResFed: 3x3 convolutions of 32, 64, pool, 128, 256, pool, 256, pool with batch norm behind all but the first; 1,020,160 parameters on 32x32x3.',
  layers: (classes) => [
    conv3(32),
    { layer: 'relu' },
    ...block(64),
    pool,
    ...block(128),
    ...block(256),
    pool,
    ...block(256),
    pool,
    { layer: 'flatten' },
    { layer: 'dense', units: classes, bias: false },
  ],
};

const residualBlock = (filters: number, stride: number): readonly LayerInput[] => [
  {
    layer: 'residual',
    layers: [conv3(filters, { bias: false, stride }), { layer: 'batchNorm' }, { layer: 'relu' }, conv3(filters, { bias: false }), { layer: 'batchNorm' }],
    shortcut: stride === 1 ? [] : [{ layer: 'conv2d', filters, kernel: 1, stride, bias: false }, { layer: 'batchNorm' }],
  },
  { layer: 'relu' },
];

const resnet8: ModelDefinition = {
  name: 'resnet8',
  describe: 'ResNet-8 (He et al. 2016, one block per stage of 16, 32, 64 filters, projection shortcuts, batch norm).',
  layers: (classes, [height, width]) => [
    ...block(16),
    ...residualBlock(16, 1),
    ...residualBlock(32, 2),
    ...residualBlock(64, 2),
    { layer: 'avgPool', size: [Math.ceil(Math.ceil(height / 2) / 2), Math.ceil(Math.ceil(width / 2) / 2)] },
    { layer: 'flatten' },
    { layer: 'dense', units: classes },
  ],
};

const charGru: ModelDefinition = {
  name: 'char-gru',
  describe: 'Predicts the next character of a sequence of codes: embedding of 8, GRU of 128 units, dense; one class per character.',
  layers: (classes) => [
    { layer: 'embedding', vocabulary: classes, dimension: 8 },
    { layer: 'gru', units: 128 },
    { layer: 'dense', units: classes },
  ],
};

export const DEFINITIONS: readonly ModelDefinition[] = [logistic, mlp, lenet5, cnn4, cnnCifar, cnnResfed, resnet8, charGru];
