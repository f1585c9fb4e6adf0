import { WflError, runError } from '../errors.js';
import { createPriorityQueue } from './queue.js';

/** Names a scheduled event, for `cancel`. */
export type EventHandle = number;

/**
 * A discrete-event simulation: a clock and the events to come, run in the order of (time,
 * priority, scheduling order), so that ties are always broken the same way. Times in seconds.
 */
export interface Kernel {
  /** Simulated time of the event being run, or of the last one. */
  readonly now: number;
  /** Events that are scheduled and neither run nor cancelled. */
  readonly pending: number;
  /**
   * Calls `handler(argument)` after `delayS`. The origin says in messages whose event it was.
   * Among events of one instant the lower priority number goes first (an integer from -1023 to
   * 1023, 0 by default). Throws EVENT_TIME_INVALID for a negative, NaN or infinite delay.
   */
  schedule<A>(delayS: number, handler: (argument: A) => void, argument: A, origin: string, priority?: number): EventHandle;
  /** The same at an absolute time, which must not lie before `now`. */
  scheduleAt<A>(timeS: number, handler: (argument: A) => void, argument: A, origin: string, priority?: number): EventHandle;
  /**
   * Calls `handler` at `timeS` with the result of a computation elsewhere. Simulated time stands
   * still at that instant until the promise is settled; every event before it runs meanwhile. The
   * order of events does not depend on when the promise is settled. A rejection stops the run.
   */
  awaitAt<R>(timeS: number, promise: Promise<R>, handler: (result: R) => void, origin: string, priority?: number): EventHandle;
  /** Takes an event back; false where it has already been run or cancelled. */
  cancel(handle: EventHandle): boolean;
  /** Runs until no event is left. An event that throws stops the run with EVENT_FAILED, or the code it threw with. */
  run(): Promise<void>;
  /** Runs the events up to and including `timeS` and leaves the clock there. */
  runUntil(timeS: number): Promise<void>;
}

