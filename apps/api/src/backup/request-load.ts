import type { SnapshotManifest } from '@marquee/snapshots';
import type { ClientBase } from 'pg';

/**
 * Requests a full load of the newest snapshot of each dataset. The loader, which compares runs with the
 * queue, adds its jobs. A run that goes already stays alone: it loads them too.
 *
 * @returns the ids of the snapshots
 */
export async function requestLoad(
  client: ClientBase,
  snapshots: readonly SnapshotManifest[],
): Promise<string[]> {
  const newest = new Map<string, string>();
  for (const { dataset, id } of snapshots)
    if (id > (newest.get(dataset) ?? '')) newest.set(dataset, id);
  if (newest.size === 0) return [];
  await client.query(
    `insert into ingest.run (kind, datasets, snapshots, full_load)
     select 'load', $1::text[], $2::jsonb, true
     where not exists (select from ingest.run where state = 'running')`,
    [[...newest.keys()], Object.fromEntries(newest)],
  );
  return [...newest.values()];
}
