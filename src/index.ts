/**
 * The simulator as a library: run a study from a program, read its results, or use the parts. What
 * is exported here is what a new version keeps.
 */
export { catalogue } from './experiment/catalogue.js';
export type {
  Catalogue, DryRun, Notice, ProgressEvent, ResumeOptions, RoundProgress, RunRequest, StudyHooks, StudyResult,
} from './experiment/contract.js';
export { dryRun } from './experiment/dry-run.js';
export { resumeStudy, runStudy } from './experiment/run.js';
export { scenarioSchema, type Scenario } from './experiment/scenario-schema.js';
export { loadStudyScenario } from './experiment/study.js';
export { WflError, type Place } from './errors.js';

export { createChannel, type Channel, type ChannelOptions } from './channel/index.js';
export { createRadio, type RadioOptions } from './radio/index.js';
export type { Delivery, EnergyLedger, Quote, Radio } from './radio/contract.js';
export { createKernel, type Kernel } from './des/index.js';
export { stream, type Stream } from './random/index.js';

export { schemes } from './compression/schemes/table.js';
export type { BitPlan, Broadcast, Message, Scheme, SchemeClient, SchemeServer, Silence } from './compression/contract.js';
export { planners } from './planner/table.js';
export { solveBitPlan } from './planner/solve.js';
export type { BitPlanProblem, BitPlanSolution, Planner, PlanningSituation } from './planner/contract.js';

export { readRows } from './results/reader.js';
export type { Summary } from './results/summary.js';
export { TABLES, type ClientRow, type PacketRow, type RoundRow } from './results/tables.js';
export { writeReport } from './report/write-report.js';
