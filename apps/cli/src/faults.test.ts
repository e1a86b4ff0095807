import type { Problem } from '@marquee/contract';
import { describe, expect, it } from 'vitest';
import { CliFault, Refused } from './faults.ts';
import type { Make } from './make-command.ts';

const make: Make = (target) => `DATA_DIR=x make ${target}`;
const PROBLEM: Problem = {
  type: 'urn:marquee:problem:test',
  title: 'Test',
  status: 400,
  code: 'test',
  detail: 'That is wrong.',
  requestId: '1',
};

describe('a refusal of the API', () => {
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
  ])('of status %d ends the process with %d', (status, exitCode) => {
    expect(new Refused({ ...PROBLEM, status }, make).exitCode).toBe(exitCode);
  });

  it('keeps the code, and names each fault by where it is', () => {
    const refused = new Refused(
      {
        ...PROBLEM,
        code: 'invalid-request',
        faults: [
          { where: 'query.limit', what: 'expected a whole number' },
          { where: 'query.q', what: 'expected a text' },
        ],
      },
      make,
    );
    expect(refused).toMatchObject({ code: 'invalid-request', hint: null });
    expect(refused).toBeInstanceOf(CliFault);
    expect(refused.message).toBe(
      'That is wrong.\n  query.limit: expected a whole number\n  query.q: expected a text',
    );
  });

  it.each([
    ['updated-today', 'marquee update --force'],
    ['run-in-progress', 'marquee runs cancel'],
    ['key-needed', 'DATA_DIR=x make key ROLE=admin'],
    ['no-snapshot', 'marquee snapshots'],
    ['not-found', 'marquee search'],
  ])('hints for %s at a command of this program: %s', (code, command) => {
    const { hint } = new Refused({ ...PROBLEM, code, hint: 'POST /somewhere' }, make);
    expect(hint).toContain(command);
    expect(hint).not.toContain('POST');
  });

  it('names the run that is in the way in what to type, where it is told', () => {
    const hintOf = (runId?: string) =>
      new Refused(
        { ...PROBLEM, code: 'run-in-progress', ...(runId === undefined ? {} : { runId }) },
        make,
      ).hint;
    expect(hintOf('0199')).toMatch(/marquee runs watch 0199\n[^]*marquee runs cancel 0199,/u);
    expect(hintOf()).toMatch(/marquee runs watch\n[^]*marquee runs cancel,/u);
  });

  it('hints as the API does at anything else', () => {
    expect(new Refused({ ...PROBLEM, hint: 'Wait a minute.' }, make).hint).toBe('Wait a minute.');
  });
});

it('fails with 1, no hint, and the code failed, where nothing else is said', () => {
  const cause = new Error('why');
  expect(new CliFault('No.', { cause })).toMatchObject({
    name: 'CliFault',
    exitCode: 1,
    hint: null,
    code: 'failed',
    cause,
  });
  expect(new CliFault('No.')).toMatchObject({ exitCode: 1 });
});
