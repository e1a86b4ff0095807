import { ApiUnreachableError } from '@marquee/api-client';
import { UserError } from '@marquee/process';
import { type Command, Option } from 'commander';
import type { Context } from '../context/context.ts';
import { databaseUrl } from '../context/database-url.ts';
import { CliError, usageError } from '../context/errors.ts';
import { EXIT } from '../exit.ts';
import { examples } from '../options/values.ts';
import { type Format, FORMATS, twoFormats } from './list.ts';
import { offerUpdate } from './offer-update.ts';
import type { RunCommand } from './run-command.ts';

interface SqlOptions {
  readonly databaseUrl?: string;
  readonly format?: Format;
}

export function defineSql(command: Command, run: RunCommand): void {
  command
    .option('--database-url <url>', 'the database (default: DATABASE_URL, or this machine’s stack)')
    .addOption(new Option('--format <format>', 'the format of the rows').choices([...FORMATS]))
    .action(async (statement: string | undefined, options: SqlOptions, self: Command) =>
      run(self, async (context) => sql(context, statement, options)),
    );
  examples(
    command,
    'sql',
    "sql 'select count(*) from title_basics'",
    "sql --json 'select * from title_ratings limit 3'",
    "sql --format csv 'select * from title_ratings' > ratings.csv",
    'sql < queries.sql',
  ).addHelpText(
    'after',
    '\nIf psql 18 or newer is installed, it is used unless a format is given.',
  );
}

/**
 * Opens a prompt for SQL on the database, or runs a statement.
 *
 * @returns the exit code
 */
async function sql(
  context: Context,
  statement: string | undefined,
  { databaseUrl: given, format }: SqlOptions,
): Promise<number> {
  const { out, env, makeCommand, startHint, signal } = context;
  const url = databaseUrl(context, given);
  if (url === null) {
    throw new CliError('The URL of the database is unknown.', {
      exitCode: EXIT.unreachable,
      code: 'no-database',
      hint: `${startHint} Another database: --database-url or DATABASE_URL`,
    });
  }
  if (out.isJson && format !== undefined) throw twoFormats(format);
  if (out.isJson && statement === undefined)
    throw usageError(
      '--json needs a statement.',
      `For example: marquee sql --json 'select count(*) from title_basics'`,
    );
  const parsed = parseDatabaseUrl(url);
  if (!out.isJson) await offerUpdateIfReachable(context);
  // loads the driver, which no other command needs
  const { openSql } = await import('@marquee/terminal/sql');
  try {
    const code = await openSql({
      url: parsed,
      env,
      statement,
      format: out.isJson ? 'json' : format,
      signal,
    });
    return code ?? EXIT.interrupted;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'unreachable') throw error;
    const { message, code, cause } = error;
    const hint = `Is it up? See: ${makeCommand('ps')}`;
    throw new CliError(message, { exitCode: EXIT.unreachable, code, hint, cause });
  }
}

/** The database may be up without the API. */
async function offerUpdateIfReachable(context: Context): Promise<void> {
  await offerUpdate(context).catch((error: unknown) => {
    if (!(error instanceof ApiUnreachableError)) throw error;
  });
}

function parseDatabaseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url !== null) return url;
  // the message does not show the text: it may contain a password
  throw usageError(
    'That is not the URL of a database.',
    'The format is: postgres://user:password@host:5432/database',
  );
}
