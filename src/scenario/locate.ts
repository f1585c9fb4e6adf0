import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { didYouMean, inputError } from '../errors.js';
import type { Place } from '../errors.js';

/** The scenarios that come with the package; the same place from `src` and from `dist`. */
export const PACKAGE_SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));

export interface ScenarioFile {
  readonly path: string;
  /** Relative to the working directory where it is below, else absolute: what messages show. */
  readonly shown: string;
  readonly name: string;
}

/** Names of the scenarios in a folder, sorted. */
export function scenarioNames(folder: string): readonly string[] {
  let files: readonly string[];
  try {
    files = readdirSync(folder);
  } catch {
    return [];
  }
  return files.filter((file) => SCENARIO_FILE.test(file)).map((file) => file.replace(SCENARIO_FILE, '')).sort();
}

const SCENARIO_FILE = /\.ya?ml$/;

/**
 * The file behind `--scenario` or `extends`: a path (it ends in .yaml, .yml or .json, or has a slash),
 * relative to `from`, or a name, looked up in the folders in turn.
 */
export function locateScenario(nameOrFile: string, folders: readonly string[], from: string, place?: Place): ScenarioFile {
  if (/\.(?:ya?ml|json)$|[\\/]/.test(nameOrFile)) return scenarioFile(resolve(from, nameOrFile));
  for (const folder of folders) {
    if (scenarioNames(folder).includes(nameOrFile)) {
      const file = readdirSync(folder).find((candidate) => SCENARIO_FILE.test(candidate) && candidate.replace(SCENARIO_FILE, '') === nameOrFile)!;
      return scenarioFile(join(folder, file));
    }
  }
  const known = [...new Set(folders.flatMap(scenarioNames))];
  throw inputError('SCENARIO_NOT_FOUND', `there is no scenario named "${nameOrFile}"${didYouMean(nameOrFile, known)}`, {
    ...(place === undefined ? {} : { place }),
    expected: known.length === 0 ? 'the path of a file such as study.yaml' : `one of ${known.join(', ')}, or the path of a file such as study.yaml`,
  });
}

function scenarioFile(path: string): ScenarioFile {
  const below = relative(process.cwd(), path);
  const shown = below.startsWith('..') || isAbsolute(below) ? path : below.split(sep).join('/');
  return { path, shown, name: basename(path).replace(SCENARIO_FILE, '') };
}

/** The text of a scenario, or a sentence on why it cannot be read. */
export function readScenario(file: ScenarioFile, place?: Place): string {
  try {
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${String(code)})`;
    const near = code === 'ENOENT' ? didYouMean(file.name, scenarioNames(dirname(file.path))) : '';
    throw inputError(code === 'ENOENT' ? 'SCENARIO_NOT_FOUND' : 'SCENARIO_UNREADABLE', `the scenario file ${file.shown} ${reason}${near}`, {
      ...(place === undefined ? {} : { place }),
      expected: 'a readable YAML file',
      cause,
    });
  }
}
