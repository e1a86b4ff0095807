import { type DatabaseClient, readAdminUrl, roleUrl } from '@marquee/postgres';
import { UserError } from '@marquee/process';
import { readState, type StackPaths } from '@marquee/stack';
import { openSql } from '@marquee/terminal/sql';
import { suggestNextStep } from './next-step.ts';

/**
 * The URL of the running database, with a password.
 *
 * @param target the make target that was called
 * @param client whose role: the reader's by default
 * @throws UserError if the database is not running
 */
export function runningDatabase(
  stack: StackPaths,
  target: string,
  client: DatabaseClient = 'reader',
): string {
  const url = readState(stack.paths)?.databaseUrl;
  if (!url)
    throw new UserError(
      `The database on ${stack.paths.data} is not up. ${suggestNextStep(stack, target)}`,
    );
  return client === 'reader' ? url : roleUrl(runningAdminUrl(stack, url), client);
}

/** The superuser's URL. @param url of the running database, with any role */
export function runningAdminUrl({ paths }: Pick<StackPaths, 'paths'>, url: string): string {
  return readAdminUrl(paths.postgres, Number(new URL(url).port));
}

/** The roles that people can connect as: to read, or also to add views, indexes and tables. */
const PEOPLE = ['reader', 'loader'] as const;

/**
 * The role with a name; reader for none.
 *
 * @throws UserError if it is neither of the roles for people
 */
export function roleForPeople(value = ''): (typeof PEOPLE)[number] {
  const role = PEOPLE.find((name) => name === (value === '' ? 'reader' : value));
  if (role === undefined)
    throw new UserError(
      `ROLE is "${value}"; it can be reader, which only reads, or loader, which owns the catalogue and may add views, indexes and tables.`,
    );
  return role;
}

/** Opens a prompt for SQL on the running database. @returns its exit code */
export async function openDatabase(
  stack: StackPaths,
  role: (typeof PEOPLE)[number],
): Promise<number> {
  const code = await openSql({
    url: new URL(runningDatabase(stack, 'open-db', role)),
    env: stack.env,
    signal: new AbortController().signal,
  });
  return code ?? 1;
}
