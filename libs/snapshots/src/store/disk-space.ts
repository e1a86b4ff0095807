import { statfs } from 'node:fs/promises';
import { formatBytes } from '@marquee/process/format-bytes';

/** The disk has too little free space for what is to be written. */
export class DiskSpaceError extends Error {
  override readonly name = 'DiskSpaceError';
  readonly code = 'disk-space';
  readonly hint =
    'Free space there (remove old snapshots, or keep fewer), or set SNAPSHOT_DIR to a folder on a larger disk.';
  readonly retryable = false;
}

/** The free space on the disk of a folder that this user may use, in bytes. */
export async function freeSpace(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * Checks the free space of a disk before work begins that would fail without it.
 *
 * @param folder an existing folder on the disk
 * @param bytes the space that is needed
 * @param what is to be written, as the subject of a sentence
 * @throws DiskSpaceError when less is free
 */
export async function requireSpace(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeSpace(folder);
  if (free >= bytes) return;
  throw new DiskSpaceError(
    `${what} needs ${formatBytes(bytes)} in ${folder}, but only ${formatBytes(free)} are free.`,
  );
}
