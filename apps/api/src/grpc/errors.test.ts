import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Code, ConnectError } from '@connectrpc/connect';
import { ProblemSchema } from '@marquee/proto';
import { expect, it } from 'vitest';
import { tooSlow } from '../problems/too-slow.ts';
import { ProblemException } from '../problems/problem-exception.ts';
import { codeOf, errorOfCall, failureOf } from './errors.ts';

const sources = join(import.meta.dirname, '..');

/** The statuses of all problems in the source. */
function statuses(): number[] {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' });
  const found = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...readFileSync(join(sources, file), 'utf8').matchAll(/\bstatus: ([45]\d\d)\b/gu),
    ]);
  return [...new Set(found.map(([, status]) => Number(status)))].sort();
}

it('each problem has a code of gRPC', () => {
  expect(statuses().length).toBeGreaterThan(10);
  // 431 is of a head that Node could not parse: there is no call yet
  for (const status of statuses().filter((one) => one !== 431))
    expect({ status, code: codeOf({ status, code: 'any' }) }).not.toEqual({
      status,
      code: Code.Unknown,
    });
  expect(codeOf({ status: 418, code: 'any' })).toBe(Code.Unknown);
});

it('what took too long is not to be repeated, and what is unavailable is, with a time to wait', () => {
  expect(errorOfCall(tooSlow(), 'r').code).toBe(Code.DeadlineExceeded);
  const unavailable = new ProblemException({
    status: 503,
    code: 'unavailable',
    detail: 'The queue does not answer.',
    headers: { 'Retry-After': '10' },
  });
  const { code, metadata, rawMessage } = errorOfCall(unavailable, 'r');
  expect([code, metadata.get('retry-after'), rawMessage]).toEqual([
    Code.Unavailable,
    '10',
    'The queue does not answer.',
  ]);
});

it('an error that nobody expected says nothing of itself', () => {
  const error = errorOfCall(new Error('secret'), 'r');
  expect([error.code, error.message.includes('secret')]).toEqual([Code.Internal, false]);
  expect(error.findDetails(ProblemSchema)).toMatchObject([{ code: 'internal', requestId: 'r' }]);
});

it('the log has a status for what has no problem', () => {
  expect(failureOf(new ConnectError('gone', Code.Canceled))).toEqual({
    status: 499,
    code: 'canceled',
    detail: 'gone',
  });
});
