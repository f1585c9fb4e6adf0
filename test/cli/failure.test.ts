import { describe, expect, it } from 'vitest';
import { inputError, runError } from '../../src/errors.js';
import { describeFailure } from '../../src/cli/failure.js';

describe('what was thrown', () => {
  it('becomes one sentence with its exit code', () => {
    expect(describeFailure(inputError('X', 'the key is wrong', { place: { file: 'a.yaml', line: 3, column: 1 } }))).toEqual({ text: 'a.yaml:3:1: the key is wrong', exitCode: 2 });
    expect(describeFailure(runError('X', 'the training diverged'))).toEqual({ text: 'wfl-sim: the training diverged', exitCode: 1 });
    expect(describeFailure(new DOMException('interrupted after round 3', 'AbortError'))).toEqual({ text: 'wfl-sim: interrupted after round 3', exitCode: 130 });
    expect(describeFailure(new TypeError('x is not a function'))).toEqual({ text: 'wfl-sim: something went wrong inside the program: x is not a function. WFL_DEBUG=1 shows where', exitCode: 1 });
    expect(describeFailure('a text').text).toContain('a text');
  });
});
