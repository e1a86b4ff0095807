import { tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { Pool, PoolClient } from 'pg';

/** What a load has left complete in `imdb_next`. */
export interface Staged {
  readonly dataset: DatasetName;
  readonly snapshotId: string;
  readonly rows: number;
  readonly rejects: number;
}

/** What a run has staged so far, by name of dataset. */
export async function readStaged(pool: Pool, runId: string): Promise<Staged[]> {
  const { rows } = await pool.query<{ dataset: DatasetName; snapshotId: string; rows: string; rejects: string }>(
    `select dataset, snapshot_id as "snapshotId", rows, rejects from ingest.staged where run_id = $1::uuid order by dataset`,
    [runId],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows), rejects: Number(row.rejects) }));
}

/** Removes whatever stands in `imdb_next`, published or not. */
export async function clearStaging(client: PoolClient, datasets: readonly DatasetName[]): Promise<void> {
  for (const dataset of datasets) await client.query(`drop table if exists ${tableOf(dataset, 'imdb_next')}`);
  await client.query('delete from ingest.staged');
}
