import { ConfigError, UserError } from '@marquee/process';
import { CommanderError } from 'commander';
import { exitCodeOf } from './context/errors.ts';
import { EXIT } from './exit.ts';

/** An error as it is reported. */
interface Report {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/**
 * Reports an error on standard error: its message and hint, or with --json a line of JSON.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, isInterrupted: boolean, isJson: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { exitCode, ...report } = describeError(error, isInterrupted);
  if (isJson) console.error(JSON.stringify({ error: report }));
  // commander has already written its own errors
  else if (!(error instanceof CommanderError)) {
    const text = [report.message, report.hint].filter(Boolean).join('\n');
    if (text !== '') console.error(report.code === 'internal' ? error : text);
  }
  return exitCode;
}

function describeError(error: unknown, isInterrupted: boolean): Report {
  if (error instanceof CommanderError) return usageReport(error);
  if (error instanceof UserError) {
    const { code, message, hint } = error;
    return { exitCode: exitCodeOf(error), code, message, hint };
  }
  if (isInterrupted || (error instanceof Error && error.name === 'ExitPromptError'))
    return { exitCode: EXIT.interrupted, code: 'interrupted', message: '', hint: null };
  if (error instanceof ConfigError)
    return { exitCode: EXIT.failed, code: 'configuration', message: error.message, hint: null };
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: EXIT.failed, code: 'internal', message, hint: null };
}

/** Wrong usage: what the parser says, and after it what it suggests. */
function usageReport({ code, message }: CommanderError): Report {
  // help without a command, which is written where errors are
  if (code === 'commander.help')
    return usage('No command is given.', 'marquee --help lists the commands.');
  const [said = '', suggestion] = message.replace(/^error: /u, '').split('\n');
  return usage(said, suggestion?.replace(/^\((.*)\)$/u, '$1') ?? 'See --help.');
}

function usage(message: string, hint: string): Report {
  return { exitCode: EXIT.usage, code: 'usage', message, hint };
}
