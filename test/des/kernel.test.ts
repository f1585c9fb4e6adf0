import { describe, expect, it } from 'vitest';
import { createKernel } from '../../src/des/index.js';
import { WflError, inputError } from '../../src/errors.js';

const later = <R>(result: R, milliseconds = 5): Promise<R> => new Promise((resolve) => setTimeout(() => resolve(result), milliseconds));

describe('order of events', () => {
  it('runs events by time, then priority, then in the order they were scheduled', async () => {
    const kernel = createKernel();
    const seen: string[] = [];
    const note = (name: string): void => void seen.push(`${name}@${kernel.now}`);
    kernel.schedule(2, note, 'late', 'test');
    kernel.schedule(1, note, 'first', 'test');
    kernel.schedule(1, note, 'second', 'test');
    kernel.schedule(1, note, 'urgent', 'test', -1);
    kernel.schedule(1, note, 'patient', 'test', 1);
    kernel.scheduleAt(0.5, note, 'absolute', 'test');
    await kernel.run();
    expect(seen).toEqual(['absolute@0.5', 'urgent@1', 'first@1', 'second@1', 'patient@1', 'late@2']);
    expect(kernel.pending).toBe(0);
  });

  it('keeps ties stable among many events, with cancellations between', async () => {
    const kernel = createKernel();
    const seen: number[] = [];
    const handles = Array.from({ length: 5000 }, (_, i) => kernel.schedule(((i * 7919) % 13) / 4, (n: number) => void seen.push(n), i, 'test'));
    const kept = handles.map((_, i) => i).filter((i) => i % 3 !== 0);
    for (let i = 0; i < handles.length; i += 3) expect(kernel.cancel(handles[i])).toBe(true);
    await kernel.run();
    expect(seen).toEqual(kept.toSorted((a, b) => ((a * 7919) % 13) - ((b * 7919) % 13) || a - b));
  });

  it('runs an event scheduled for the present instant after those already waiting there', async () => {
    const kernel = createKernel();
    const seen: string[] = [];
    kernel.schedule(1, () => void kernel.schedule(0, () => void seen.push('child'), null, 'child'), null, 'parent');
    kernel.schedule(1, () => void seen.push('sibling'), null, 'sibling');
    await kernel.run();
    expect(seen).toEqual(['sibling', 'child']);
  });

  it('stops at the time given to runUntil, runs events of that instant, and goes on from there', async () => {
    const kernel = createKernel();
    const seen: number[] = [];
    for (const timeS of [1, 2, 3]) kernel.scheduleAt(timeS, () => void seen.push(timeS), null, 'test');
    await kernel.runUntil(2);
    expect([seen, kernel.now, kernel.pending]).toEqual([[1, 2], 2, 1]);
    await kernel.runUntil(2.5);
    expect(kernel.now).toBe(2.5);
    await kernel.run();
    expect([seen, kernel.now]).toEqual([[1, 2, 3], 3]);
    await expect(kernel.runUntil(1)).rejects.toMatchObject({ code: 'EVENT_TIME_INVALID' });
  });

  it('refuses a past, NaN or infinite time and a priority that is no small integer', async () => {
    const kernel = createKernel();
    for (const delayS of [-1e-9, NaN, Infinity]) {
      expect(() => kernel.schedule(delayS, () => undefined, null, 'uplink of client 3')).toThrow(
        expect.objectContaining({ code: 'EVENT_TIME_INVALID', message: expect.stringContaining('uplink of client 3') }),
      );
    }
    await kernel.runUntil(5);
    expect(() => kernel.scheduleAt(4, () => undefined, null, 'test')).toThrow(expect.objectContaining({ code: 'EVENT_TIME_INVALID' }));
    for (const priority of [0.5, 1024, NaN]) {
      expect(() => kernel.schedule(0, () => undefined, null, 'test', priority)).toThrow(expect.objectContaining({ code: 'EVENT_PRIORITY_INVALID' }));
    }
  });
});

describe('cancelling', () => {
  it('takes an event back once, and not after it has run, even where its place is used again', async () => {
    const kernel = createKernel();
    const seen: string[] = [];
    const first = kernel.schedule(1, () => void seen.push('first'), null, 'first');
    expect(kernel.cancel(first)).toBe(true);
    expect(kernel.cancel(first)).toBe(false);
    expect(kernel.pending).toBe(0);
    const second = kernel.schedule(1, () => void seen.push('second'), null, 'second');
    await kernel.run();
    const third = kernel.schedule(1, () => void seen.push('third'), null, 'third');
    expect(kernel.cancel(second)).toBe(false);
    expect(kernel.cancel(first)).toBe(false);
    expect(third).not.toBe(second);
    await kernel.run();
    expect(seen).toEqual(['second', 'third']);
  });

  it('does not pile up a million cancelled events, and does not wait for them', async () => {
    const kernel = createKernel();
    for (let i = 0; i < 1_000_000; i++) kernel.cancel(kernel.schedule(1e9, () => undefined, null, 'deadline'));
    expect(kernel.pending).toBe(0);
    await kernel.run();
    expect(kernel.now).toBe(0);
  });

  it('lets an event cancel another of the same instant', async () => {
    const kernel = createKernel();
    const seen: string[] = [];
    kernel.schedule(1, () => expect(kernel.cancel(victim)).toBe(true), null, 'killer');
    const victim = kernel.schedule(1, () => void seen.push('victim'), null, 'victim');
    await kernel.run();
    expect(seen).toEqual([]);
  });
});

