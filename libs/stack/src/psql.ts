import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './paths.ts';

/** PGOPTIONS that let statements name the published tables without their schema. */
export const SEARCH_PATH = '-c search_path=imdb,public';

interface PsqlOptions {
  /** The database; its password is passed on in the environment, where `ps` does not show it. */
  readonly url: URL;
  readonly env: Environment;
  /** Runs this statement instead of opening a prompt. */
  readonly statement?: string | undefined;
}

/**
 * Runs psql, which has to be installed, on this terminal until it ends.
 *
 * @returns its exit code; null if a signal ended it
 */
export async function openPsql({ url, env, statement }: PsqlOptions): Promise<number | null> {
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
  } finally {
    process.off('SIGINT', ignore);
  }
}
