import { sqlColumnsOf, tableOf } from '@marquee/catalogue';
import type { DatasetName } from '@marquee/datasets';
import type { SnapshotManifest } from '@marquee/snapshots';
import type { Pool } from 'pg';
import { NotComparableError } from './compare/not-comparable.ts';
import { expectNoHandWrite } from './hand-writes.ts';
import type { LoadOptions } from './staging.ts';

/** The state that a refresh starts from. */
export interface BaseSnapshot {
  /** The published snapshot. */
  readonly previous: SnapshotManifest;
  /** Lines of it that are in the published table, and those that were rejected. */
  readonly rows: number;
  readonly rejects: number;
  /** Rejected lines whose key occurred before. */
  readonly repeats: number;
}

/**
 * Finds the published snapshot of a dataset, to compare the new one with.
 *
 * @throws NotComparableError when there is none, or the published table was altered
 */
export async function findBaseSnapshot({
  pool,
  store,
  dataset,
  snapshot,
  fullLoad,
}: LoadOptions): Promise<BaseSnapshot> {
  if (fullLoad) throw new NotComparableError('requested');
  await expectColumns(pool, dataset);
  await expectNoHandWrite(pool, dataset);
  const { rows: found } = await pool.query<{
    snapshotId: string | null;
    rows: number;
    rejects: number;
    repeats: number;
  }>(
    `select snapshot_id as "snapshotId", rows::float8, rejects::float8, repeats::float8
     from ingest.data_control where dataset = $1::text`,
    [dataset],
  );
  const published = found[0];
  if (published?.snapshotId == null) throw new NotComparableError('nothing is published yet');
  const { rows, rejects, repeats } = published;
  // the same snapshot again needs no file
  if (published.snapshotId === snapshot.id) return { previous: snapshot, rows, rejects, repeats };
  const previous = await store.find(dataset, published.snapshotId);
  if (previous === null)
    throw new NotComparableError(
      `the published snapshot ${published.snapshotId} is not in the store any more`,
    );
  return { previous, rows, rejects, repeats };
}

/**
 * Checks that the published table has all columns of its dataset. Columns that somebody has added
 * stay until a full load replaces the table.
 *
 * @throws NotComparableError naming the missing columns
 */
async function expectColumns(pool: Pool, dataset: DatasetName): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select name from unnest($2::text[]) as name where not exists (
       select from pg_attribute where attrelid = $1::regclass and attname = name and not attisdropped)`,
    [tableOf(dataset, 'imdb'), sqlColumnsOf(dataset)],
  );
  if (rows.length === 0) return;
  const gone = rows.map(({ name }) => name).join(', ');
  throw new NotComparableError(`the published table lacks columns of the dataset: ${gone}`);
}
