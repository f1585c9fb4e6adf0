import { createKernel } from '../des/index.js';
import { inputError } from '../errors.js';
import { describeSituation, NOTHING_PLANNED, weigh } from '../federation/planning.js';
import { chooseClients } from '../federation/synchronous.js';
import type { BitPlanProblem } from '../planner/contract.js';
import type { RunRequest } from './contract.js';
import { prepareStudy } from './study.js';
import { createTrials, type Trial } from './trials.js';

export interface FirstPlanOptions {
  /** Label of a planned scheme; null: the first of the study. */
  readonly scheme: string | null;
  /** Range of the uploads, which nobody knows before the first; null: `RANGE_SHARE` of that of the model. */
  readonly uplinkRange: number | null;
}

/** What the first round of a study has to plan, everybody taking part as selected. */
export interface FirstPlan {
  readonly scheme: string;
  readonly seed: number;
  /** The participants, in the order of `problem.uplink`. */
  readonly clients: readonly number[];
  /** Energy of the round's messages at bit length 0, already taken off `problem.budgetJ`. */
  readonly constantsJ: number;
  readonly problem: BitPlanProblem;
}

/** What uploads of the first rounds come to in the studies of this package, as a share of the model's own range. */
export const RANGE_SHARE = 0.25;

/** The planning problem of the first round of a study: quotes of the radio at the start, the range of the initial model. */
export async function firstPlan(request: Omit<RunRequest, 'outDir'>, { scheme, uplinkRange }: FirstPlanOptions): Promise<FirstPlan> {
  const study = await prepareStudy(request);
  const trials = await createTrials(study);
  const perScheme = study.seeds.length;
  const { setup } = plannedTrial(Array.from({ length: trials.count / perScheme }, (_, k) => trials.create(k * perScheme)), scheme);
  const { planner, world, key } = setup;
  const { planning } = planner;
  if (planning === null) throw new Error('a planned trial has no planning');
  if (planner.budget === null) {
    throw inputError('PLAN_NEEDS_BUDGET', 'a plan divides an energy budget, and the scenario sets none', { expected: 'budget.energyPerRound, such as "50 mJ"' });
  }
  const radio = setup.openRadio(createKernel({ signal: new AbortController().signal }), null);
  const selected = chooseClients(setup, { radio, timeS: 0, round: 0, state: null }).clients;
  if (selected.length === 0) {
    throw inputError('NO_PARTICIPANTS', 'nobody takes part in the first round of the scenario', { expected: 'a protocol.participation that chooses somebody' });
  }
  radio.openRound(selected);
  const server = setup.scheme.server(setup.schemeOptions, world);
  const situation = describeSituation(planner, planning, weigh(selected, setup.sampleCounts), {
    round: 0, rounds: world.rounds, radio, server, selected, sampleCounts: setup.sampleCounts,
    memory: NOTHING_PLANNED,
  });
  const { clients, downlink, budgetJ, bitsMin, bitsMax } = situation;
  const constantsJ = clients.reduce((sum, { constantJ }) => sum + constantJ, downlink.constantJ);
  return {
    scheme: key.scheme,
    seed: key.seed,
    clients: clients.map(({ client }) => client),
    constantsJ,
    problem: {
      uplink: clients.map(({ energyPerBitJ, weight, range }) => ({ energyPerBitJ, weight, range: uplinkRange ?? range ?? RANGE_SHARE * downlink.range })),
      downlink: { energyPerBitJ: downlink.energyPerBitJ, range: downlink.range, weight: downlink.weight },
      budgetJ: (budgetJ ?? 0) - constantsJ,
      bMin: bitsMin,
      bMax: bitsMax,
    },
  };
}

function plannedTrial(trials: readonly Trial[], scheme: string | null): Trial {
  const planned = trials.filter(({ setup }) => setup.planner.planning !== null);
  const labels = planned.map(({ setup }) => setup.key.scheme);
  const chosen = scheme === null ? planned.at(0) : planned.find(({ setup }) => setup.key.scheme === scheme);
  if (chosen !== undefined) return chosen;
  throw inputError('NO_PLANNED_SCHEME', scheme === null ? 'no scheme of the scenario plans its bit lengths' : `the scheme "${scheme}" is not there, or plans no bit lengths`, {
    expected: labels.length === 0 ? 'a scheme such as fedaq, or fixed with bits: planned' : `one of ${labels.join(', ')}`,
  });
}
