import { UserError } from '@marquee/process';
import { makeCommand, openPsql, readState, type StackPaths } from '@marquee/stack';
import { suggestNextStep } from './next-step.ts';

/**
 * The URL of the running database, with its password.
 *
 * @param target the make target that was called
 * @throws UserError if the database is not running
 */
export function runningDatabase(stack: StackPaths, target: string): string {
  const url = readState(stack.paths)?.databaseUrl;
  if (!url)
    throw new UserError(
      `The database on ${stack.paths.data} is not up. ${suggestNextStep(stack, target)}`,
    );
  return url;
}

/** Opens psql on the running database. @returns its exit code */
export async function openDatabase(stack: StackPaths): Promise<number> {
  const code = await openPsql({
    url: new URL(runningDatabase(stack, 'open-db')),
    env: stack.env,
    alternative: `Or give another PostgreSQL client the URL that this prints: ${makeCommand(stack.env, 'db-url')}`,
  });
  return code ?? 1;
}
