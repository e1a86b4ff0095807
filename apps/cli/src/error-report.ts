import { ConfigError, UserError } from '@marquee/process';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './context/errors.ts';

/**
 * Reports an error on standard error: its message and hint, or with --json a line of JSON.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, isInterrupted: boolean, isJson: boolean): number {
  // commander has already reported its own errors
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UserError) {
    if (isJson)
      console.error(
        JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }),
      );
    else console.error([error.message, error.hint].filter(Boolean).join('\n'));
    return exitCodeOf(error);
  }
  if (isInterrupted || (error instanceof Error && error.name === 'ExitPromptError'))
    return EXIT.interrupted;
  console.error(error instanceof ConfigError ? error.message : error);
  return EXIT.failed;
}
