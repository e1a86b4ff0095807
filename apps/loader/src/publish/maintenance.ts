import { changePartitionSql, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import { SQLSTATE } from '@marquee/postgres/sqlstates';
import type { Logger } from '@marquee/process';
import { DatabaseError, type Pool } from 'pg';
import { executeAlone } from '../database/transaction.ts';
import { DELETE_OLD_MOVES } from './rating-moves.ts';

/**
 * A dataset's table is vacuumed and analyzed when more than this share of its rows has been updated
 * or deleted since the last time.
 */
const CHURN_PERCENT = 5;

/**
 * The same for derived tables. Lower, because most of their indexes are on the few titles with
 * votes, and the changes are in these.
 */
const DERIVED_CHURN_PERCENT = 1;

/**
 * The maintenance after a publish: vacuums tables with many changes, since they have no autovacuum,
 * and drops the changes of runs that ended longer ago than changes are kept, and the rating moves
 * that no chart covers. Nothing waits for it. When the signal is aborted, it stops and loses nothing.
 */
export async function maintainTables(
  pool: Pool,
  changeDays: number,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (const dataset of await readChurned(pool)) {
    await executeAlone(pool, signal, `vacuum (analyze) ${tableOf(dataset, 'imdb')}`);
    await pool.query('update ingest.data_control set churn = 0 where dataset = $1::text', [
      dataset,
    ]);
    log.info({ dataset }, 'vacuumed');
  }
  for (const table of await readChurnedDerivedTables(pool)) {
    await executeAlone(pool, signal, `vacuum (analyze) ${table}`);
    log.info({ table }, 'vacuumed');
  }
  await dropOldChanges(pool, changeDays);
  await pool.query(DELETE_OLD_MOVES);
}

async function readChurned(pool: Pool): Promise<DatasetName[]> {
  const { rows } = await pool.query<{ dataset: DatasetName }>(
    'select dataset from ingest.data_control where churn > rows * $1::int / 100 order by dataset',
    [CHURN_PERCENT],
  );
  return rows.map(({ dataset }) => dataset);
}

/**
 * Derived tables are not in `ingest.data_control`, but PostgreSQL counts their changes. It loses
 * the counts in a crash, which delays a vacuum by some days.
 *
 * A build could not mark rows as visible to all while an older statement of somebody else ran.
 * Until a vacuum does, index-only scans read the table.
 */
async function readChurnedDerivedTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ table: string }>(
    `select format('%I.%I', schemaname, s.relname) as table
     from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     where schemaname = 'search'
       and (n_dead_tup > n_live_tup * $1::int / 100 or c.relallvisible < c.relpages * 0.9)
     order by s.relname`,
    [DERIVED_CHURN_PERCENT],
  );
  return rows.map(({ table }) => table);
}

async function dropOldChanges(pool: Pool, changeDays: number): Promise<void> {
  const { rows } = await pool.query<{ partition: string }>(
    `select i.inhrelid::regclass::text as partition
     from pg_inherits i
       join ingest.run r on i.inhrelid = to_regclass(${changePartitionSql('r.id')})
     where i.inhparent = 'ingest.change'::regclass
       and r.ended_at < now() - make_interval(days => $1::int)`,
    [changeDays],
  );
  for (const { partition } of rows) await dropQuickly(pool, partition);
}

/** Drops a partition, unless it would have to wait for a lock, and others behind it. */
async function dropQuickly(pool: Pool, partition: string): Promise<void> {
  // several statements in one string are one transaction
  await pool
    .query(`set local lock_timeout = '100ms'; drop table ${partition}`)
    .catch((error: unknown) => {
      if (!(error instanceof DatabaseError && error.code === SQLSTATE.lockNotAvailable))
        throw error;
    });
}
