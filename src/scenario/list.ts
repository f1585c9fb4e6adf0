import { parse } from 'yaml';
import { locateScenario, PACKAGE_SCENARIOS, readScenario, scenarioNames } from './locate.js';
import { isRecord } from './shape.js';

export interface ScenarioListing {
  readonly name: string;
  /** The scenario's own `description`. */
  readonly describe: string;
  readonly file: string;
  readonly [detail: string]: unknown;
}

/** The scenarios of a folder, the package's own by default. */
export function listScenarios(folder: string = PACKAGE_SCENARIOS): readonly ScenarioListing[] {
  return scenarioNames(folder).map((name) => {
    const file = locateScenario(name, [folder], folder);
    const content: unknown = parse(readScenario(file));
    const description = isRecord(content) && typeof content.description === 'string' ? content.description.trim() : '';
    return { name, describe: description, file: file.path };
  });
}
