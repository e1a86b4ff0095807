import { changePartition, keyColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { PoolClient } from 'pg';
import type { LockTimeout } from '../database/table-locks.ts';
import { endWhenIdle, inTransaction } from '../database/transaction.ts';
import { sameKey, columnList } from '../load/row-sql.ts';
import { changeTableOf, type Staged } from '../load/staging.ts';

/** The advisory lock of the process that writes a change log. */
const LOG_LOCK = 'marquee change log';

/** The number of changes by kind. */
export type KindCounts = Readonly<Partial<Record<'insert' | 'update' | 'delete', number>>>;

/**
 * Runs a statement that changes rows, and counts them.
 *
 * @param changing returns the kind of each change as `kind`
 */
export async function executeAndCount(
  client: PoolClient,
  changing: string,
  values: readonly unknown[] = [],
): Promise<KindCounts> {
  const counted = `with changed as (${changing}) select kind, count(*)::int as count from changed group by kind`;
  const { rows } = await client.query<{ kind: string; count: number }>(counted, [...values]);
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
}

/**
 * Writes to a log what the staged changes will do to the published tables, from their rows before
 * the merge. Does so in a transaction of its own, so that the merge can run in parallel on another
 * core. The log counts once {@link attachChangeLog} was called; otherwise the next call drops it.
 *
 * @throws DatabaseError 55P03 when others do not release the tables in time
 * @returns the number of changes by dataset and kind; those that do not fit the published tables
 *   are not counted
 */
export async function writeChangeLog(
  runId: string,
  staged: readonly Staged[],
  { pool, signal, giveUpAt, lockRetryMs, publishIdleMs }: LockTimeout,
): Promise<Map<DatasetName, KindCounts>> {
  return inTransaction(pool, signal, async (client) => {
    await endWhenIdle(client, publishIdleMs);
    // The merge awaits this transaction in Node, so PostgreSQL cannot detect a deadlock between the
    // two: bound our lock waits.
    await client.query(`set local lock_timeout = ${Math.max(lockRetryMs, giveUpAt - Date.now())}`);
    const read = staged.flatMap(({ dataset }) => [
      tableOf(dataset, 'imdb'),
      changeTableOf(dataset),
    ]);
    await client.query(`lock table ${[...read, 'ingest.change'].join(', ')} in access share mode`);
    // waits for the log of a process that has died, if its statement still runs
    await client.query('select pg_advisory_xact_lock(hashtext($1::text))', [LOG_LOCK]);
    await dropChangeLogs(client);
    const log = `imdb_next.${changePartition(runId)}`;
    await client.query(
      `create table ${log} (like ingest.change including defaults including constraints, check (run_id = '${runId}'))`,
    );
    const counts = new Map<DatasetName, KindCounts>();
    for (const { dataset } of staged)
      counts.set(
        dataset,
        await executeAndCount(client, logStatement(dataset, log), [runId, dataset]),
      );
    // the same indexes as the partitioned table: otherwise attaching would build them, while others
    // wait
    for (const columns of ['id', 'dataset, key', 'dataset, kind, id'])
      await client.query(`create index on ${log} (${columns})`);
    return counts;
  });
}

function logStatement(dataset: DatasetName, log: string): string {
  const key = keyColumnsOf(dataset);
  return `
    insert into ${log} (run_id, dataset, kind, key, before, after)
    select
      $1::uuid,
      $2::text,
      case c.kind when 'i' then 'insert' when 'u' then 'update' else 'delete' end,
      concat_ws(' ', ${columnList('c', key)}),
      case when c.kind <> 'i' then to_jsonb(t) end,
      case when c.kind <> 'd' then to_jsonb(c) - 'kind' end
    from ${changeTableOf(dataset)} as c
      left join ${tableOf(dataset, 'imdb')} as t on ${sameKey('t', 'c', dataset)}
    where (c.kind = 'i') = (t.${key[0]} is null)
    returning kind`;
}

/** Makes the log the run's partition of `ingest.change`, inside the caller's transaction. */
export async function attachChangeLog(client: PoolClient, runId: string): Promise<void> {
  await client.query(`alter table imdb_next.${changePartition(runId)} set schema ingest`);
  await client.query(
    `alter table ingest.change attach partition ingest.${changePartition(runId)} for values in ('${runId}')`,
  );
}

/** Drops the logs of runs that did not publish, inside the caller's transaction. */
export async function dropChangeLogs(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string }>(
    `select format('imdb_next.%I', tablename) as table
     from pg_tables where schemaname = 'imdb_next' and tablename like '${changePartition('')}%'`,
  );
  for (const { table } of rows) await client.query(`drop table ${table}`);
}
