import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/scenario/load.js';
import { explainedYaml, explainValues, hashOfResolved, resolvedYaml } from '../../src/scenario/write.js';
import { BASE, folderWith, studySchema } from './study-schema.js';

const load = (text: string, overrides: readonly string[] = []) => loadScenario(studySchema, { scenario: join(folderWith({ 'x.yaml': text }), 'x.yaml'), overrides });

describe('a resolved scenario written out', () => {
  it.each([
    ['as it is', []],
    ['with overrides', ['radio.idle=0.1 uW', 'schemes.fixed-8.options.bits=3', 'carrier=3.5 GHz', 'rateCap=1e-7 Hz', 'note="a: #b\n c"', 'title="7"', 'radio.lossRate=3 %']],
    ['with expressions', ['learningRate=0.1 / (1 + round)', 'budget=1 mJ']],
  ])('loads back to the same values, %s', async (_, overrides) => {
    const first = await load(BASE, overrides);
    for (const text of [resolvedYaml(first.written), explainedYaml(first.written)]) {
      const again = await load(text);
      expect(again.resolved).toEqual(first.resolved);
      expect(hashOfResolved(again.resolved)).toBe(hashOfResolved(first.resolved));
      expect(resolvedYaml(again.written)).toBe(resolvedYaml(first.written));
      // Spelled out means that nothing is left to a default.
      expect(explainValues(again.written).filter(({ origin }) => origin === 'default')).toEqual([]);
    }
  });

  it('spells out defaults with units, in the order of the schema', async () => {
    const { written } = await load(BASE);
    expect(resolvedYaml(written).split('\n').slice(0, 13)).toEqual([
      'title: base', 'rounds: 10', 'radio:', '  power: 23 dBm', '  bandwidth: 10 MHz', '  noiseFigure: 5 dB', '  idle: 0.02 W', '  lossRate: 0.01',
      'fading:', '  model: rician', '  kFactor: 7 dB', '  taps:', '    - 0 dB',
    ]);
  });
});

describe('the explanation of a scenario', () => {
  it('tells of each value where it was written', async () => {
    const folder = folderWith({ 'base.yaml': BASE, 'child.yaml': 'extends: base\nradio: { bandwidth: 5 MHz }\n' });
    const { written } = await loadScenario(studySchema, { scenario: join(folder, 'child.yaml'), overrides: ['schemes.fixed-8.options.bits=4'] });
    const values = new Map(explainValues(written).map(({ path, value, origin }) => [path, { value, origin }]));
    expect(values.get('radio.power')).toEqual({ value: '23 dBm', origin: `${folder}/base.yaml:3` });
    expect(values.get('radio.bandwidth')).toEqual({ value: '5 MHz', origin: `${folder}/child.yaml:2` });
    expect(values.get('radio.idle')).toEqual({ value: '0.02 W', origin: 'default' });
    expect(values.get('schemes[0].options.bits')).toEqual({ value: 4, origin: '--set' });
    expect(values.get('schemes[1].options.bits')).toEqual({ value: 8, origin: 'default' });
    expect(values.get('schemes[2].options')).toEqual({ value: {}, origin: 'default' });
    expect(explainedYaml(written)).toContain('\n  idle: 0.02 W                   # default\n');
  });
});

describe('the hash of a scenario', () => {
  it('depends on the values and not on the order or the way they are written', async () => {
    const { resolved } = await load(BASE);
    const other = await load(BASE.replace('23 dBm', '23.0 dBm').replace('{ model: rician, kFactor: 7 dB }', '{ kFactor: 7.0 dB, model: rician }'));
    expect(hashOfResolved(other.resolved)).toBe(hashOfResolved(resolved));
    const changed = await load(BASE, ['radio.power=22 dBm']);
    expect(hashOfResolved(changed.resolved)).not.toBe(hashOfResolved(resolved));
  });
});
