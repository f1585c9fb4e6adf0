export type {
  BitPlanProblem, BitPlanSolution, DownlinkTerm, Planner, PlannerState, PlanningSituation, PlanOutcome, RelaxedSolution, SituationClient, UplinkTerm,
} from './contract.js';
export { BUDGET_POLICIES, EMPTY_ACCOUNT, runBudget, type BudgetAccount, type BudgetPolicy, type RunBudget } from './budget-policy.js';
export { solveDroppingCostliest } from './infeasible.js';
export { budgetSchema, plannerSchema, type Budget } from './schema.js';
export { solveSharedLength } from './shared-length.js';
export { solveBitPlan } from './solve.js';
export { planners, type PlannerEntry } from './table.js';
export { solveBlockPlan, type BlockMessage, type BlockPlan, type BlockPlanProblem } from './blocks.js';
export { causalRegret, shareOfHorizon, solveClairvoyant, type HorizonProblem, type SeenRounds } from './horizon.js';
export { solveFairPlan, withClientBudgets, type FairPlan } from './client-budgets.js';
export { cheapestUse, type LinkUse, type OpenLink } from './link-energy.js';
export { allocateSpectrum, type SpectrumPlan, type SpectrumProblem } from './spectrum.js';
export { solveJointPlan, type JointProblem, type JointSolution, type JointUplink } from './joint.js';
export { budgetCurve, type BudgetPoint } from './budget-curve.js';
