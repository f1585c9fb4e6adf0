/** Every scheme in the variants that the tests for all schemes go through. */
export const CASES: readonly { readonly name: string; readonly options: Readonly<Record<string, unknown>>; readonly input?: 'update' | 'gradient' }[] = [
  { name: 'fedavg', options: {} },
  { name: 'fixed', options: { bits: 4 } },
  { name: 'fixed', options: { uplinkBits: 3, downlinkBits: 32, granularity: 'tensor', variant: 'B' } },
  { name: 'fixed', options: { uplinkBits: 'planned', downlinkBits: 8 } },
  { name: 'fedaq', options: {} },
  { name: 'fedaq', options: { variant: 'B', granularity: 'tensor', bitsMin: 2, bitsMax: 12 } },
  { name: 'laq', options: {} },
  { name: 'laq', options: { bits: 4, skipSignal: 'none' }, input: 'gradient' },
  { name: 'slaq', options: { criterion: 'script' } },
  { name: 'lag', options: { forceFirstUpload: false } },
];
