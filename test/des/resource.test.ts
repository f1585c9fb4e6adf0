import { describe, expect, it } from 'vitest';
import { createKernel, createResource } from '../../src/des/index.js';

function setUp(capacity: number) {
  const kernel = createKernel();
  const resource = createResource(kernel, capacity);
  const seen: string[] = [];
  const hold = (name: string, holdS: number) => (): void => {
    seen.push(`${name}@${kernel.now}`);
    kernel.schedule(holdS, () => resource.release(), null, name);
  };
  return { kernel, resource, seen, hold };
}

describe('resource', () => {
  it('serves as many as it has servers, the others in order of arrival', async () => {
    const { kernel, resource, seen, hold } = setUp(2);
    for (const name of ['a', 'b', 'c', 'd']) resource.request(hold(name, name === 'a' ? 3 : 1), null, name);
    expect([resource.inUse, resource.waiting]).toEqual([2, 2]);
    await kernel.run();
    expect(seen).toEqual(['a@0', 'b@0', 'c@1', 'd@2']);
    expect([resource.inUse, resource.waiting]).toEqual([0, 0]);
  });

  it('serves the lower priority number first, and equal ones in order of arrival', async () => {
    const { kernel, resource, seen, hold } = setUp(1);
    resource.request(hold('first', 1), null, 'first');
    resource.request(hold('patient', 1), null, 'patient', 5);
    resource.request(hold('urgent', 1), null, 'urgent', -5);
    resource.request(hold('urgent too', 1), null, 'urgent too', -5);
    await kernel.run();
    expect(seen).toEqual(['first@0', 'urgent@1', 'urgent too@2', 'patient@3']);
  });

  it('lets a waiting request be cancelled, but not one that is granted', async () => {
    const { kernel, resource, seen, hold } = setUp(1);
    const granted = resource.request(hold('granted', 1), null, 'granted');
    const leaves = resource.request(hold('leaves', 1), null, 'leaves');
    resource.request(hold('stays', 1), null, 'stays');
    expect([resource.cancel(granted), resource.cancel(leaves), resource.cancel(leaves)]).toEqual([false, true, false]);
    await kernel.run();
    expect(seen).toEqual(['granted@0', 'stays@1']);
  });

  it('forgets cancelled requests while the holder stays', () => {
    const { resource, hold } = setUp(1);
    resource.request(hold('holder', 1), null, 'holder');
    for (let i = 0; i < 100_000; i++) resource.cancel(resource.request(hold('leaves', 1), null, 'leaves'));
    expect(resource.waiting).toBe(0);
  });

  it('refuses a capacity that is no positive integer, and a release without a grant', () => {
    const { kernel, resource } = setUp(1);
    for (const capacity of [0, -1, 1.5, NaN]) {
      expect(() => createResource(kernel, capacity)).toThrow(expect.objectContaining({ code: 'RESOURCE_CAPACITY_INVALID' }));
    }
    expect(() => resource.release()).toThrow(expect.objectContaining({ code: 'RESOURCE_NOT_IN_USE' }));
  });
});
