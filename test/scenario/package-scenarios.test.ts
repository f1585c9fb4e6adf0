import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarioSchema } from '../../src/experiment/scenario-schema.js';
import { listScenarios } from '../../src/scenario/list.js';
import { loadScenario } from '../../src/scenario/load.js';
import { explainedYaml, explainValues, hashOfResolved, resolvedYaml } from '../../src/scenario/write.js';
import { folderWith } from './study-schema.js';

describe('the scenarios of the package', () => {
  it.each(listScenarios().map(({ name, describe: sentence }) => [name, sentence]))('%s is valid, described, and loads back from what is written of it', async (name, sentence) => {
    expect(sentence.length).toBeGreaterThan(20);
    const first = await loadScenario(scenarioSchema, { scenario: name, rounds: ({ task }) => task.rounds });
    for (const text of [resolvedYaml(first.written), explainedYaml(first.written)]) {
      const file = join(folderWith({}), 'written.yaml');
      writeFileSync(file, text);
      const again = await loadScenario(scenarioSchema, { scenario: file });
      expect(again.resolved).toEqual(first.resolved);
      expect(hashOfResolved(again.resolved)).toBe(hashOfResolved(first.resolved));
      expect(explainValues(again.written).filter(({ origin }) => origin === 'default')).toEqual([]);
    }
  });
});
