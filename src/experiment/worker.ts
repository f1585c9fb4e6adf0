import { parentPort } from 'node:worker_threads';
import { WflError } from '../errors.js';
import { answerer } from './jobs.js';
import type { Answer, Order } from './orders.js';

/** A worker thread: answers one order after another, in the order they come. */
const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread only');

const answer = answerer();
port.on('message', (order: Order) => {
  port.postMessage(answerSafely(order));
});

function answerSafely(order: Order): Answer {
  try {
    return answer(order);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    if (error instanceof WflError) return { kind: 'failure', code: error.code, exitCode: error.exitCode, message, stack };
    return { kind: 'failure', code: null, exitCode: 1, message, stack };
  }
}
