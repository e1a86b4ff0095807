import type { SnapshotManifest } from '@marquee/snapshots';
import { NotComparable } from '../diff/side.ts';
import type { LoadOptions } from './staging.ts';

/**
 * What a refresh starts from: the published snapshot, and how many of its lines are not in the
 * table.
 */
export interface Basis {
  readonly previous: SnapshotManifest;
  readonly rejects: number;
  /** Whether its ids come in order. */
  readonly sorted: boolean;
}

/**
 * The published snapshot of a dataset, to compare another with.
 *
 * @throws NotComparable when there is none that serves
 */
export async function findBasis({
  pool,
  store,
  dataset,
  snapshot,
  fullLoad,
}: LoadOptions): Promise<Basis> {
  if (fullLoad) throw new NotComparable('it was asked for');
  const { rows } = await pool.query<{
    snapshotId: string | null;
    sorted: boolean;
    rejects: number;
  }>(
    'select snapshot_id as "snapshotId", sorted, rejects::float8 from ingest.data_control where dataset = $1::text',
    [dataset],
  );
  const published = rows[0];
  if (published?.snapshotId == null) throw new NotComparable('nothing is published yet');
  const { sorted, rejects } = published;
  // the same again is compared with nothing
  if (published.snapshotId === snapshot.id) return { previous: snapshot, sorted, rejects };
  if (!sorted) throw new NotComparable('the published snapshot is not sorted');
  const previous = await store.find(dataset, published.snapshotId);
  if (previous === null)
    throw new NotComparable(
      `the published snapshot ${published.snapshotId} is not in the store any more`,
    );
  return { previous, sorted, rejects };
}
