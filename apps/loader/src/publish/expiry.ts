import { chooseExpired, type SnapshotStore } from '@marquee/snapshots';
import type { Logger } from '@marquee/process';
import type { Pool } from 'pg';

/**
 * Removes the snapshots that need not be kept any longer; never a published one or a dataset's
 * newest. Only these two keep their zstd cache copies.
 */
export async function expireSnapshots(
  pool: Pool,
  store: SnapshotStore,
  keep: number,
  keepMonthly: number,
  log: Logger,
): Promise<void> {
  const snapshots = await store.list();
  const published = await readPublishedIds(pool);
  const expired = new Set(chooseExpired(snapshots, { keep, keepMonthly, published }));
  for (const { dataset, id } of expired) {
    // recorded first: if the removal fails, the next expiry repeats it
    await pool.query('update ingest.snapshot set removed_at = now() where id = $1::text', [id]);
    await store.remove({ dataset, id });
    log.info({ dataset, snapshot: id }, 'removed an expired snapshot');
  }
  // a refresh reads a published and a newest snapshot; the others are read from their archives,
  // if somebody goes back to them
  for (const snapshot of chooseExpired(snapshots, { keep: 1, keepMonthly: 0, published })) {
    if (!expired.has(snapshot)) await store.removeZstdCopy(snapshot);
  }
}

/** The ids of the published snapshots. */
async function readPublishedIds(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ id: string }>(
    'select snapshot_id as id from ingest.data_control where snapshot_id is not null',
  );
  return new Set(rows.map(({ id }) => id));
}
