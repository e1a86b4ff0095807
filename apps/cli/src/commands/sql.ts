import { ApiUnreachableError } from '@marquee/api-client';
import { errorMessage } from '@marquee/process/error-message';
import { openPsql, SEARCH_PATH } from '@marquee/stack';
import { Client } from 'pg';
import type { Context } from '../context/context.ts';
import { databaseUrl } from '../context/database-url.ts';
import { CliError, EXIT } from '../context/errors.ts';
import { offerUpdate } from './offer-update.ts';

export interface SqlOptions {
  readonly databaseUrl?: string;
}

/**
 * Opens psql on the database, or lets it run a statement. With --json it prints the statement's
 * rows, without psql.
 *
 * @returns psql's exit code
 */
export async function sql(
  context: Context,
  statement: string | undefined,
  options: SqlOptions,
): Promise<number> {
  const { out, env, makeCommand, startHint } = context;
  const url = databaseUrl(context, options.databaseUrl);
  if (url === null) {
    throw new CliError('The URL of the database is unknown.', {
      exitCode: EXIT.unreachable,
      code: 'no-database',
      hint: `${startHint} Another database: --database-url or DATABASE_URL`,
    });
  }
  if (out.isJson) {
    if (statement === undefined)
      throw new CliError('--json needs a statement.', {
        exitCode: EXIT.usage,
        code: 'usage',
        hint: `For example: marquee sql --json 'select count(*) from imdb.title_basics'`,
      });
    out.json(await rowsOf(url, statement, makeCommand));
    return EXIT.ok;
  }
  // the database may be up without the API
  await offerUpdate(context).catch((error: unknown) => {
    if (!(error instanceof ApiUnreachableError)) throw error;
  });
  const code = await openPsql({
    url: parseDatabaseUrl(url),
    env,
    statement,
    alternative: 'Without it: marquee sql --json <statement>',
  });
  return code ?? EXIT.interrupted;
}

async function rowsOf(
  url: string,
  statement: string,
  makeCommand: Context['makeCommand'],
): Promise<unknown[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'marquee cli',
    options: SEARCH_PATH,
  });
  try {
    await client.connect();
  } catch (cause) {
    throw new CliError(`The database does not answer: ${errorMessage(cause)}`, {
      exitCode: EXIT.unreachable,
      code: 'unreachable',
      hint: `Is it up? See: ${makeCommand('ps')}`,
      cause,
    });
  }
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } catch (cause) {
    throw new CliError(`PostgreSQL says: ${errorMessage(cause)}`, { code: 'sql', cause });
  } finally {
    await client.end();
  }
}

function parseDatabaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null) return url;
  // the message does not show the text: it may contain a password
  throw new CliError('That is not the URL of a database.', {
    exitCode: EXIT.usage,
    code: 'usage',
    hint: 'The format is: postgres://user:password@host:5432/database',
  });
}
