import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { errorMessage } from '@marquee/process/error-message';
import { Client } from 'pg';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { CliFault, EXIT } from '../faults.ts';
import { offerUpdate } from '../freshness.ts';

/** The published tables need no schema before their names. */
const SEARCH_PATH = '-c search_path=imdb,public';

export interface SqlOptions {
  readonly databaseUrl?: string;
}

/**
 * Opens psql on the database, or has it run a statement; as JSON, the rows of a statement, without
 * psql.
 *
 * @returns psql's exit code
 */
export async function sql(
  context: Context,
  statement: string | undefined,
  options: SqlOptions,
): Promise<number> {
  const { out, make, toStart } = context;
  const url = databaseUrl(context, options.databaseUrl);
  if (url === null) {
    throw new CliFault('It is not known where the database is.', {
      exitCode: EXIT.unreachable,
      code: 'no-database',
      hint: `${toStart} Another database: --database-url or DATABASE_URL`,
    });
  }
  if (out.isJson) {
    if (statement === undefined)
      throw new CliFault('--json needs a statement.', {
        exitCode: EXIT.usage,
        code: 'usage',
        hint: `For example: marquee sql --json 'select count(*) from imdb.title_basics'`,
      });
    out.json(await rowsOf(url, statement, make));
    return EXIT.ok;
  }
  // the database may be there though the API is not
  await offerUpdate(context).catch((error: unknown) => {
    if (!(error instanceof CliFault) || error.exitCode !== EXIT.unreachable) throw error;
  });
  return openPsql(url, statement, context.env);
}

async function rowsOf(url: string, statement: string, make: Context['make']): Promise<unknown[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'marquee cli',
    options: SEARCH_PATH,
  });
  try {
    await client.connect();
  } catch (cause) {
    throw new CliFault(`The database does not answer: ${errorMessage(cause)}`, {
      exitCode: EXIT.unreachable,
      code: 'unreachable',
      hint: `Is it up? See: ${make('ps')}`,
      cause,
    });
  }
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } catch (cause) {
    throw new CliFault(`PostgreSQL says: ${errorMessage(cause)}`, { code: 'sql', cause });
  } finally {
    await client.end();
  }
}

async function openPsql(
  given: string,
  statement: string | undefined,
  env: Context['env'],
): Promise<number> {
  const url = URL.parse(given);
  if (url === null)
    // not told as it was given: it may hold a password
    throw new CliFault('That is no URL of a database.', {
      exitCode: EXIT.usage,
      code: 'usage',
      hint: 'One looks so: postgres://user:password@host:5432/database',
    });
  const { password } = url;
  url.password = '';
  const variables = {
    PGPASSWORD: decodeURIComponent(password) || env['PGPASSWORD'],
    PGOPTIONS: `${SEARCH_PATH} ${env['PGOPTIONS'] ?? ''}`,
  };
  const child = spawn('psql', [url.href, ...(statement === undefined ? [] : ['-c', statement])], {
    stdio: 'inherit',
    env: { ...env, ...variables },
  });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? EXIT.interrupted;
  } catch (cause) {
    const hint =
      'Install it (Debian: apt install postgresql-client; macOS: brew install libpq). Without it: marquee sql --json <statement>';
    throw new CliFault(`psql cannot be run: ${errorMessage(cause)}`, {
      code: 'no-psql',
      hint,
      cause,
    });
  }
}
