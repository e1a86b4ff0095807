import { ConfigError } from '@marquee/process';
import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { CliError, EXIT } from './context/errors.ts';
import { reportError } from './error-report.ts';
import { captureOutput } from './testing/terminal.ts';

function reported(error: unknown, isInterrupted = false, isJson = false) {
  const written = captureOutput();
  return { code: reportError(error, isInterrupted, isJson), ...written };
}

const FAULT = new CliError('It is not there.', {
  exitCode: EXIT.notFound,
  code: 'not-found',
  hint: 'Look for it.',
});

it('tells of a fault and what to do, and ends with its code', () => {
  expect(reported(FAULT)).toEqual({
    code: 3,
    stdout: '',
    stderr: 'It is not there.\nLook for it.\n',
  });
  expect(reported(new CliError('No.')).stderr).toBe('No.\n');
});

it('tells programs the same as one line of JSON', () => {
  const { code, stdout, stderr } = reported(FAULT, false, true);
  expect([code, stdout]).toEqual([3, '']);
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'not-found', message: 'It is not there.', hint: 'Look for it.' },
  });
  expect(stderr.trimEnd()).not.toContain('\n');
});

it('says nothing more of wrong usage, and ends with 2; help ends with 0', () => {
  expect(reported(new CommanderError(1, 'commander.unknownOption', 'unknown option'))).toEqual({
    code: 2,
    stdout: '',
    stderr: '',
  });
  expect(reported(new CommanderError(0, 'commander.help', '(help)'))).toMatchObject({
    code: 0,
    stderr: '',
  });
});

it('ends quietly with 130 when it was interrupted, in the middle of a question too', () => {
  const aborted = new DOMException('This operation was aborted', 'AbortError');
  expect(reported(aborted, true)).toEqual({ code: 130, stdout: '', stderr: '' });
  const closed = Object.assign(new Error('closed'), { name: 'ExitPromptError' });
  expect(reported(closed)).toEqual({ code: 130, stdout: '', stderr: '' });
});

it('tells of a wrong configuration without a stack, of a slip of its own with one', () => {
  expect(reported(new ConfigError('API_PORT is not valid'))).toEqual({
    code: 1,
    stdout: '',
    stderr: 'API_PORT is not valid\n',
  });
  expect(reported(new TypeError('x is not a function'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/TypeError: x is not a function\n +at /u) as string,
  });
});
