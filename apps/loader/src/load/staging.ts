import type { Gate } from '@marquee/contract';
import { columnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import { RunFault, type JobContext } from '@marquee/runs';
import type { SnapshotConfig, SnapshotManifest, SnapshotStore } from '@marquee/snapshots';
import type { Pool, PoolClient } from 'pg';
import { allowedOf } from './gates.ts';

/** What a load is told, and works with. */
export interface LoadOptions {
  readonly pool: Pool;
  readonly store: SnapshotStore;
  /** What the store was opened with: threads open it by themselves. */
  readonly storeConfig: SnapshotConfig;
  readonly runId: string;
  readonly dataset: DatasetName;
  readonly snapshot: SnapshotManifest;
  readonly ignoreGates: readonly Gate[];
  /** Load everything anew, although only changes could be staged. */
  readonly fullLoad: boolean;
  readonly maxRejectsPercent: number;
  /** Beyond so many changed rows, a full load is better. */
  readonly maxChangePercent: number;
  readonly signal: AbortSignal;
  readonly report: JobContext['report'];
  /** Told of what was amiss and did not stop the load, as a part of a sentence. */
  readonly remark: (what: string) => void;
}

/**
 * What stands complete in `imdb_next` for a run to publish: a whole table, or the changes from the
 * published one.
 */
export interface Staged {
  readonly dataset: DatasetName;
  readonly snapshotId: string;
  /** Rows the dataset will have, and lines of the snapshot that it will not have. */
  readonly rows: number;
  readonly rejects: number;
  /** Those of the rejects whose key came before. */
  readonly repeats: number;
  /**
   * For changes: the snapshot they start from, and how many of each kind they are; for a whole
   * table, null and zeros.
   */
  readonly baseSnapshotId: string | null;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** The code of the fault that ends work for a run which has ended meanwhile. */
export const RUN_ENDED = 'run-ended';

/** The table in which the changes of a dataset are staged. */
export function changeTableOf(dataset: DatasetName): string {
  return `${tableOf(dataset, 'imdb_next')}_change`;
}

/** The table for the first rows of keys of which the comparison does not tell enough. */
export function firstRowTableOf(dataset: DatasetName): string {
  return `${tableOf(dataset, 'imdb_next')}_first_row`;
}

/**
 * The statement that makes an empty table for rows of a dataset: its own columns alone, whatever
 * somebody has added to the published table.
 *
 * @param before columns before these, as of a select
 */
export function createForRows(table: string, dataset: DatasetName, before: string[] = []): string {
  const columns = [...before, ...columnsOf(dataset)];
  return `create table ${table} as select ${columns.join(', ')} from ${tableOf(dataset, 'imdb')} with no data`;
}

/** How many lines of the snapshot may be rejected. */
export function allowedRejects({ snapshot, maxRejectsPercent, ignoreGates }: LoadOptions): number {
  return ignoreGates.includes('rejects')
    ? Number.POSITIVE_INFINITY
    : allowedOf(snapshot.rows, maxRejectsPercent);
}

/** What clears away whatever is staged of a dataset, as a statement. */
export function dropStaged(dataset: DatasetName): string {
  return `drop table if exists ${tableOf(dataset, 'imdb_next')}, ${changeTableOf(dataset)}, ${firstRowTableOf(dataset)} cascade`;
}

/**
 * Begins to stage a dataset. As long as the caller's transaction goes on, nobody else stages it: a
 * worker that was taken for dead and is still at it is waited for.
 *
 * @returns false when this very snapshot stands there already, complete, for this run
 */
export async function beginStaging(
  client: PoolClient,
  { dataset, runId, snapshot }: LoadOptions,
): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock(hashtext($1::text), hashtext($2::text))', [
    'marquee load',
    dataset,
  ]);
  // holds the run against being ended before this is staged; one that has ended stages nothing
  // more, over what another has staged
  const running = await client.query(
    `select from ingest.run where id = $1::uuid and state = 'running' for key share`,
    [runId],
  );
  if (running.rowCount === 0)
    throw new RunFault({
      code: RUN_ENDED,
      message: `Run ${runId} has ended; ${dataset} is not loaded for it any more.`,
      hint: 'Nothing is to be done.',
    });
  const { rowCount } = await client.query(
    'select from ingest.staged where dataset = $1::text and run_id = $2::uuid and snapshot_id = $3::text',
    [dataset, runId, snapshot.id],
  );
  return rowCount !== 1;
}

/** Notes that a dataset stands complete in `imdb_next`. */
export async function noteStaged(client: PoolClient, runId: string, staged: Staged): Promise<void> {
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

/** What a run has staged so far, by name of dataset. */
export async function readStaged(client: Pool | PoolClient, runId: string): Promise<Staged[]> {
  const { rows } = await client.query<Staged>(
    `select dataset, snapshot_id as "snapshotId", rows::float8, rejects::float8, repeats::float8, base_snapshot_id as "baseSnapshotId",
       inserted::float8, updated::float8, deleted::float8
     from ingest.staged where run_id = $1::uuid order by dataset`,
    [runId],
  );
  return rows;
}

/** Removes whatever is staged, and what anyone has hung on it: the schema is ours alone. */
export async function clearStaging(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ table: string }>(
    `select format('%I.%I', schemaname, tablename) as table from pg_tables where schemaname = 'imdb_next'`,
  );
  for (const { table } of rows) await client.query(`drop table ${table} cascade`);
  await client.query('delete from ingest.staged');
}
