import { join } from 'node:path';
import type { SnapshotConfig } from './config.ts';
import { openContentIn } from './disk/folder-content.ts';
import type { SnapshotName } from './store/manifest.ts';
import type { CompressedContent } from './store/store.ts';

/**
 * Opens a snapshot's content as `openQuickest` of the store does, without loading the rest of the
 * store: a thread that reads a snapshot on disk has a small heap. With zod on it, V8 marked it ten
 * times as often under the same stream, and reading took twice the processor time.
 *
 * @throws StoreError when a remote store refuses or does not answer
 */
export async function openContent(
  config: SnapshotConfig,
  snapshot: SnapshotName,
): Promise<CompressedContent> {
  if (config.SNAPSHOT_S3_URL === undefined)
    return openContentIn(
      join(config.SNAPSHOT_DIR, snapshot.dataset, snapshot.id),
      snapshot.dataset,
    );
  const { openSnapshotStore } = await import('./config.ts');
  // whatever is left out of a list is told by whoever lists
  const store = await openSnapshotStore(config, () => undefined);
  return store.openContent(snapshot);
}
