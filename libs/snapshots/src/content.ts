import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNameOf, type DatasetName } from '@marquee/datasets';
import type { SnapshotConfig } from './config.ts';
import type { SnapshotName } from './manifest.ts';
import { quickCopyOf, type PackedContent } from './store.ts';

/** A quarter of the calls of gunzip and parser that the default makes, in bytes. */
export const READ_AT_ONCE = 256 * 1024;

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
): Promise<PackedContent> {
  if (config.SNAPSHOT_S3_URL === undefined)
    return openQuickestIn(
      join(config.SNAPSHOT_DIR, snapshot.dataset, snapshot.id),
      snapshot.dataset,
    );
  const { openSnapshotStore } = await import('./config.ts');
  // whatever is left out of a list is told by whoever lists
  const store = await openSnapshotStore(config, () => undefined);
  return store.openQuickest(snapshot);
}

/** Opens the quick copy in a snapshot's folder, or else the archive. */
export async function openQuickestIn(folder: string, dataset: DatasetName): Promise<PackedContent> {
  try {
    const quickCopy = await open(join(folder, quickCopyOf(dataset)));
    return { bytes: quickCopy.createReadStream({ highWaterMark: READ_AT_ONCE }), packing: 'zstd' };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return {
      bytes: createReadStream(join(folder, fileNameOf(dataset)), { highWaterMark: READ_AT_ONCE }),
      packing: 'gzip',
    };
  }
}