describe('waiting for a result computed elsewhere', () => {
  it('runs everything before that instant first, and the result in its place among ties', async () => {
    const kernel = createKernel();
    const seen: string[] = [];
    const note = (name: string): void => void seen.push(`${name}@${kernel.now}`);
    kernel.schedule(1, note, 'before', 'test');
    kernel.schedule(3, note, 'tie before', 'test');
    kernel.awaitAt(3, later('trained', 20), note, 'training');
    kernel.schedule(3, note, 'tie after', 'test');
    kernel.schedule(4, note, 'after', 'test');
    const running = kernel.run();
    expect(seen).toEqual(['before@1', 'tie before@3']);
    await running;
    expect(seen).toEqual(['before@1', 'tie before@3', 'trained@3', 'tie after@3', 'after@4']);
  });

  it('gives the same order however long the results take', async () => {
    const orders: string[] = [];
    for (const delays of [[1, 15, 5], [15, 1, 5], [0, 0, 0]]) {
      const kernel = createKernel();
      const seen: string[] = [];
      delays.forEach((milliseconds, i) => kernel.awaitAt(2 - (i % 2), later(`result ${i}`, milliseconds), (name) => void seen.push(name), 'training'));
      kernel.schedule(1.5, () => void seen.push('between'), null, 'test');
      await kernel.run();
      orders.push(seen.join());
    }
    expect(new Set(orders)).toEqual(new Set(['result 1,between,result 0,result 2']));
  });

  it('stops the run with the origin and the cause where the computation fails, at its simulated time', async () => {
    const kernel = createKernel();
    const cause = new Error('worker died');
    const seen: number[] = [];
    kernel.awaitAt(2, Promise.reject(cause), () => undefined, 'training of client 7');
    kernel.schedule(1, () => void seen.push(1), null, 'test');
    await expect(kernel.run()).rejects.toMatchObject({
      code: 'EVENT_FAILED',
      exitCode: 1,
      message: 'the event "training of client 7" at 2 s failed: worker died',
      cause,
    });
    expect(seen).toEqual([1]);
  });

  it('may be cancelled, and then neither waits nor fails', async () => {
    const kernel = createKernel();
    const never = kernel.awaitAt(1, new Promise<never>(() => undefined), () => undefined, 'lost');
    const failing = kernel.awaitAt(1, Promise.reject(new Error('ignored')), () => undefined, 'lost');
    kernel.cancel(never);
    kernel.cancel(failing);
    await kernel.run();
    expect(kernel.pending).toBe(0);
  });
});

describe('failures and interruption', () => {
  it('stops the run at the first handler that throws, naming its origin and time, with the cause kept', async () => {
    const kernel = createKernel();
    const cause = new TypeError('no channel');
    const seen: number[] = [];
    kernel.schedule(1.5, () => { throw cause; }, null, 'packet 12 of client 3');
    kernel.schedule(2, () => void seen.push(2), null, 'test');
    await expect(kernel.run()).rejects.toMatchObject({
      code: 'EVENT_FAILED',
      message: 'the event "packet 12 of client 3" at 1.5 s failed: no channel',
      cause,
    });
    expect(seen).toEqual([]);
  });

  it('keeps code and exit code of an error that has them', async () => {
    const kernel = createKernel();
    kernel.schedule(1, () => { throw inputError('BAD_POWER', 'the power is negative'); }, null, 'quote');
    const error: unknown = await kernel.run().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WflError);
    expect(error).toMatchObject({ code: 'BAD_POWER', exitCode: 2 });
  });

  it('refuses to be started while it runs', async () => {
    const kernel = createKernel();
    let second: Promise<void> | undefined;
    kernel.schedule(1, () => { second = kernel.run(); second.catch(() => undefined); }, null, 'test');
    await kernel.run();
    await expect(second).rejects.toMatchObject({ code: 'KERNEL_RUNNING' });
  });

  it('stops between events, or while it waits, when the signal says so, and can then go on', async () => {
    const abort = new AbortController();
    const kernel = createKernel({ signal: abort.signal });
    const reason = new Error('interrupted');
    kernel.awaitAt(1, new Promise<never>(() => undefined), () => undefined, 'endless');
    setTimeout(() => abort.abort(reason), 5);
    await expect(kernel.run()).rejects.toBe(reason);
    expect(kernel.pending).toBe(1);

    const early = new AbortController();
    early.abort(reason);
    const other = createKernel({ signal: early.signal });
    other.schedule(1, () => expect.unreachable(), null, 'test');
    await expect(other.run()).rejects.toBe(reason);
  });
});
