import { Dataset } from '@marquee/contract';
import { errorMessage } from '@marquee/process/error-message';
import { formatBytes } from '@marquee/process/format-bytes';
import { Client } from 'pg';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';
import { fail, warn, well, type Check } from './check.ts';

const LEAST_MAJOR = 18;
const PATIENCE_MS = 5000;

const LOOK = `select current_setting('server_version_num')::int / 10000 as major, current_setting('server_version') as version,
  pg_database_size(current_database())::float8 as size, to_regclass('ingest.data_control') is not null as "hasTables",
  to_regclass('ingest.hand_write') is not null as "notesWrites"`;

/** What of each dataset is not as it was published; of a database by a version before, nothing. */
const CHANGED = `select d.dataset, to_regclass('imdb.' || replace(d.dataset, '.', '_')) is null as "isGone", c.dataset is null as "isForgotten", w.written
  from unnest($1::text[]) as d (dataset) left join ingest.data_control c using (dataset) left join lateral (
    select format('by %s at %s', written_by, at::timestamptz(0)) as written from ingest.hand_write w where w.dataset = d.dataset order by at limit 1) w on true
  order by d.dataset`;

interface Changed {
  readonly dataset: string;
  readonly isGone: boolean;
  readonly isForgotten: boolean;
  readonly written: string | null;
}

interface Look {
  readonly major: number;
  readonly version: string;
  readonly size: number;
  readonly hasTables: boolean;
  readonly notesWrites: boolean;
}

/** The database itself, where its URL is known; the API is asked about it in any case. */
export async function checkDatabase(context: Context): Promise<Check[]> {
  const { make } = context;
  const url = databaseUrl(context);
  if (url === null) return [];
  try {
    const { major, version, size, hasTables, changed } = await look(url);
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
    return [
      well('database', `PostgreSQL ${version}, ${formatBytes(size)}`),
      ...judge(context, changed),
    ];
  } catch (error) {
    return [
      fail(
        'database',
        `it does not answer: ${errorMessage(error)}`,
        `Is it up? See ${make('ps')} and ${make('logs')}.`,
      ),
    ];
  }
}

/** What somebody has removed or written by hand, which the next update mends. */
function judge({ make }: Context, changed: readonly Changed[]): Check[] {
  const found = changed.flatMap(({ dataset, isGone, isForgotten, written }) => {
    if (isGone) return [`the table of ${dataset} is not there`];
    if (isForgotten) return [`nothing is on record of ${dataset}`];
    return written === null ? [] : [`${dataset} was written to ${written}`];
  });
  if (found.length === 0) return [];
  const todo = `An update loads anew what was published: ${make('update FORCE=1')}`;
  return [warn('tables', found.join('; '), todo)];
}

async function look(url: string): Promise<Look & { readonly changed: readonly Changed[] }> {
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
    const changed = row.notesWrites
      ? await client.query<Changed>(CHANGED, [Dataset.options])
      : null;
    return { ...row, changed: changed?.rows ?? [] };
  } finally {
    await client.end();
  }
}
