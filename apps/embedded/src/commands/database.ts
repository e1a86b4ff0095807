import { spawnSync } from 'node:child_process';
import type { StackPaths } from '../config.ts';
import { makeCommand, suggestNextStep } from '../make-command.ts';
import { UserError } from '../user-error.ts';
import { readState } from '../state.ts';

/**
 * The URL of the database that runs, with its password.
 *
 * @param target of make, by which it is asked for
 */
export function runningDatabase(place: StackPaths, target: string): string {
  const url = readState(place.paths)?.databaseUrl;
  if (!url)
    throw new UserError(
      `The database on ${place.paths.data} is not up. ${suggestNextStep(place, target)}`,
    );
  return url;
}

/**
 * Opens psql on the database, where the published tables need no schema before their names.
 *
 * @returns psql's exit code
 */
export function openPsql(place: StackPaths): number {
  const url = new URL(runningDatabase(place, 'open-db'));
  const { password } = url;
  url.password = '';
  // psql takes Ctrl-C as the end of a query; we stay until it is left
  process.on('SIGINT', () => undefined);
  const { error, status } = spawnSync('psql', [url.href], {
    stdio: 'inherit',
    env: {
      ...place.env,
      PGPASSWORD: password,
      PGOPTIONS: `-c search_path=imdb,public ${place.env['PGOPTIONS'] ?? ''}`,
    },
  });
  if (error) {
    throw new UserError(
      `psql cannot be run (${error.message}). Install it (Debian: apt install postgresql-client; macOS: brew install libpq), ` +
        'or give any other PostgreSQL client the URL that this prints: ' +
        makeCommand(place.env, 'db-url'),
    );
  }
  return status ?? 1;
}
