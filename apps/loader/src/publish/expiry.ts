import { chooseExpired, type SnapshotStore } from '@marquee/snapshots';
import type { Logger } from '@marquee/process';
import type { Pool } from 'pg';
import { readPublishedIds } from '../runs/run-records.ts';

/**
 * Removes the snapshots that need not be kept any more; never one that is published, or a dataset's
 * newest. Only these keep their quick copies.
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
    // noted first: what is noted and still there goes the next time
    await pool.query('update ingest.snapshot set removed_at = now() where id = $1::text', [id]);
    await store.remove({ dataset, id });
    log.info({ dataset, snapshot: id }, 'removed a snapshot that is not kept any longer');
  }
  // a refresh reads a published one and a newest one; the others are read as archives, should
  // somebody go back to them
  for (const snapshot of chooseExpired(snapshots, { keep: 1, keepMonthly: 0, published })) {
    if (!expired.has(snapshot)) await store.removeQuickCopy(snapshot);
  }
}
