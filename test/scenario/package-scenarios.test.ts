import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fadingModels, motionModels, pathLossModels } from '../../src/channel/index.js';
import { schemes } from '../../src/compression/schemes/table.js';
import { scenarioSchema } from '../../src/experiment/scenario-schema.js';
import { partitions } from '../../src/learning/partitions/index.js';
import { planners } from '../../src/planner/index.js';
import { listScenarios } from '../../src/scenario/list.js';
import { loadScenario } from '../../src/scenario/load.js';
import { explainedYaml, explainValues, hashOfResolved, resolvedYaml } from '../../src/scenario/write.js';
import { folderWith } from './study-schema.js';

/** What is written of a scenario loads back to the same values, and leaves nothing to a default. */
async function expectRoundTrip(scenario: string, overrides: readonly string[] = []): Promise<void> {
  const first = await loadScenario(scenarioSchema, { scenario, overrides, rounds: ({ task }) => task.rounds });
  for (const text of [resolvedYaml(first.written), explainedYaml(first.written)]) {
    const file = join(folderWith({}), 'written.yaml');
    writeFileSync(file, text);
    const again = await loadScenario(scenarioSchema, { scenario: file });
    expect(again.resolved).toEqual(first.resolved);
    expect(hashOfResolved(again.resolved)).toBe(hashOfResolved(first.resolved));
    expect(explainValues(again.written).filter(({ origin }) => origin === 'default')).toEqual([]);
  }
}

describe('the scenarios of the package', () => {
  it.each(listScenarios().map(({ name, describe: sentence }) => [name, sentence]))('%s is valid, described, and loads back from what is written of it', async (name, sentence) => {
    expect(sentence.length).toBeGreaterThan(20);
    await expectRoundTrip(name);
  });

  it.each([
    ...schemes.names.map((name) => `schemes=[{name: ${name}}]`),
    ...planners.names.map((name) => `budget.planner.name=${name}`),
    ...partitions.names.map((name) => `clients.partition.name=${name}`),
    ...pathLossModels.names.map((name) => `channel.pathLoss.model=${name}`),
    ...fadingModels.names.map((name) => `channel.fading.kind=${name}`),
    ...motionModels.names.filter((name) => name !== 'trace').map((name) => `channel.motion.kind=${name}`),
    'channel.motion={kind: trace, file: walk.csv}',
    'training.learningRate=0.1 / sqrt(round)',
    'budget.energyPerRound=60 mJ * 0.98^round',
    'budget=null',
  ])('can be varied by %s, and load back', async (override) => {
    await expectRoundTrip('smoke', [override]);
  });
});
