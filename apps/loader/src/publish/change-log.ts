import { keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { PoolClient } from 'pg';
import { sameKey, columnList } from '../load/row-sql.ts';
import { changeTableOf, type Staged } from '../load/staging.ts';
import { endWhenIdle, inTransaction } from '../database/transaction.ts';
import type { LockTimeout } from '../database/table-locks.ts';

/** Held by who writes changes down. */
const LOG_LOCK = 'marquee change log';

/** How many changes of each kind there are. */
export type KindCounts = Readonly<Partial<Record<'insert' | 'update' | 'delete', number>>>;

/**
 * Makes changes and counts them.
 *
 * @param changing a statement that returns the kind of each as `kind`
 */
export async function countKinds(
  client: PoolClient,
  changing: string,
  values: readonly unknown[] = [],
): Promise<KindCounts> {
  const counted = `with changed as (${changing}) select kind, count(*)::int as count from changed group by kind`;
  const { rows } = await client.query<{ kind: string; count: number }>(counted, [...values]);
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}

/**
 * Writes down what staged changes will do to the published tables, which are as they were before:
 * in a transaction of its own, so that another can make the changes at the same time, on another
 * core. It counts once {@link attachChangeLog} has been called; until then, the next one drops it.
 *
 * @throws DatabaseError 55P03 when others do not let go of the tables in time
 * @returns how many changes there are of each dataset, kind by kind; those that the published
 *   tables do not allow are not among them
 */
export async function writeChangeLog(
  runId: string,
  staged: readonly Staged[],
  { pool, signal, giveUpAt, lockRetryMs, publishIdleMs }: LockTimeout,
): Promise<Map<DatasetName, KindCounts>> {
  return inTransaction(pool, signal, async (client) => {
    await endWhenIdle(client, publishIdleMs);
    // who makes the changes waits for us, which PostgreSQL does not know of: we must not wait for
    // somebody who waits for them, and least of all for ever
    await client.query(`set local lock_timeout = ${Math.max(lockRetryMs, giveUpAt - Date.now())}`);
    const read = staged.flatMap(({ dataset }) => [
      tableOf(dataset, 'imdb'),
      changeTableOf(dataset),
    ]);
    await client.query(`lock table ${[...read, 'ingest.change'].join(', ')} in access share mode`);
    // one that was left by a process that is no more may still be at it
    await client.query('select pg_advisory_xact_lock(hashtext($1::text))', [LOG_LOCK]);
    await dropChangeLogs(client);
    const log = `imdb_next.${nameOf(runId)}`;
    await client.query(
      `create table ${log} (like ingest.change including defaults including constraints, check (run_id = '${runId}'))`,
    );
    const counts = new Map<DatasetName, KindCounts>();
    for (const { dataset } of staged)
      counts.set(dataset, await countKinds(client, logStatement(dataset, log), [runId, dataset]));
    // as the whole has them: what lacks one is given it while it is attached, when others wait
    for (const columns of ['id', 'dataset, key', 'dataset, kind, id'])
      await client.query(`create index on ${log} (${columns})`);
    return counts;
  });
}

function logStatement(dataset: DatasetName, log: string): string {
  const key = keyColumnsOf(dataset);
  return `
    insert into ${log} (run_id, dataset, kind, key, before, after)
    select $1::uuid, $2::text, case c.kind when 'i' then 'insert' when 'u' then 'update' else 'delete' end, concat_ws(' ', ${columnList('c', key)}),
      case when c.kind <> 'i' then to_jsonb(t) end, case when c.kind <> 'd' then to_jsonb(c) - 'kind' end
    from ${changeTableOf(dataset)} as c left join ${tableOf(dataset, 'imdb')} as t on ${sameKey('t', 'c', dataset)}
    where (c.kind = 'i') = (t.${key[0]} is null)
    returning kind`;
}

/**
 * Makes what was written down the run's partition of `ingest.change`, inside the caller's
 * transaction.
 */
export async function attachChangeLog(client: PoolClient, runId: string): Promise<void> {
  await client.query(`alter table imdb_next.${nameOf(runId)} set schema ingest`);
  await client.query(
    `alter table ingest.change attach partition ingest.${nameOf(runId)} for values in ('${runId}')`,
  );
}

/** Drops what was written down for runs that came to nothing, inside the caller's transaction. */
export async function dropChangeLogs(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string }>(
    `select format('imdb_next.%I', tablename) as table from pg_tables where schemaname = 'imdb_next' and tablename like '${nameOf('')}%'`,
  );
  for (const { table } of rows) await client.query(`drop table ${table}`);
}

function nameOf(runId: string): string {
  return `change_${runId.replaceAll('-', '')}`;
}
