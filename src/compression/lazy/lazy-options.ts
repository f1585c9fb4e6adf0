import { z } from 'zod';
import { downlinkOption } from '../model-downlink.js';

/** Fewest bits of a plan, of those whose lengths can be planned. */
export const plannedFloor = {
  bitsMin: z.int().min(1).max(16).nullable().default(null).describe('fewest bits that a plan may give; null: the fewest with which scheme and input work'),
};

/** For `refine`: a floor of plans without a plan would be ignored. */
export const floorHasPlan = ({ bits, bitsMin }: { readonly bits: unknown; readonly bitsMin: number | null }): boolean => bitsMin === null || bits === 'planned';
export const FLOOR_NEEDS_PLAN = { error: 'bitsMin is the fewest bits of a plan, and there is none; expected bits: planned beside it', path: ['bitsMin'] };

/** Options that all lazy schemes share. */
export const lazyOptions = {
  memory: z.int().min(1).max(1000).default(10).describe('D: how many past model differences the threshold looks at'),
  memoryWeight: z.number().min(0).max(100).default(0.8).describe('sum of the weights xi of these differences'),
  maxSkips: z.int().min(0).max(65_534).default(100).describe('silent rounds after which an upload is forced; 0 uploads always'),
  forceFirstUpload: z.boolean().default(true).describe('the first upload of a client is never skipped'),
  skipSignal: z.enum(['header', 'none']).default('header').describe('header: silence is one charged message; none: nothing is sent, as papers count'),
  ...downlinkOption,
};
