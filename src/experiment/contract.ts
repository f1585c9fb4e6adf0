import type { Footprint } from '../compression/contract.js';
import type { z } from 'zod';

/** What the command line asks the experiment to run; null where the scenario or the program decides. */
export interface RunRequest {
  /** Name of a scenario of this package, or a path to a file. */
  readonly scenario: string;
  /** `path=value`, in the order given. */
  readonly overrides: readonly string[];
  /** One run of the study per seed; null: the seed of the scenario. */
  readonly seeds: readonly number[] | null;
  /** Worker threads; null: as many as there are cores. */
  readonly workers: number | null;
  /** Name of an engine, or `auto`. */
  readonly engine: string;
  /** Folder with data sets; null: only what the program draws itself. */
  readonly dataDir: string | null;
  /** The run folder itself; null: a new folder below `runs/`. */
  readonly outDir: string | null;
}

/** What may differ when a run is taken up again: nothing that changes its results. */
export interface ResumeOptions {
  readonly workers: number | null;
  readonly engine: string;
  readonly dataDir: string | null;
}

/** A scheme has finished a round. */
export interface RoundProgress {
  readonly kind: 'round';
  /** Label of the scheme. */
  readonly scheme: string;
  readonly seed: number;
  /** Rounds done, from 1. */
  readonly round: number;
  readonly rounds: number;
  /** 0 to 1, on the samples that the scenario evaluates on. */
  readonly accuracy: number;
  /** Energy of all clients so far. */
  readonly energyJ: number;
  readonly simTimeS: number;
  /** Share of the whole study that is done, over all schemes and seeds: 0 to 1. */
  readonly fractionDone: number;
}

/** Something people should know while it runs; no part of the results. */
export interface Notice {
  readonly kind: 'notice';
  readonly text: string;
}

export type ProgressEvent = RoundProgress | Notice;

export interface StudyHooks {
  onProgress(event: ProgressEvent): void;
  /** Aborted by Ctrl-C: the study stops after writing its state, with an `AbortError`. */
  readonly signal: AbortSignal;
}

/** A finished study. */
export interface StudyResult {
  readonly outDir: string;
  /** What `--json` prints: the content of `summary.json` with `outDir`. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** The summary as a table for the terminal. */
  readonly table: string;
}

/** What `--dry-run` tells: what would run, and about how long it would take. */
export interface DryRun {
  readonly scenario: string;
  readonly engine: string;
  readonly workers: number;
  readonly seeds: readonly number[];
  /** Labels. */
  readonly schemes: readonly string[];
  /** The same by kind: how many schemes of a name there are (a label where there is one), in a tuning how many points of a grid. */
  readonly kinds: readonly { readonly name: string; readonly count: number }[];
  readonly rounds: number;
  /** Training samples that all schemes and seeds will see. */
  readonly samples: number;
  /** Estimated wall-clock time, from a short measurement of the engine. */
  readonly estimatedTimeS: number;
}

/** One line of `wfl-sim list`: name, one sentence, and what else the table has to tell. */
export interface Listing {
  readonly name: string;
  readonly describe: string;
  readonly [detail: string]: unknown;
}

/** What `wfl-sim list schemes` tells of each. */
export interface SchemeListing extends Listing {
  readonly sends: { readonly uplink: string; readonly downlink: string };
  /** Measured on updates of LeNet-5 with the default options. */
  readonly footprint: Footprint;
  /** Bytes per parameter kept at both ends, as a phrase. */
  readonly state: string;
  readonly source: string;
}

/** Every table a scenario draws from, and the schema of a whole scenario assembled from them. */
export interface Catalogue<Scenario = unknown> {
  readonly scenarioSchema: z.ZodType<Scenario>;
  /** Rows per kind (`schemes`, `models`, `channel-models`, ...), in the order of the tables. */
  readonly listings: Readonly<Record<Exclude<ListingKind, 'figures' | 'schemes'>, () => readonly Listing[] | Promise<readonly Listing[]>>> & {
    readonly schemes: () => readonly SchemeListing[];
  };
}

/** What `wfl-sim list` can list beside scenarios, which come from their folder; figures come from the report. */
export const LISTING_KINDS = ['schemes', 'models', 'datasets', 'partitions', 'channel-models', 'planners', 'participations', 'aggregations', 'power-profiles', 'schedulers', 'engines'] as const;
export type ListingKind = (typeof LISTING_KINDS)[number];
