import { trainedMaskScheme } from '../masking/mask-scheme.js';

/**
 * FedMRNS: FedMRN with masks of -1 and +1, so that every element can move in every round. Half the
 * magnitude of the noise gives the same largest mean movement as the binary mask.
 */
export const fedmrns = trainedMaskScheme(
  {
    name: 'fedmrns',
    wireId: 9,
    describe: 'masked random noise with signs: one bit per weight adds or subtracts noise from a seed',
    source: 'Li et al., ACM MM 2024; as in the authors\' code, seeds per client and round',
  },
  { signed: true, magnitude: 0.005 },
);
