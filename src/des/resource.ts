import { runError } from '../errors.js';
import type { Handler, Kernel } from './kernel.js';
import { createPriorityQueue } from './queue.js';

/** Names a request for a resource, for `cancel`. */
export type RequestHandle = number;

/** A number of equal servers with one queue, ordered by (priority, arrival). */
export interface Resource {
  readonly capacity: number;
  readonly inUse: number;
  /** Requests that wait. */
  readonly waiting: number;
  /**
   * Asks for one server. Once it is granted, `handler(argument)` runs as an event of that instant;
   * the holder must call `release` when done. The lower priority number is served first.
   */
  request<A>(handler: (argument: A) => void, argument: A, origin: string, priority?: number): RequestHandle;
  /** Gives one server back and grants it to the first in the queue. */
  release(): void;
  /** Takes a waiting request back; false where it has been granted or cancelled. */
  cancel(request: RequestHandle): boolean;
}

interface Request {
  readonly handler: Handler;
  readonly argument: unknown;
  readonly origin: string;
}

/** A resource of the given capacity; RESOURCE_CAPACITY_INVALID where that is no positive integer. */
export function createResource(kernel: Kernel, capacity: number): Resource {
  if (!(capacity >= 1 && Math.floor(capacity) === capacity)) {
    throw runError('RESOURCE_CAPACITY_INVALID', `a resource has a capacity of ${capacity}`, { expected: 'a positive integer' });
  }
  const queue = createPriorityQueue(16);
  const requests = new Map<number, Request>();
  let arrivals = 0;
  let inUse = 0;

  function grant(request: Request): void {
    inUse++;
    kernel.schedule(0, request.handler, request.argument, request.origin);
  }

  return {
    capacity,
    get inUse() {
      return inUse;
    },
    get waiting() {
      return requests.size;
    },
    request(handler, argument, origin, priority = 0) {
      const number = arrivals++;
      const request = { handler, argument, origin };
      if (inUse < capacity) {
        grant(request);
      } else {
        requests.set(number, request);
        queue.push(priority, number, number);
      }
      return number;
    },
    release() {
      if (inUse === 0) throw runError('RESOURCE_NOT_IN_USE', 'a resource was released more often than it was granted');
      inUse--;
      while (queue.size > 0) {
        const number = queue.pop();
        const request = requests.get(number);
        if (request === undefined) continue;
        requests.delete(number);
        grant(request);
        return;
      }
    },
    cancel(request) {
      const wasWaiting = requests.delete(request);
      if (wasWaiting && queue.size > 64 && queue.size > 2 * requests.size) queue.retain((number) => requests.has(number));
      return wasWaiting;
    },
  };
}
