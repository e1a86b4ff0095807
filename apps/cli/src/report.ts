import { ConfigError } from '@marquee/process';
import { CommanderError } from 'commander';
import { CliFault, EXIT } from './faults.ts';

/**
 * Tells of an error on standard error: as a line of JSON for programs, else its message and hint.
 *
 * @returns the exit code that it stands for
 */
export function report(error: unknown, isInterrupted: boolean, isJson: boolean): number {
  // commander has told of its own already
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliFault) {
    if (isJson)
      console.error(
        JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint } }),
      );
    else console.error([error.message, error.hint].filter(Boolean).join('\n'));
    return error.exitCode;
  }
  if (isInterrupted || (error instanceof Error && error.name === 'ExitPromptError'))
    return EXIT.interrupted;
  console.error(error instanceof ConfigError ? error.message : error);
  return EXIT.failed;
}
