import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetName } from '@marquee/datasets';
import type { FileFolder } from '../files/file-store.ts';
import type { PathFolder } from '../paths/path-store.ts';

/** The name on disk, as in existing stores. */
export const DOWNLOAD_FOLDER = '.incoming';

/**
 * The folder below a root for the downloads of a dataset, or for files that arrive or are made. If
 * it is missing, it is created and flushed to disk.
 */
export async function createDownloadFolder(
  root: string,
  of: DatasetName | FileFolder | PathFolder,
): Promise<string> {
  const folder = join(root, of, DOWNLOAD_FOLDER);
  const first = await mkdir(folder, { recursive: true });
  // the entry of a new folder is in its parent, so the parents are flushed
  for (let path = folder; first !== undefined && path.length >= first.length; path = dirname(path))
    await flushToDisk(dirname(path));
  return folder;
}

/** Flushes a file or folder (fsync), so that a power cut cannot leave a name without content. */
export async function flushToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
