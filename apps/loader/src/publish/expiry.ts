import { chooseExpired, type SnapshotStore } from '@marquee/snapshots';
import type { Logger } from '@marquee/process';
import type { Pool } from 'pg';
import { readPublishedIds } from '../runs/run-records.ts';

/** Removes the snapshots that need not be kept any more; never one that is published, or a dataset's newest. */
export async function expireSnapshots(pool: Pool, store: SnapshotStore, keep: number, keepMonthly: number, log: Logger): Promise<void> {
  const expired = chooseExpired(await store.list(), { keep, keepMonthly, published: await readPublishedIds(pool) });
  for (const { dataset, id } of expired) {
    // noted first: what is noted and still there goes the next time
    await pool.query('update ingest.snapshot set removed_at = now() where id = $1::text', [id]);
    await store.remove({ dataset, id });
    log.info({ dataset, snapshot: id }, 'removed a snapshot that is not kept any longer');
  }
}
