import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { Logger } from '@marquee/process';
import { DatabaseError, type Pool } from 'pg';
import { executeAlone } from '../database/transaction.ts';

/**
 * A table is vacuumed and analyzed when so many of its rows have been updated or deleted since the
 * last time.
 */
const CHURN_PERCENT = 5;

/**
 * The tables that serve search are when so many are: most of their indexes are of the few titles
 * that have votes, which is where the changes are.
 */
const DERIVED_CHURN_PERCENT = 1;

/** A partition of the change log that somebody reads is dropped another day. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * What a refresh leaves to do when it is published: vacuums what has changed enough, for the tables
 * have no autovacuum, and drops the changes of runs that ended longer ago than they are kept.
 * Nothing waits for it, and nothing is lost when it is broken off, as it is when the signal is
 * aborted.
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
}

async function readChurned(pool: Pool): Promise<DatasetName[]> {
  const { rows } = await pool.query<{ dataset: DatasetName }>(
    'select dataset from ingest.data_control where churn > rows * $1::int / 100 order by dataset',
    [CHURN_PERCENT],
  );
  return rows.map(({ dataset }) => dataset);
}

/**
 * The structures' tables are not in the control table: PostgreSQL counts for them, and forgets it
 * when it crashes, which puts a vacuum off by some days.
 *
 * A build that an older statement of somebody's has seen could not mark its rows as visible to all:
 * what indexes alone should answer reads the table, until a vacuum has.
 */
async function readChurnedDerivedTables(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ table: string }>(
    `select format('%I.%I', schemaname, s.relname) as table from pg_stat_user_tables s join pg_class c on c.oid = s.relid
     where schemaname = 'search' and (n_dead_tup > n_live_tup * $1::int / 100 or c.relallvisible < c.relpages * 0.9) order by s.relname`,
    [DERIVED_CHURN_PERCENT],
  );
  return rows.map(({ table }) => table);
}

async function dropOldChanges(pool: Pool, changeDays: number): Promise<void> {
  const { rows } = await pool.query<{ partition: string }>(
    `select i.inhrelid::regclass::text as partition
     from pg_inherits i join ingest.run r on i.inhrelid = to_regclass('ingest.change_' || replace(r.id::text, '-', ''))
     where i.inhparent = 'ingest.change'::regclass and r.ended_at < now() - make_interval(days => $1::int)`,
    [changeDays],
  );
  for (const { partition } of rows) await dropQuickly(pool, partition);
}

/** Drops a partition unless its lock would have to be waited for, and others behind it. */
async function dropQuickly(pool: Pool, partition: string): Promise<void> {
  // one string, one transaction
  await pool
    .query(`set local lock_timeout = '100ms'; drop table ${partition}`)
    .catch((error: unknown) => {
      if (!(error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
    });
}
