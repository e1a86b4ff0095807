import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '@marquee/process';
import type { Environment } from './paths.ts';

/** PGOPTIONS that let statements name the published tables without their schema. */
export const SEARCH_PATH = '-c search_path=imdb,public';

interface PsqlOptions {
  /** The database; its password is passed on in the environment, where `ps` does not show it. */
  readonly url: URL;
  readonly env: Environment;
  /** Runs this statement instead of opening a prompt. */
  readonly statement?: string | undefined;
  /** What works without psql, for the hint if it is not installed. */
  readonly alternative: string;
}

/**
 * Runs psql on this terminal until it ends.
 *
 * @returns its exit code; null if a signal ended it
 * @throws UserError `no-psql` if psql cannot be run
 */
export async function openPsql({
  url,
  env,
  statement,
  alternative,
}: PsqlOptions): Promise<number | null> {
  const withoutPassword = new URL(url);
  withoutPassword.password = '';
  const variables = {
    PGPASSWORD: decodeURIComponent(url.password) || env['PGPASSWORD'],
    PGOPTIONS: `${SEARCH_PATH} ${env['PGOPTIONS'] ?? ''}`,
  };
  // psql takes Ctrl-C as the end of a query: stay until it ends
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  const args = statement === undefined ? [] : ['-c', statement];
  const psql = spawn('psql', [withoutPassword.href, ...args], {
    stdio: 'inherit',
    env: { ...env, ...variables },
  });
  try {
    const [code] = (await once(psql, 'exit')) as [number | null];
    return code;
  } catch (cause) {
    throw new UserError(`psql cannot be run: ${(cause as Error).message}`, {
      code: 'no-psql',
      hint: `Install it (Debian: apt install postgresql-client; macOS: brew install libpq). ${alternative}`,
      cause,
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
