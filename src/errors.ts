/** Where something is wrong: in a scenario by line and column, in data by byte offset. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly byteOffset?: number;
}

export interface ErrorDetails {
  readonly place?: Place;
  /** What was expected instead, as a phrase: `a power such as 23 dBm`. */
  readonly expected?: string;
  /** The way out where it is not the expectation itself, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Exit codes of the command line: the run failed, or the input is wrong. */
export type FailureExitCode = 1 | 2;

/**
 * An error a user can act on: one sentence with a place and a way out, and a code that stays the
 * same when the wording changes.
 */
export class WflError extends Error {
  readonly code: string;
  readonly exitCode: FailureExitCode;
  readonly place: Place | undefined;

  constructor(code: string, exitCode: FailureExitCode, problem: string, details: ErrorDetails = {}) {
    super(sentence(problem, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'WflError';
    this.code = code;
    this.exitCode = exitCode;
    this.place = details.place;
  }
}

/** The input (scenario, option, file) is wrong: exit code 2. */
export function inputError(code: string, problem: string, details?: ErrorDetails): WflError {
  return new WflError(code, 2, problem, details);
}

/** The input was fine and the run failed: exit code 1. */
export function runError(code: string, problem: string, details?: ErrorDetails): WflError {
  return new WflError(code, 1, problem, details);
}

export function formatPlace(place: Place): string {
  const lineColumn = place.line === undefined ? '' : `:${place.line}:${place.column ?? 1}`;
  const offset = place.byteOffset === undefined ? '' : ` at byte ${place.byteOffset}`;
  return `${place.file}${lineColumn}${offset}`;
}

function sentence(problem: string, { place, expected, hint }: ErrorDetails): string {
  const where = place === undefined ? '' : `${formatPlace(place)}: `;
  const what = expected === undefined ? problem : `${problem}; expected ${expected}`;
  return `${where}${what}${hint === undefined ? '' : `. ${hint}`}`;
}

/**
 * The candidate nearest to a misspelt name by edit distance, or undefined where none is near
 * enough to be what was meant (more than a third of the letters differ, and more than two).
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` (did you mean "x"?)`, or nothing where no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

/** Optimal string alignment distance: insertions, deletions, substitutions, neighbouring swaps. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(previous[j] + 1, row[j - 1] + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, beforePrevious[j - 2] + 1);
      }
      row.push(distance);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length];
}
