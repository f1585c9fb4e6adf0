import type { ProgressEvent, RoundProgress } from '../experiment/contract.js';
import { formatDuration, formatEnergy, formatPercent } from './format.js';

/** What progress needs of a terminal. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly quiet: boolean;
  /** Wall-clock seconds, from any start. */
  readonly now: () => number;
}

export interface Progress {
  show(this: void, event: ProgressEvent): void;
  /** Leaves the cursor below what was shown. */
  end(): void;
}

/** Shares of the rounds at which a scheme gets a line where nothing can be rewritten. */
const MILESTONES = 4;

/**
 * One line per scheme: round, accuracy, joules, estimated time left. On a terminal the lines are
 * rewritten in place; elsewhere a scheme gets a line at each quarter of its rounds.
 */
export function createProgress({ stream, quiet, now }: ProgressOptions): Progress {
  if (quiet) return { show() {}, end() {} };
  const timeLeft = studyClock(now);
  return stream.isTTY === true ? liveProgress(stream, timeLeft) : plainProgress(stream, timeLeft);
}

function plainProgress(stream: ProgressStream, timeLeft: (event: RoundProgress) => TimeLeft): Progress {
  return {
    show(event) {
      if (event.kind === 'notice') {
        stream.write(`${event.text}\n`);
        return;
      }
      const left = timeLeft(event);
      if (isMilestone(event)) stream.write(`${lineOf(event, left)}\n`);
    },
    end() {},
  };
}

function liveProgress(stream: ProgressStream, timeLeft: (event: RoundProgress) => TimeLeft): Progress {
  const lines = new Map<string, string>();
  let study = '';
  let drawn = 0;
  const draw = (): void => {
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    const shown = [...lines.values(), study].map((line) => `\u001B[2K${line.slice(0, width)}\n`);
    stream.write(`${drawn === 0 ? '' : `\u001B[${drawn}A`}${shown.join('')}`);
    drawn = shown.length;
  };
  return {
    show(event) {
      if (event.kind === 'notice') {
        // Above the lines, which then start anew below it.
        stream.write(`${drawn === 0 ? '' : `\u001B[${drawn}A\u001B[J`}${event.text}\n`);
        drawn = 0;
        if (lines.size > 0) draw();
        return;
      }
      const left = timeLeft(event);
      lines.set(event.scheme, lineOf(event, left));
      study = `study: ${formatPercent(event.fractionDone)} done${left.studyS === null ? '' : `, ${formatDuration(left.studyS)} left`}`;
      draw();
    },
    end() {
      lines.clear();
      drawn = 0;
    },
  };
}

function isMilestone({ round, rounds }: RoundProgress): boolean {
  return Math.floor((round * MILESTONES) / rounds) > Math.floor(((round - 1) * MILESTONES) / rounds);
}

function lineOf({ scheme, seed, round, rounds, accuracy, energyJ }: RoundProgress, { schemeS }: TimeLeft): string {
  const parts = [
    scheme.padEnd(16),
    `seed ${seed}`,
    `round ${String(round).padStart(String(rounds).length)}/${rounds}`,
    `accuracy ${formatPercent(accuracy).padStart(7)}`,
    formatEnergy(energyJ).padStart(8),
    round === rounds ? 'done' : schemeS === null ? '' : `${formatDuration(schemeS)} left`,
  ];
  return parts.join('  ').trimEnd();
}

interface TimeLeft {
  readonly schemeS: number | null;
  readonly studyS: number | null;
}

/** Estimates from the rounds seen so far; a run that is taken up again starts in the middle, so the first event only starts the clock. */
function studyClock(now: () => number): (event: RoundProgress) => TimeLeft {
  let first: Mark | null = null;
  let trial: (Mark & { readonly key: string }) | null = null;
  let latestS = 0;
  return (event) => {
    const timeS = now();
    const key = `${event.scheme} ${event.seed}`;
    const fresh = first === null;
    first ??= { timeS, done: event.fractionDone };
    if (trial?.key !== key) trial = { key, timeS: fresh ? timeS : latestS, done: fresh ? event.round : event.round - 1 };
    latestS = timeS;
    return {
      schemeS: remaining(trial, timeS, event.round, event.rounds),
      studyS: remaining(first, timeS, event.fractionDone, 1),
    };
  };
}

interface Mark {
  readonly timeS: number;
  readonly done: number;
}

function remaining(from: Mark, timeS: number, done: number, all: number): number | null {
  return done > from.done ? ((timeS - from.timeS) / (done - from.done)) * (all - done) : null;
}
