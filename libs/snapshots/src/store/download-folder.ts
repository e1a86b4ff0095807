import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatasetName } from '@marquee/datasets';

const DOWNLOAD_FOLDER = '.incoming';

/**
 * The folder below a root in which one dataset's download is prepared. Made when it is not there,
 * and on the disk itself then.
 */
export async function createDownloadFolder(root: string, dataset: DatasetName): Promise<string> {
  const folder = join(root, dataset, DOWNLOAD_FOLDER);
  const first = await mkdir(folder, { recursive: true });
  // a new folder's name stands in the one above it
  for (let made = folder; first !== undefined && made.length >= first.length; made = dirname(made))
    await flushToDisk(dirname(made));
  return folder;
}

/**
 * Waits until a file or folder is on the disk itself, so that a power cut cannot leave a name
 * without its content.
 */
export async function flushToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
