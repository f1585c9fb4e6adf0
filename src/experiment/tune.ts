import { inputError } from '../errors.js';
import { concludeTuning, gridText, readGrid, TUNING_FILES, type Tuning, type TuningGrid } from '../results/tuning.js';
import type { LoadedScenario } from '../scenario/load.js';
import { complete } from '../scenario/complete.js';
import { sourceOf, plainOf, DEFAULT_ORIGIN } from '../scenario/source.js';
import type { DryRun, ResumeOptions, RunRequest, StudyHooks } from './contract.js';
import { dryRunOf } from './dry-run.js';
import { resumeStudy, startStudy } from './run.js';
import { scenarioSchema, type Scenario } from './scenario-schema.js';
import { loadStudyScenario, studyOf } from './study.js';
import { ruleOf, statedSchemes } from './tuning-grid.js';

/** A tuning that has ended. */
export interface TuningResult {
  readonly outDir: string;
  readonly tuning: Tuning;
  readonly grid: TuningGrid;
}

/** What a tuning runs: a study with a scheme for each point of the grids. */
export interface TuningPlan {
  readonly grid: TuningGrid;
  readonly loaded: LoadedScenario<Scenario>;
}

/**
 * Tries the grids of a scenario as a study of its own, on the seeds of `tuning` and on held-out
 * training samples, and chooses. The study is an ordinary run, so that it can be interrupted and
 * taken up again. NO_TUNING and NO_GRID where the scenario does not say what to try.
 */
export async function tune(request: Omit<RunRequest, 'seeds'>, hooks: StudyHooks): Promise<TuningResult> {
  const { grid, loaded } = tuningPlan(await loadStudyScenario(request));
  const study = await studyOf(loaded, { ...request, seeds: grid.rule.seeds });
  const { outDir } = await startStudy(study, request.outDir, hooks, { [TUNING_FILES.grid]: gridText(grid) });
  return { outDir, grid, tuning: concludeTuning(outDir, grid) };
}

/** What a tuning would do, and about how long it would take. */
export async function dryTune(request: Omit<RunRequest, 'seeds' | 'outDir'>, now: () => number): Promise<DryRun> {
  const { grid, loaded } = tuningPlan(await loadStudyScenario(request));
  const plan = await dryRunOf(await studyOf(loaded, { ...request, seeds: grid.rule.seeds }), now);
  return { ...plan, kinds: grid.schemes.map(({ scheme, points }) => ({ name: scheme, count: points.length })) };
}

/** Takes an interrupted tuning up again; null where the folder is that of another run. */
export async function resumeTuning(dir: string, options: ResumeOptions, hooks: StudyHooks): Promise<TuningResult | null> {
  const grid = readGrid(dir);
  if (grid === null) return null;
  const { outDir } = await resumeStudy(dir, options, hooks);
  return { outDir, grid, tuning: concludeTuning(outDir, grid) };
}

export function tuningPlan(loaded: LoadedScenario<Scenario>): TuningPlan {
  const { resolved, name } = loaded;
  const rule = ruleOf(resolved);
  if (rule === null) {
    throw inputError('NO_TUNING', 'the scenario does not say how its options are to be chosen', {
      place: { file: loaded.file }, expected: 'a section tuning, such as tuning: { seeds: [1000] }, and grids with the schemes',
    });
  }
  const schemes = statedSchemes(loaded).flatMap(({ label, entry, grid }) => {
    if (grid === null) return [];
    const points = grid.learningRates.flatMap((learningRate) => grid.options.map((options) => ({ learningRate, options })));
    return [{ scheme: label, entry, points: points.map((point, index) => ({ label: `${label}.${index + 1}`, ...point })) }];
  });
  if (schemes.length === 0) {
    throw inputError('NO_GRID', 'no scheme of the scenario has a grid of options to try', {
      place: { file: loaded.file }, expected: 'a scheme with tuning: { learningRate: [0.05, 0.1] }',
    });
  }
  return { grid: { scenario: name, rule, schemes: schemes.map((scheme) => ({ ...scheme, entry: { ...scheme.entry } })) }, loaded: studyOfGrid(loaded, schemes) };
}

type SchemePoints = TuningGrid['schemes'][number];

/** The scenario with a scheme per point, the seeds of the tuning, and held-out samples in place of test samples. */
function studyOfGrid({ name, file, resolved, written }: LoadedScenario<Scenario>, schemes: readonly SchemePoints[]): LoadedScenario<Scenario> {
  const { tuning, task } = resolved;
  const plain = plainOf(written);
  if (tuning === null || typeof plain !== 'object') throw new Error('a scenario without tuning has no study of its grid');
  const changed = {
    ...plain,
    name: `${resolved.name}-tuning`,
    seed: tuning.seeds[0],
    task: { ...fieldOf(plain, 'task'), rounds: tuning.rounds ?? task.rounds },
    evaluation: { on: 'validation', validationSamples: tuning.validationSamples },
    schemes: schemes.flatMap(({ entry, points }) => points.map(({ label, learningRate, options }) => ({ ...entry, label, learningRate, options }))),
    tuning: null,
  };
  return { name: `${name}-tuning`, file, resolved: scenarioSchema.parse(changed), written: complete(scenarioSchema, sourceOf(changed, DEFAULT_ORIGIN)) };
}

function fieldOf(record: object | null, key: string): object {
  const value: unknown = record === null ? null : Reflect.get(record, key);
  if (typeof value !== 'object' || value === null) throw new Error(`a complete scenario has no ${key}`);
  return value;
}
