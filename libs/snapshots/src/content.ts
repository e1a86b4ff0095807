import { join } from 'node:path';
import type { SnapshotConfig } from './config.ts';
import { openContentIn } from './disk/folder-content.ts';
import type { SnapshotName } from './store/manifest.ts';
import type { CompressedContent } from './store/store.ts';

/**
 * Opens the content of a snapshot as the store's `openContent` does, without loading the rest of
 * the store: threads that read snapshots on disk have a small heap. With zod on it, V8 marked the
 * heap ten times as often for the same stream, and reading took twice the processor time.
 *
 * @throws StoreError when a remote store denies access or does not answer
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
  // no warnings: they concern lists, and nothing is listed here
  const store = await openSnapshotStore(config, () => undefined);
  return store.openContent(snapshot);
}
