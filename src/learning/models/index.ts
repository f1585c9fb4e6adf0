import { z } from 'zod';
import { inputError } from '../../errors.js';
import { defineTable } from '../../table.js';
import type { Entry } from '../../table.js';
import { layerSchema } from '../layers/schema.js';
import type { LayerInput } from '../layers/schema.js';
import type { Shape } from '../layers/shapes.js';
import { layerListSchema, lossSchema, parameterLayout } from '../model.js';
import type { Loss, Model } from '../model.js';

/** An entry of the model table: a model for samples of any shape its layers accept. */
export interface ModelEntry extends Entry<ModelOptions> {
  create(options: ModelOptions, input: Shape, classes: number): Model;
}

export interface ModelOptions {
  readonly loss: Loss;
}

const modelOptions = z.strictObject({ loss: lossSchema.default('softmaxCrossEntropy') });

function defineModel(name: string, describe: string, layersFor: (classes: number) => readonly LayerInput[]): ModelEntry {
  return {
    name,
    describe,
    schema: modelOptions,
    create: ({ loss }, input, classes) => checked({ name, input, classes, loss, layers: layersFor(classes).map((layer) => layerSchema.parse(layer)) }),
  };
}

/** Every model is checked when it is made, so that a wrong shape is reported before a run begins. */
function checked(model: Model): Model {
  parameterLayout(model);
  return model;
}

const logistic = defineModel('logistic', 'Multinomial logistic regression: one dense layer.', (classes) => [
  { layer: 'flatten' },
  { layer: 'dense', units: classes },
]);

const mlp = defineModel('mlp', 'One hidden layer of 200 ReLU units (McMahan et al. 2017, 2NN with one layer).', (classes) => [
  { layer: 'flatten' },
  { layer: 'dense', units: 200 },
  { layer: 'relu' },
  { layer: 'dense', units: classes },
]);

const lenet5 = defineModel('lenet5', 'LeNet-5 with ReLU and max pooling: two 5x5 convolutions, three dense layers; 61,706 parameters on 28x28x1.', (classes) => [
  { layer: 'conv2d', filters: 6, kernel: 5, padding: 2 },
  { layer: 'relu' },
  { layer: 'maxPool' },
  { layer: 'conv2d', filters: 16, kernel: 5 },
  { layer: 'relu' },
  { layer: 'maxPool' },
  { layer: 'flatten' },
  { layer: 'dense', units: 120 },
  { layer: 'relu' },
  { layer: 'dense', units: 84 },
  { layer: 'relu' },
  { layer: 'dense', units: classes },
]);

const cnnCifar = defineModel('cnn-cifar', 'Convolutions 3x3 of 32, 32, pool, 64, 64, pool, then dense; 106,538 parameters on 32x32x3.', (classes) => [
  { layer: 'conv2d', filters: 32, kernel: 3, padding: 1 },
  { layer: 'relu' },
  { layer: 'conv2d', filters: 32, kernel: 3, padding: 1 },
  { layer: 'relu' },
  { layer: 'maxPool' },
  { layer: 'conv2d', filters: 64, kernel: 3, padding: 1 },
  { layer: 'relu' },
  { layer: 'conv2d', filters: 64, kernel: 3, padding: 1 },
  { layer: 'relu' },
  { layer: 'maxPool' },
  { layer: 'flatten' },
  { layer: 'dense', units: classes },
]);

export const models = defineTable<ModelEntry>('model', [logistic, mlp, lenet5, cnnCifar]);

/** A model of the table by name with its default options. */
export function modelNamed(name: string, input: Shape, classes: number): Model {
  const entry = models.find(name);
  return entry.create(entry.schema.parse({}), input, classes);
}

/**
 * A model from a scenario's own layer list. Throws MODEL_LAYERS where the list is not one of layers,
 * SHAPE_MISMATCH where the shapes do not fit.
 */
export function modelOfLayers(layers: unknown, input: Shape, classes: number, loss: Loss = 'softmaxCrossEntropy'): Model {
  const parsed = layerListSchema.safeParse(layers);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw inputError('MODEL_LAYERS', `layer list, at ${['layers', ...issue.path].join('.')}: ${issue.message}`, {
      expected: 'a list of layers such as { layer: dense, units: 10 }',
    });
  }
  return checked({ name: 'custom', input, classes, loss, layers: parsed.data });
}