export interface KernelOptions {
  /** Stops a run between two events, with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A result that is waited for: filled in as soon as it is known, used at its simulated time. */
interface Awaited {
  state: 'waiting' | 'fulfilled' | 'rejected';
  value: unknown;
  readonly settled: Promise<void>;
}

/** Handlers of all argument types side by side; each is only ever called with the argument it came with. */
export type Handler = { call(argument: unknown): void }['call'];

/** What an event is. A slot is free, scheduled, or (without a handler) cancelled and still in the queue. */
interface Slot {
  readonly index: number;
  generation: number;
  handler: Handler | undefined;
  argument: unknown;
  result: Awaited | undefined;
  origin: string;
  nextFree: Slot | null;
}

const PRIORITY_LIMIT = 1023;
const PRIORITY_STEP = 4_398_046_511_104; // 2^42: orders are priority * 2^42 + sequence, exact in a double
const SLOT_LIMIT = 16_777_216; // 2^24
const GENERATION_MASK = 0x1fff_ffff; // 29 bits: a handle is generation * 2^24 + slot
const EVENTS_PER_SIGNAL_CHECK = 4096;
const CANCELLED_BEFORE_SWEEP = 64;

export function createKernel({ signal }: KernelOptions = {}): Kernel {
  const queue = createPriorityQueue();
  const slots: Slot[] = [];
  const clock = new Float64Array(1); // a variable would allocate a number for each event
  let firstFree: Slot | null = null;
  let cancelled = 0;
  let sequence = 0;
  let running = false;
  let currentOrigin = '';

  function freshSlot(): Slot {
    if (slots.length === SLOT_LIMIT) throw runError('TOO_MANY_EVENTS', `more than ${SLOT_LIMIT} events are scheduled at once`);
    const index = slots.length;
    const slot: Slot = { index, generation: 0, handler: undefined, argument: undefined, result: undefined, origin: '', nextFree: null };
    slots.push(slot);
    return slot;
  }

  function insert(timeS: number, handler: Handler, argument: unknown, result: Awaited | undefined, origin: string, priority: number): number {
    if (!(timeS >= clock[0] && timeS < Infinity)) throw timeError(`the event "${origin}" was scheduled for`, timeS, clock[0]);
    if (!(priority >= -PRIORITY_LIMIT && priority <= PRIORITY_LIMIT && Math.floor(priority) === priority)) {
      throw runError('EVENT_PRIORITY_INVALID', `the event "${origin}" has priority ${priority}`, {
        expected: `an integer from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}`,
      });
    }
    const slot = firstFree ?? freshSlot();
    firstFree = slot.nextFree;
    slot.handler = handler;
    slot.argument = argument;
    slot.result = result;
    slot.origin = origin;
    queue.push(timeS, priority * PRIORITY_STEP + sequence++, slot.index);
    return slot.generation * SLOT_LIMIT + slot.index;
  }

  /** Forgets what a slot held, so that its handle is void and nothing is kept alive. */
  function clear(slot: Slot): void {
    slot.handler = undefined;
    slot.argument = undefined;
    slot.result = undefined;
    slot.generation = (slot.generation + 1) & GENERATION_MASK;
  }

  function free(slot: Slot): void {
    slot.nextFree = firstFree;
    firstFree = slot;
  }

  /** Drops cancelled events from the queue once they are the larger part of it. */
  function sweep(): void {
    queue.retain((index) => {
      if (slots[index].handler !== undefined) return true;
      free(slots[index]);
      return false;
    });
    cancelled = 0;
  }

  /** Runs events up to `limitS`, or until one needs a result that is not there yet, which is returned. */
  function runReady(limitS: number): Awaited | null {
    let untilCheck = 0;
    for (;;) {
      const timeS = queue.leastKey();
      // The end of the queue is no time.
      if (!(timeS <= limitS) || timeS === Infinity) break;
      if (untilCheck-- === 0) {
        signal?.throwIfAborted();
        untilCheck = EVENTS_PER_SIGNAL_CHECK;
      }
      const slot = slots[queue.leastItem()];
      const { handler, result, argument } = slot;
      if (result !== undefined && result.state === 'waiting') return result;
      queue.pop();
      free(slot);
      if (handler === undefined) {
        cancelled--;
        continue;
      }
      clock[0] = timeS;
      currentOrigin = slot.origin;
      clear(slot);
      if (result === undefined) handler(argument);
      else if (result.state === 'fulfilled') handler(result.value);
      else throw result.value;
    }
    return null;
  }

  async function runTo(limitS: number): Promise<void> {
    if (running) throw runError('KERNEL_RUNNING', 'the simulation was started while it was already running');
    running = true;
    currentOrigin = '';
    try {
      for (let result = runReady(limitS); result !== null; result = runReady(limitS)) await settledOrAborted(result.settled, signal);
    } catch (error) {
      throw signal?.aborted === true && error === signal.reason ? error : eventFailure(error, currentOrigin, clock[0]);
    } finally {
      running = false;
    }
  }

  return {
    get now() {
      return clock[0];
    },
    get pending() {
      return queue.size - cancelled;
    },
    schedule: (delayS, handler, argument, origin, priority = 0) => insert(clock[0] + delayS, handler, argument, undefined, origin, priority),
    scheduleAt: (timeS, handler, argument, origin, priority = 0) => insert(timeS, handler, argument, undefined, origin, priority),
    awaitAt: (timeS, promise, handler, origin, priority = 0) => insert(timeS, handler, undefined, awaitedOf(promise), origin, priority),
    cancel(handle) {
      const slot = slots[handle % SLOT_LIMIT];
      if (slot?.handler === undefined || slot.generation !== Math.floor(handle / SLOT_LIMIT)) return false;
      clear(slot);
      cancelled++;
      if (cancelled > CANCELLED_BEFORE_SWEEP && 2 * cancelled > queue.size) sweep();
      return true;
    },
    run: () => runTo(Infinity),
    async runUntil(timeS) {
      if (!(timeS >= clock[0])) throw timeError('the run was to end at', timeS, clock[0]);
      await runTo(timeS);
      clock[0] = timeS;
    },
  };
}

function timeError(what: string, timeS: number, nowS: number): WflError {
  return runError('EVENT_TIME_INVALID', `${what} ${timeS} s when the time was ${nowS} s`, { expected: 'a finite time that is not past' });
}

function awaitedOf(promise: Promise<unknown>): Awaited {
  const settle = (state: 'fulfilled' | 'rejected') => (value: unknown) => {
    awaited.state = state;
    awaited.value = value;
  };
  const awaited: Awaited = { state: 'waiting', value: undefined, settled: promise.then(settle('fulfilled'), settle('rejected')) };
  return awaited;
}

/** Waits for the promise, but no longer than until the signal says stop. */
async function settledOrAborted(settled: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return settled;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  await Promise.race([settled, aborted]);
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
}

/** Says whose event failed and when; the code and exit code of the cause are kept where it has them. */
function eventFailure(cause: unknown, origin: string, timeS: number): unknown {
  if (origin === '') return cause;
  const [code, exitCode] = cause instanceof WflError ? [cause.code, cause.exitCode] as const : ['EVENT_FAILED', 1] as const;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WflError(code, exitCode, `the event "${origin}" at ${timeS} s failed: ${message}`, { cause });
}
