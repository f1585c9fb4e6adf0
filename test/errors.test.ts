import { describe, expect, it } from 'vitest';
import { WflError, didYouMean, formatPlace, inputError, nearestName, runError } from '../src/errors.js';

describe('errors', () => {
  it('are one sentence with a place, what was expected and a way out', () => {
    const error = inputError('BAD_POWER', 'the power is negative', {
      place: { file: 'cell.yaml', line: 12, column: 5 },
      expected: 'a power such as 23 dBm',
      hint: 'Leave the key out for the default.',
    });
    expect(error.message).toBe('cell.yaml:12:5: the power is negative; expected a power such as 23 dBm. Leave the key out for the default.');
    expect(inputError('BAD_POWER', 'the power is negative').message).toBe('the power is negative');
  });

  it('carry a stable code, the exit code of their kind, the place and the cause', () => {
    const cause = new Error('disk full');
    const place = { file: 'images.idx', byteOffset: 16 };
    expect(inputError('TRUNCATED', 'the file ends early', { place, cause })).toMatchObject({ name: 'WflError', code: 'TRUNCATED', exitCode: 2, place, cause });
    const error = runError('NOT_WRITABLE', 'the folder cannot be written');
    expect(error).toBeInstanceOf(WflError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code: 'NOT_WRITABLE', exitCode: 1, place: undefined });
    expect('cause' in error).toBe(false);
  });

  it('write places as editors read them', () => {
    expect(formatPlace({ file: 'a.yaml' })).toBe('a.yaml');
    expect(formatPlace({ file: 'a.yaml', line: 3 })).toBe('a.yaml:3:1');
    expect(formatPlace({ file: 'a.yaml', line: 3, column: 9 })).toBe('a.yaml:3:9');
    expect(formatPlace({ file: 'a.idx', byteOffset: 0 })).toBe('a.idx at byte 0');
  });
});

describe('the nearest name', () => {
  const schemes = ['fedavg', 'fedaq', 'fixed', 'laq', 'wyner-ziv'];
  it.each([
    ['fedagv', 'fedavg'],
    ['FedAvg', 'fedavg'],
    ['fedq', 'fedaq'],
    ['wynerziv', 'wyner-ziv'],
    ['wyner ziv', 'wyner-ziv'],
    ['fix', 'fixed'],
  ])('of %s is %s', (name, expected) => {
    expect(nearestName(name, schemes)).toBe(expected);
  });

  it('is none where nothing is near', () => {
    expect(nearestName('quantum', schemes)).toBeUndefined();
    expect(nearestName('fedavg', [])).toBeUndefined();
    expect(didYouMean('quantum', schemes)).toBe('');
  });

  it('is suggested in words', () => {
    expect(didYouMean('fedagv', schemes)).toBe(' (did you mean "fedavg"?)');
  });

  it('counts a swap of neighbours as one slip', () => {
    expect(nearestName('abdcef', ['abcdef', 'abxxef'])).toBe('abcdef');
  });
});
