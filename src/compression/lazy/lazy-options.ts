import { z } from 'zod';

/** Options that all lazy schemes share. */
export const lazyOptions = {
  memory: z.int().min(1).max(1000).default(10).describe('D: how many past model differences the threshold looks at'),
  memoryWeight: z.number().min(0).max(100).default(0.8).describe('sum of the weights xi of these differences'),
  maxSkips: z.int().min(0).max(65_534).default(100).describe('silent rounds after which an upload is forced; 0 uploads always'),
  forceFirstUpload: z.boolean().default(true).describe('the first upload of a client is never skipped'),
  skipSignal: z.enum(['header', 'none']).default('header').describe('header: silence is one charged message; none: nothing is sent, as papers count'),
};
