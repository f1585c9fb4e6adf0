import { postMaskScheme } from '../masking/mask-scheme.js';

/** PostMRN, the baseline of FedMRN's paper: training as in FedAvg, then one stochastic mask over the noise. Same message. */
export const postmrn = postMaskScheme({
  name: 'postmrn',
  wireId: 10,
  describe: 'random noise masked after ordinary training',
  source: 'Li et al., ACM MM 2024 (baseline)',
});
