import { z } from 'zod';
import { definitionOf } from './shape.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of scenarios as they are written, for completion and checking in editors. A key
 * may come from the scenario that is extended, so none is required there; `wfl-sim validate` tells
 * what is missing in the end.
 */
export function scenarioJsonSchema(schema: z.ZodType): JsonSchema {
  const generated = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: refine });
  const { $schema, properties, ...rest } = generated;
  const extended = { type: 'string', description: 'a scenario that this one varies: its name, or the path of its file' } as const;
  return { $schema: $schema!, title: 'Scenario of wfl-sim', ...rest, properties: { extends: extended, ...withChanges(properties) } };
}

/** A list of mappings may be changed item by item, where it comes from the scenario that is extended. */
function withChanges(properties: JsonSchema['properties']): JsonSchema['properties'] {
  const changes: JsonSchema = {
    type: 'object', additionalProperties: { type: 'object' },
    description: 'changes of the list that is extended: by label, by index, or under * of every item that knows the key',
  };
  return Object.fromEntries(Object.entries(properties ?? {}).map(([key, property]) => [key, typeof property === 'object' && property.type === 'array' ? { anyOf: [property, changes] } : property]));
}

/** As a file, with a new line at its end. */
export function scenarioJsonSchemaText(schema: z.ZodType): string {
  return `${JSON.stringify(scenarioJsonSchema(schema), null, 2)}\n`;
}

function refine({ zodSchema, jsonSchema }: { readonly zodSchema: z.core.$ZodType; readonly jsonSchema: JsonSchema }): void {
  delete jsonSchema.required;
  // Without required keys a partial mapping may fit several variants.
  if (jsonSchema.oneOf !== undefined) {
    jsonSchema.anyOf = jsonSchema.oneOf;
    delete jsonSchema.oneOf;
  }
  const def = definitionOf(zodSchema);
  if (def.type === 'default' && def.defaultValue !== undefined) {
    Object.assign(jsonSchema, { default: z.encode(def.innerType, def.defaultValue) });
  }
}
