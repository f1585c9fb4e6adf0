import { trainedMaskScheme } from '../masking/mask-scheme.js';

/**
 * FedMRN, masked random noise (Li et al., ACM MM 2024), with binary masks. Noise, masking inside local
 * training and what is masked follow the authors' code; one 32-bit seed per client and round stands for
 * the code's 1001 seeds per layer. The message is in `mask-codec.ts`, the training in
 * `masked-training.ts`. The full-precision remainder (biases, normalisation) and batch-norm statistics
 * are counted. No state at either end but the model.
 */
export const fedmrn = trainedMaskScheme(
  {
    name: 'fedmrn',
    wireId: 8,
    describe: 'masked random noise: one bit per weight says whether noise from a seed is added',
    source: 'Li et al., ACM MM 2024; as in the authors\' code, seeds per client and round',
  },
  { signed: false, magnitude: 0.01 },
);
