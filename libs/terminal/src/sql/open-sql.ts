import { spawnSync } from 'node:child_process';
import { UserError } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import { type Environment, openPsql } from '@marquee/stack';
import { DatabaseError } from 'pg';
import type { SqlFormat } from './print.ts';
import { describeSqlError, SqlPrompt } from './prompt.ts';
import { SqlSession } from './session.ts';

/** An older psql does not know the system tables of our PostgreSQL. */
export const MIN_PSQL_MAJOR = 18;

interface OpenSqlOptions {
  readonly url: URL;
  readonly env: Environment;
  /** Runs this instead of reading statements. */
  readonly statement?: string | undefined;
  /** Chosen by the user; psql has formats of its own. */
  readonly format?: SqlFormat | undefined;
  /** Aborted by Ctrl-C: cancels the statement that runs. */
  readonly signal: AbortSignal;
}

/**
 * Opens a prompt for SQL, or runs a statement: in psql if a recent one is installed and no format is
 * chosen, else in a prompt of its own.
 *
 * @returns the exit code; null if a signal ended psql
 * @throws UserError `unreachable` if the database does not answer, `sql` if the statement fails
 */
export async function openSql(options: OpenSqlOptions): Promise<number | null> {
  const { url, env, statement, format } = options;
  const major = psqlMajor(env);
  if (format === undefined && major !== null && major >= MIN_PSQL_MAJOR)
    return openPsql({ url, env, statement });
  return runOwn(options);
}

/** The major version of the installed psql; null if there is none. */
export function psqlMajor(env: Environment): number | null {
  const { stdout, error } = spawnSync('psql', ['--version'], { encoding: 'utf8', env });
  const [, major] = /\b(\d+)(?:\.|devel|beta|rc)/u.exec(error ? '' : stdout) ?? [];
  return major === undefined ? null : Number(major);
}

async function runOwn({ url, statement, format, signal }: OpenSqlOptions): Promise<number> {
  const session = await connect(url);
  const cancel = () => void session.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  try {
    const prompt = new SqlPrompt(session, format ?? 'table');
    if (statement === undefined) return (await prompt.read(process.stdin)) ? 0 : 1;
    await prompt.execute(statement);
    return 0;
  } catch (cause) {
    if (!(cause instanceof DatabaseError) || signal.aborted) throw cause;
    throw new UserError(describeSqlError(cause), { code: 'sql', cause });
  } finally {
    signal.removeEventListener('abort', cancel);
    await session.close();
  }
}

async function connect(url: URL): Promise<SqlSession> {
  try {
    return await SqlSession.open(url);
  } catch (cause) {
    throw new UserError(`The database does not answer: ${errorMessage(cause)}`, {
      code: 'unreachable',
      cause,
    });
  }
}
