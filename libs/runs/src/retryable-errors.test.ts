import { expect, it } from 'vitest';
import { isRetryable } from './retryable-errors.ts';
import { RunFault } from './run-fault.ts';

const withCode = (code: string) => Object.assign(new Error('x'), { code });

it.each(['57P01', '40P01', '08006', '25P03', '25P04', 'ECONNREFUSED', 'ECONNRESET'])(
  'retries after %s',
  (code) => {
    expect(isRetryable(withCode(code))).toBe(true);
  },
);

it.each(['23505', '42P01', '22P02', 'ENOSPC', 'EACCES'])('does not retry after %s', (code) => {
  expect(isRetryable(withCode(code))).toBe(false);
});

it.each([
  'Connection terminated unexpectedly',
  'Connection is closed.',
  'Reached the max retries per request limit (which is 1). Refer to …',
])('retries after "%s"', (message) => {
  expect(isRetryable(new Error(message))).toBe(true);
});

it('prefers the property `retryable` of an error to its code', () => {
  expect(isRetryable(Object.assign(withCode('23505'), { retryable: true }))).toBe(true);
  expect(isRetryable(Object.assign(withCode('ECONNRESET'), { retryable: false }))).toBe(false);
});

it('does not retry after unknown errors', () => {
  expect(isRetryable(new Error('x'))).toBe(false);
  expect(isRetryable('x')).toBe(false);
  expect(isRetryable(new RunFault({ code: 'header', message: 'x', hint: 'y' }))).toBe(false);
});
