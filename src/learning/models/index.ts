import { z } from 'zod';
import { inputError } from '../../errors.js';
import { defineTable } from '../../table.js';
import type { Entry } from '../../table.js';
import { layerSchema } from '../layers/schema.js';
import type { Shape } from '../layers/shapes.js';
import { layerListSchema, lossSchema, parameterLayout } from '../model.js';
import type { Loss, Model } from '../model.js';
import { DEFINITIONS } from './definitions.js';
import type { ModelDefinition } from './definitions.js';

/** An entry of the model table: a model for samples of any shape its layers accept. */
export interface ModelEntry extends Entry<ModelOptions> {
  create(options: ModelOptions, input: Shape, classes: number): Model;
}

export interface ModelOptions {
  readonly loss: Loss;
}

const modelOptions = z.strictObject({ loss: lossSchema.default('softmaxCrossEntropy') });

function defineModel({ name, describe, layers }: ModelDefinition): ModelEntry {
  return {
    name,
    describe,
    schema: modelOptions,
    create: ({ loss }, input, classes) => checked({ name, input, classes, loss, layers: layers(classes, input).map((layer) => layerSchema.parse(layer)) }),
  };
}

/** Every model is checked when it is made, so that a wrong shape is reported before a run begins. */
function checked(model: Model): Model {
  parameterLayout(model);
  return model;
}

export const models = defineTable<ModelEntry>('model', DEFINITIONS.map(defineModel));

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
