import { SQLSTATE } from '@marquee/postgres/sqlstates';
import { UrlClient } from '@marquee/postgres/url-client';
import type { Logger } from '@marquee/process';
import type { Client } from 'pg';
import { queueConnections, type RunQueue } from './queue.ts';

/** The processes that connect to the database. */
export type DatabaseProcess = 'api' | 'loader' | 'extractor' | 'aggregator';

/**
 * The most connections to PostgreSQL that one process takes, without those of the queue. The
 * loader builds each index on its own, and has threads that connect by themselves.
 */
export const MOST_CONNECTIONS: Readonly<Record<DatabaseProcess, number>> = {
  api: 29,
  loader: 48,
  extractor: 4,
  aggregator: 4,
};

/** The connection limit of marquee_reader, in roles.sql. */
const READERS = 30;

/** The name of the one session that each API has as long as it runs. */
export const WATCH_SESSION = 'marquee api watch';

/** How many processes of each kind there are; the downloader connects to the queue alone. */
export type ProcessCounts = Readonly<Record<DatabaseProcess | 'downloader', number>>;

/** The connections of PostgreSQL: all, and those that it keeps for superusers and maintenance. */
interface ConnectionLimits {
  readonly most: number;
  readonly reserved: number;
}

/**
 * Warns if the processes that run, with one more, can take more connections than PostgreSQL allows,
 * or if this one connects as a superuser. Both work until they do not: a request fails with “too
 * many clients” on the day when everybody is busy.
 *
 * @param self the kind of this process, which is not among the running ones yet
 */
export async function checkConnections(
  self: DatabaseProcess,
  urls: { readonly DATABASE_URL: string; readonly QUEUE_URL: string },
  queue: RunQueue,
  log: Logger,
): Promise<void> {
  const client = new UrlClient({ connectionString: urls.DATABASE_URL });
  // the query under way rejects with the same error
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { isSuperuser, ...limits } = await readLimits(client);
    if (isSuperuser)
      log.warn(
        'connected to the database as a superuser, who may run programs on its machine: use the role of this process, which set-up-database.js creates',
      );
    const running = await countProcesses(client, queue);
    const warning = connectionWarning(
      { ...running, [self]: running[self] + 1 },
      limits,
      urls.QUEUE_URL,
    );
    if (warning !== null) log.warn(warning);
  } catch (error) {
    if ((error as { code?: unknown }).code !== SQLSTATE.tooManyConnections) throw error;
    log.warn({ err: error }, 'PostgreSQL has no connection left');
  } finally {
    await client.end();
  }
}

async function readLimits(
  client: Client,
): Promise<ConnectionLimits & { readonly isSuperuser: boolean }> {
  const { rows } = await client.query<ConnectionLimits & { isSuperuser: boolean }>(
    `select current_setting('max_connections')::int as most,
       current_setting('superuser_reserved_connections')::int + current_setting('reserved_connections')::int as reserved,
       current_setting('is_superuser')::boolean as "isSuperuser"`,
  );
  return rows[0] ?? { most: 0, reserved: 0, isSuperuser: false };
}

/** The processes on this database that run now. */
export async function countProcesses(
  client: Pick<Client, 'query'>,
  queue: RunQueue,
): Promise<ProcessCounts> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and application_name = $1::text`,
    [WATCH_SESSION],
  );
  const { exporter: _, ...workers } = await queue.countWorkers();
  return { api: rows[0]?.n ?? 0, ...workers };
}

/**
 * What to say if processes can take more connections than there are; null if they fit. A kind of
 * process of which none runs counts once, as it may be about to start.
 */
export function connectionWarning(
  running: ProcessCounts,
  { most, reserved }: ConnectionLimits,
  queueUrl: string,
): string | null {
  const counts = Object.entries(running).map(([name, n]) => [name, Math.max(n, 1)] as const);
  const ofProcesses = counts.reduce((sum, [name, n]) => {
    const kind = name as keyof ProcessCounts;
    const own = kind === 'downloader' ? 0 : MOST_CONNECTIONS[kind];
    return sum + n * (own + queueConnections(queueUrl, kind));
  }, 0);
  const needed = ofProcesses + READERS;
  if (needed <= most - reserved) return null;
  const list = counts.map(([name, n]) => `${n} × ${name}`).join(', ');
  return (
    `The processes can take ${needed} connections to PostgreSQL at once (${list}, and ${READERS} of readers), and it allows ${most - reserved}. ` +
    `Requests then fail with “too many clients”. Set max_connections of PostgreSQL to ${needed + reserved} or more, or run fewer processes.`
  );
}
