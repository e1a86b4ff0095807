import { describe, expect, it } from 'vitest';
import { describeError, isRetryable, RunFault } from './faults.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

describe('isRetryable', () => {
  it.each(['57P01', '40P01', '08006', '25P03', '25P04', 'ECONNREFUSED', 'ECONNRESET'])(
    'tries again after %s',
    (code) => {
      expect(isRetryable(withCode(code))).toBe(true);
    },
  );

  it.each(['23505', '42P01', '22P02', 'ENOSPC', 'EACCES'])(
    'does not try again after %s',
    (code) => {
      expect(isRetryable(withCode(code))).toBe(false);
    },
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection is closed.',
    'Reached the max retries per request limit (which is 1). Refer to …',
  ])('tries again after "%s"', (message) => {
    expect(isRetryable(new Error(message))).toBe(true);
  });

  it('asks an error that knows it', () => {
    expect(isRetryable(Object.assign(withCode('23505'), { retryable: true }))).toBe(true);
    expect(isRetryable(Object.assign(withCode('ECONNRESET'), { retryable: false }))).toBe(false);
  });

  it('does not try again after what it does not know', () => {
    expect(isRetryable(new Error('x'))).toBe(false);
    expect(isRetryable('x')).toBe(false);
    expect(isRetryable(new RunFault({ code: 'header', message: 'x', hint: 'y' }))).toBe(false);
  });
});

describe('describeError', () => {
  it('shows what was made for people as it is', () => {
    expect(
      describeError(
        new RunFault({ code: 'header', message: 'The first line is x.', hint: 'Do y.' }),
        'title.crew',
      ),
    ).toEqual({
      code: 'header',
      message: 'The first line is x.',
      hint: 'Do y.',
      dataset: 'title.crew',
    });
  });

  it('gives everything else a code and a hint', () => {
    expect(describeError(withCode('57P01'), null)).toMatchObject({
      code: 'connection-lost',
      message: 'x',
    });
    expect(describeError(new TypeError('y'), null)).toMatchObject({
      code: 'unexpected',
      message: 'y',
    });
  });
});
