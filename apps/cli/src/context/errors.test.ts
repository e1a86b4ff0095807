import {
  ApiProblemError,
  ApiUnreachableError,
  InvalidKeyError,
  UnexpectedAnswerError,
} from '@marquee/api-client';
import type { Problem } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { apiHints, CliError, exitCodeOf } from './errors.ts';

const hints = apiHints('Start it.', (target) => `DATA_DIR=x make ${target}`);
const PROBLEM: Problem = {
  type: 'urn:marquee:problem:test',
  title: 'Test',
  status: 400,
  code: 'test',
  detail: 'That is wrong.',
  requestId: '1',
};

describe('a problem document of the API', () => {
  it.each([
    [400, 2],
    [401, 5],
    [403, 5],
    [404, 3],
    [405, 1],
    [409, 5],
    [410, 3],
    [413, 1],
    [415, 1],
    [422, 2],
    [429, 5],
    [500, 1],
    [502, 1],
    [503, 1],
    [504, 1],
  ])('with status %d ends the process with %d', (status, exitCode) => {
    expect(exitCodeOf(new ApiProblemError({ ...PROBLEM, status }, null))).toBe(exitCode);
  });

  it('keeps its code, and names each fault by where it is', () => {
    const error = new ApiProblemError(
      {
        ...PROBLEM,
        code: 'invalid-request',
        faults: [
          { where: 'query.limit', what: 'expected a whole number' },
          { where: 'query.q', what: 'expected a text' },
        ],
      },
      hints.problem(PROBLEM),
    );
    expect(error).toMatchObject({ code: 'invalid-request', hint: null });
    expect(error.message).toBe('query.limit: expected a whole number\nquery.q: expected a text');
  });

  it.each([
    ['updated-today', 'marquee update --force'],
    ['run-in-progress', 'marquee runs cancel'],
    ['key-needed', 'DATA_DIR=x make key ROLE=admin'],
    ['no-snapshot', 'marquee snapshots'],
    ['not-found', 'marquee search'],
    ['bad-input', '--help'],
  ])('with the code %s has a hint at a command of this program: %s', (code, command) => {
    const hint = hints.problem({ ...PROBLEM, code, hint: 'POST /somewhere' });
    expect(hint).toContain(command);
    expect(hint).not.toContain('POST');
  });

  it('names a parameter by its option, and the id, which is an argument, by its name', () => {
    expect(hints.parameter?.('minVotes')).toBe('--min-votes');
    expect(hints.parameter?.('id')).toBe('id');
  });

  it('has the id of the other run in the commands of the hint, if it is known', () => {
    const hintOf = (runId?: string) =>
      hints.problem({
        ...PROBLEM,
        code: 'run-in-progress',
        ...(runId === undefined ? {} : { runId }),
      });
    expect(hintOf('0199')).toMatch(/marquee runs watch 0199\n[^]*marquee runs cancel 0199,/u);
    expect(hintOf()).toMatch(/marquee runs watch\n[^]*marquee runs cancel,/u);
  });

  it('keeps the hint of the API with any other code', () => {
    expect(hints.problem({ ...PROBLEM, hint: 'Wait a minute.' })).toBe('Wait a minute.');
  });
});

describe('an API that cannot be used', () => {
  it('ends the process with 4 if nothing answers, 2 for an invalid key, 1 for another server', () => {
    expect(exitCodeOf(new ApiUnreachableError('No.'))).toBe(4);
    expect(exitCodeOf(new InvalidKeyError('No.'))).toBe(2);
    expect(exitCodeOf(new UnexpectedAnswerError('No.'))).toBe(1);
  });

  it('has hints at the options that choose it', () => {
    expect(hints.unreachable).toMatch(/^Start it\..*--url.*MARQUEE_URL/u);
    expect(hints.unexpectedAnswer).toMatch(/--url.*marquee doctor/u);
    expect(hints.invalidKey).toMatch(/--key.*MARQUEE_KEY/u);
  });
});

it('ends with 1, no hint, and the code failed by default', () => {
  const cause = new Error('why');
  expect(new CliError('No.', { cause })).toMatchObject({
    name: 'CliError',
    exitCode: 1,
    hint: null,
    code: 'failed',
    cause,
  });
  expect(exitCodeOf(new CliError('No.'))).toBe(1);
  expect(exitCodeOf(new TypeError('No.'))).toBe(1);
});
