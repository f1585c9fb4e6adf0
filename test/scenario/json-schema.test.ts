import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.js';
import { wflSim } from '../cli/command-line.js';
import { studySchema } from './study-schema.js';

describe('the JSON Schema of scenarios', () => {
  const { properties } = scenarioJsonSchema(studySchema);

  it('tells an editor keys, defaults as they would be written, and names', () => {
    expect(properties).toMatchObject({
      extends: { type: 'string' },
      radio: { properties: { noiseFigure: { default: '5 dB', type: 'string', examples: ['5 dB'] } }, additionalProperties: false },
      schemes: { anyOf: [{ type: 'array' }, { type: 'object' }] },
      fading: { anyOf: [{ properties: { model: { const: 'none' } } }, { properties: { model: { const: 'rician' } } }] },
    });
  });

  it('requires nothing, because a scenario may extend another', () => {
    expect(JSON.stringify(scenarioJsonSchema(studySchema))).not.toContain('"required"');
  });

  it('in scenarios/ is up to date (npm run schema writes it)', () => {
    expect(readFileSync('scenarios/scenario.schema.json', 'utf8')).toBe(wflSim(['schema']).stdout);
  });
});
