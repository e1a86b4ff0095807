import type { Gate } from '@marquee/contract';
import { sqlColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import { RunFault, type JobContext } from '@marquee/runs';
import type { SnapshotConfig, SnapshotManifest, SnapshotStore } from '@marquee/snapshots';
import type { Pool, PoolClient } from 'pg';
import { allowedOf } from './gates.ts';

/** The options and services of one load. */
export interface LoadOptions {
  readonly pool: Pool;
  readonly store: SnapshotStore;
  /** The configuration of the store: threads open the store by themselves. */
  readonly storeConfig: SnapshotConfig;
  readonly runId: string;
  readonly dataset: DatasetName;
  readonly snapshot: SnapshotManifest;
  readonly ignoreGates: readonly Gate[];
  /** Load the whole table, even if changes could be staged. */
  readonly fullLoad: boolean;
  readonly maxRejectsPercent: number;
  /** With more changed rows than this, load the whole table. */
  readonly maxChangePercent: number;
  readonly signal: AbortSignal;
  readonly report: JobContext['report'];
  /** Receives a clause about a problem that did not stop the load. */
  readonly remark: (what: string) => void;
}

/**
 * One dataset staged in `imdb_next` for a run to publish: a whole table, or the changes since the
 * published snapshot.
 */
export interface Staged {
  readonly dataset: DatasetName;
  readonly snapshotId: string;
  /** Rows that the dataset will have, and lines of the snapshot that are rejected. */
  readonly rows: number;
  readonly rejects: number;
  /** Rejected lines whose key occurred before. */
  readonly repeats: number;
  /**
   * For changes: the snapshot they start from, and their number by kind. For a whole table: null
   * and zeros.
   */
  readonly baseSnapshotId: string | null;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** The code of the error for work of a run that has ended in the meantime. */
export const RUN_ENDED = 'run-ended';

/** The table in which a dataset's changes are staged. */
export function changeTableOf(dataset: DatasetName): string {
  return `${tableOf(dataset, 'imdb_next')}_change`;
}

/** The table for the first rows of ambiguous keys: see `reconcile-changes.ts`. */
export function firstRowTableOf(dataset: DatasetName): string {
  return `${tableOf(dataset, 'imdb_next')}_first_row`;
}

/**
 * The statement that creates an empty table with a dataset's columns; without columns that somebody
 * has added to the published table.
 *
 * @param before columns to put before these, as in a select
 */
export function createForRows(table: string, dataset: DatasetName, before: string[] = []): string {
  const columns = [...before, ...sqlColumnsOf(dataset)];
  return `create table ${table} as select ${columns.join(', ')} from ${tableOf(dataset, 'imdb')} with no data`;
}

/** How many lines of the snapshot may be rejected. */
export function allowedRejects({ snapshot, maxRejectsPercent, ignoreGates }: LoadOptions): number {
  return ignoreGates.includes('rejects')
    ? Number.POSITIVE_INFINITY
    : allowedOf(snapshot.rows, maxRejectsPercent);
}

/** The statement that drops whatever is staged of a dataset. */
export function dropStagedStatement(dataset: DatasetName): string {
  return `drop table if exists ${tableOf(dataset, 'imdb_next')}, ${changeTableOf(dataset)}, ${firstRowTableOf(dataset)} cascade`;
}

/**
 * Begins to stage a dataset. Holds a lock on its staging until the caller's transaction ends; waits
 * for a worker that was presumed dead but still loads.
 *
 * @returns false when this snapshot is already staged for this run
 * @throws RunFault when the run has ended
 */
export async function beginStaging(
  client: PoolClient,
  { dataset, runId, snapshot }: LoadOptions,
): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock(hashtext($1::text), hashtext($2::text))', [
    'marquee load',
    dataset,
  ]);
  // keeps the run from being ended before the dataset is staged; a run that has ended must not
  // overwrite what another run has staged
  const running = await client.query(
    `select from ingest.run where id = $1::uuid and state = 'running' for key share`,
    [runId],
  );
  if (running.rowCount === 0)
    throw new RunFault({
      code: RUN_ENDED,
      message: `Run ${runId} has ended; ${dataset} is no longer loaded for it.`,
      hint: 'No action is needed.',
    });
  const { rowCount } = await client.query(
    'select from ingest.staged where dataset = $1::text and run_id = $2::uuid and snapshot_id = $3::text',
    [dataset, runId, snapshot.id],
  );
  return rowCount !== 1;
}

/** Records a dataset as staged, in place of what was staged before. */
export async function recordStaged(
  client: PoolClient,
  runId: string,
  staged: Staged,
): Promise<void> {
  await client.query('delete from ingest.staged where dataset = $1::text', [staged.dataset]);
  await client.query(
    `insert into ingest.staged (dataset, run_id, snapshot_id, rows, rejects, repeats, base_snapshot_id, inserted, updated, deleted)
     values ($1::text, $2::uuid, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text, $8::bigint, $9::bigint, $10::bigint)`,
    [
      staged.dataset,
      runId,
      staged.snapshotId,
      staged.rows,
      staged.rejects,
      staged.repeats,
      staged.baseSnapshotId,
      staged.inserted,
      staged.updated,
      staged.deleted,
    ],
  );
}

/** The datasets that a run has staged so far, in order. */
export async function readStaged(client: Pool | PoolClient, runId: string): Promise<Staged[]> {
  const { rows } = await client.query<Staged>(
    `select dataset, snapshot_id as "snapshotId", base_snapshot_id as "baseSnapshotId",
       rows::float8, rejects::float8, repeats::float8, inserted::float8, updated::float8, deleted::float8
     from ingest.staged
     where run_id = $1::uuid
     order by dataset`,
    [runId],
  );
  return rows;
}

/**
 * Drops everything that is staged, with whatever others have made to depend on it: the schema
 * belongs to the loader.
 */
export async function clearStaging(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string }>(
    `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname = 'imdb_next'`,
  );
  for (const { table } of rows) await client.query(`drop table ${table} cascade`);
  await client.query('delete from ingest.staged');
}
