import { describe, expect, it } from 'vitest';
import { messageWriter } from '../../src/compression/frame.js';
import { layoutOf, prepared, roundOf, worldOf } from './world.js';

const world = worldOf(layoutOf([20]));

describe('what a scheme refuses', () => {
  it('a round without a plan where bit lengths are planned', () => {
    const { scheme, options } = prepared('fedaq');
    expect(() => scheme.server(options, world).broadcast(roundOf(0, [0]))).toThrowError(expect.objectContaining({ code: 'NO_BIT_PLAN', exitCode: 1 }));
  });

  it('more rounds than its messages can number', () => {
    expect(() => messageWriter({ scheme: 'test', wireId: 1, direction: 'uplink', size: 1 }, 65_535)).toThrowError(expect.objectContaining({ code: 'TOO_MANY_ROUNDS' }));
  });

  it('a saved state of another model', () => {
    const { scheme, options } = prepared('fedavg');
    const state = scheme.server(options, worldOf(layoutOf([21]))).state();
    expect(() => scheme.server(options, world, state)).toThrowError(expect.objectContaining({ code: 'SCHEME_STATE_MISMATCH' }));
    expect(() => scheme.server(options, world, {})).toThrowError(expect.objectContaining({ code: 'SCHEME_STATE_MISMATCH' }));
  });

  it('a message of another scheme, direction or model', () => {
    const fedavg = prepared('fedavg');
    const fixed = prepared('fixed', { bits: 32 });
    const message = fedavg.scheme.server(fedavg.options, world).broadcast(roundOf(0, [0])).shared!.bytes;
    const streams = () => {
      throw new Error('no draws');
    };
    expect(() => fixed.scheme.client(fixed.options, world, 0, streams).receive(message)).toThrowError(expect.objectContaining({ code: 'MESSAGE_CORRUPT' }));
    expect(() => fedavg.scheme.client(fedavg.options, worldOf(layoutOf([10, 10, 1])), 0, streams).receive(message)).toThrowError(expect.objectContaining({ code: 'MESSAGE_CORRUPT' }));
    expect(() => fedavg.scheme.server(fedavg.options, world).receive(0, message)).toThrowError(expect.objectContaining({ code: 'MESSAGE_CORRUPT' }));
  });
});
