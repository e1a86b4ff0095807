import { spawnSync } from 'node:child_process';
import type { Place } from './config.ts';
import { Refusal } from './refusal.ts';
import { readState } from './state.ts';

/** The URL of the database that runs, with its password. */
export function runningDatabase({ paths }: Place): string {
  const url = readState(paths)?.databaseUrl;
  if (!url) throw new Refusal(`The database on ${paths.data} is not up. Start it: make up`);
  return url;
}

/**
 * Opens psql on the database.
 *
 * @returns psql's exit code
 */
export function openPsql(place: Place): number {
  const url = new URL(runningDatabase(place));
  const { password } = url;
  url.password = '';
  // psql takes Ctrl-C as the end of a query; we stay until it is left
  process.on('SIGINT', () => undefined);
  const { error, status } = spawnSync('psql', [url.href], { stdio: 'inherit', env: { ...place.env, PGPASSWORD: password } });
  if (error) {
    throw new Refusal(
      `psql cannot be run (${error.message}). Install it (Debian: apt install postgresql-client; macOS: brew install libpq), ` +
        'or give any other PostgreSQL client the URL that this prints: make db-url',
    );
  }
  return status ?? 1;
}
