import { spawnSync, type StdioOptions } from 'node:child_process';
import { join } from 'node:path';
import type { Environment } from '@marquee/stack';

/** What a program gets. */
interface ProgramInput {
  readonly env: Environment;
  readonly args?: readonly string[];
  /** By default this process's own. */
  readonly stdio?: StdioOptions;
  /** Its standard input, if that is a pipe. */
  readonly input?: string;
}

/**
 * Runs a program of an app until it ends.
 *
 * @param program its path in the repository, such as `apps/api/dist/make-key.js`
 * @returns its exit code; 1 if a signal ended it
 */
export function runProgram(
  root: string,
  program: string,
  { args = [], stdio = 'inherit', ...rest }: ProgramInput,
): number {
  const { status } = spawnSync(process.execPath, [join(root, program), ...args], {
    stdio,
    ...rest,
  });
  return status ?? 1;
}
