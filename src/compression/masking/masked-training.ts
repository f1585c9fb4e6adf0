import type { ParameterLayout } from '../../learning/contract.js';
import type { Stream } from '../../random/stream.js';
import type { TrainedUpdate } from '../averaging.js';
import { clippedUpdate, maskChance, maskedNoise, maskedParts, maskNoise, type MaskOptions } from './noise.js';

const UNIT_16 = 1.52587890625e-5;

/**
 * Progressive stochastic masking (Li et al., ACM MM 2024): a real-valued update u is trained so that its
 * masked version does well. In step tau of S, each masked element of the forward pass is, with
 * probability tau / S, the stochastic mask times the noise, and else u clipped to what the noise can
 * express. The gradient passes straight through to u, which is neither gated nor clipped.
 *
 * Both random numbers of an element have 16 bits, so that a probability is met to 1.5e-5; the mask
 * that is uploaded is drawn with 32.
 *
 * @param seed of the noise, the one the upload will name
 * @param progressive without it the mask applies from the first step
 */
export function maskedTraining(
  layout: ParameterLayout,
  options: MaskOptions,
  progressive: boolean,
  seed: number,
  random: Stream,
  start: Float32Array,
): TrainedUpdate {
  const parts = maskedParts(layout);
  const noise = maskNoise(seed, parts.maskedSize, options);
  const base = parts.gatherMasked(start);
  const update = new Float32Array(parts.maskedSize);
  const baseFull = parts.gatherFull(start);
  const full = Float32Array.from(baseFull);
  const effective = new Float32Array(parts.maskedSize);
  const words = new Uint32Array(parts.maskedSize);
  const { signed } = options;

  return {
    rule: {
      point(step, steps, point) {
        const chance = progressive ? step / steps : 1;
        // One word per element and step: its upper half decides the mask, its lower half whether it applies.
        random.fillUint32(words);
        for (let j = 0; j < effective.length; j++) {
          const word = words[j];
          const isMasked = (word & 0xffff) * UNIT_16 < chance;
          const value = isMasked
            ? maskedNoise(maskChance(update[j], noise[j], signed) + (word >>> 16) * UNIT_16 >= 1 ? 1 : 0, noise[j], signed)
            : clippedUpdate(update[j], noise[j], signed);
          effective[j] = base[j] + value;
        }
        parts.scatter(effective, full, point);
      },
      apply(_step, _steps, gradient, learningRate) {
        const masked = parts.gatherMasked(gradient);
        for (let j = 0; j < update.length; j++) update[j] -= learningRate * masked[j];
        const rest = parts.gatherFull(gradient);
        for (let j = 0; j < full.length; j++) full[j] -= learningRate * rest[j];
      },
    },
    vector() {
      const vector = new Float32Array(layout.trainableSize);
      parts.scatter(update, full.map((value, j) => value - baseFull[j]), vector);
      return vector;
    },
  };
}
