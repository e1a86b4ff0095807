import { ConfigError } from '@marquee/process';
import { CommanderError } from 'commander';
import { expect, it } from 'vitest';
import { CliError } from './context/errors.ts';
import { reportError } from './error-report.ts';
import { EXIT } from './exit.ts';
import { captureOutput } from './testing/terminal.ts';

function reported(error: unknown, isInterrupted = false, isJson = false) {
  const written = captureOutput();
  return { code: reportError(error, isInterrupted, isJson), ...written };
}

const ERROR = new CliError('It is not there.', {
  exitCode: EXIT.notFound,
  code: 'not-found',
  hint: 'Look for it.',
});

it('reports an error and its hint, and returns its exit code', () => {
  expect(reported(ERROR)).toEqual({
    code: 3,
    stdout: '',
    stderr: 'It is not there.\nLook for it.\n',
  });
  expect(reported(new CliError('No.')).stderr).toBe('No.\n');
});

it('reports the same as one line of JSON', () => {
  const { code, stdout, stderr } = reported(ERROR, false, true);
  expect([code, stdout]).toEqual([3, '']);
  expect(JSON.parse(stderr)).toEqual({
    error: { code: 'not-found', message: 'It is not there.', hint: 'Look for it.' },
  });
  expect(stderr.trimEnd()).not.toContain('\n');
});

it('adds nothing to the report of wrong usage, which is 2; help is 0', () => {
  const wrong = new CommanderError(1, 'commander.unknownOption', "error: unknown option '--jsn'");
  expect(reported(wrong)).toEqual({ code: 2, stdout: '', stderr: '' });
  const help = new CommanderError(0, 'commander.help', '(help)');
  for (const isJson of [true, false])
    expect(reported(help, false, isJson)).toEqual({ code: 0, stdout: '', stderr: '' });
});

it.each<[unknown, boolean, object]>([
  [
    new CommanderError(1, 'x', "error: unknown option '--jsn'\n(Did you mean --json?)"),
    false,
    { code: 'usage', message: "unknown option '--jsn'", hint: 'Did you mean --json?' },
  ],
  [new CommanderError(1, 'x', 'error: no'), false, { code: 'usage', message: 'no' }],
  [new CommanderError(1, 'commander.help', '(outputHelp)'), false, { code: 'usage' }],
  [new ConfigError('API_PORT is not valid'), false, { code: 'configuration' }],
  [new TypeError('x is not a function'), false, { code: 'internal' }],
  [new DOMException('aborted', 'AbortError'), true, { code: 'interrupted' }],
])('reports %s as one line of JSON too', (error, isInterrupted, expected) => {
  const { stdout, stderr } = reported(error, isInterrupted, true);
  expect(stdout).toBe('');
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(JSON.parse(stderr)).toMatchObject({ error: expected });
});

it('returns 130 without a message after an interruption, also of a question', () => {
  const aborted = new DOMException('This operation was aborted', 'AbortError');
  expect(reported(aborted, true)).toEqual({ code: 130, stdout: '', stderr: '' });
  const closed = Object.assign(new Error('closed'), { name: 'ExitPromptError' });
  expect(reported(closed)).toEqual({ code: 130, stdout: '', stderr: '' });
});

it('reports a wrong configuration without a stack trace, and a bug with one', () => {
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
